/// Finds added tokens in UTF-8 as ``AddedTokens`` finds them in scalars: leftmost first, the longest of several.
struct AddedTokenFinder: Sendable {
  /// A part of a text: an added token with the white space that it takes, or what is between two of them.
  struct Section {
    var range: Range<Int>
    var token: AddedToken?
  }

  private struct Entry: Sendable {
    var bytes: [UInt8]
    var token: AddedToken
  }

  /// Which bytes begin a token.
  private var first = [Bool](repeating: false, count: 256)
  /// Tokens by their first two bytes; those of one byte stand under each second byte, longest first.
  private var entries: [UInt16: [Entry]] = [:]
  private var single: [UInt8: Entry] = [:]

  /// - Parameter tokens: What is looked for in the text; of two that are the same the first is found.
  init(_ tokens: [(content: [UInt8], token: AddedToken)]) {
    for (content, token) in tokens where !content.isEmpty {
      let entry = Entry(bytes: content, token: token)
      first[Int(content[0])] = true
      if content.count == 1 {
        if single[content[0]] == nil { single[content[0]] = entry }
        continue
      }
      let key = UInt16(content[0]) << 8 | UInt16(content[1])
      if entries[key]?.contains(where: { $0.bytes == content }) == true { continue }
      entries[key, default: []].append(entry)
    }
    for key in entries.keys { entries[key]?.sort { $0.bytes.count > $1.bytes.count } }
  }

  var isEmpty: Bool { entries.isEmpty && single.isEmpty }

  /// Where the first byte of any token stands at or after `start`; the end where there is none.
  @inline(__always)
  private func candidate(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Int {
    var index = start
    while index < end, !first[Int(bytes[index])] { index += 1 }
    return index
  }

  private func match(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Entry? {
    if start + 1 < end, let list = entries[UInt16(bytes[start]) << 8 | UInt16(bytes[start + 1])] {
      for entry in list where entry.bytes.count <= end - start {
        var length = 2
        while length < entry.bytes.count, entry.bytes[length] == bytes[start + length] { length += 1 }
        if length == entry.bytes.count { return entry }
      }
    }
    return single[bytes[start]]
  }

  /// Whether any token stands in a range of a text.
  func finds(in bytes: [UInt8], _ range: Range<Int>) -> Bool {
    guard !isEmpty else { return false }
    var index = candidate(bytes, range.lowerBound, range.upperBound)
    while index < range.upperBound {
      if match(bytes, index, range.upperBound) != nil { return true }
      index = candidate(bytes, index + 1, range.upperBound)
    }
    return false
  }

  /// Adds the sections of a range of a text, none of them empty.
  func addSections(of bytes: [UInt8], _ range: Range<Int>, to sections: inout [Section]) {
    var written = range.lowerBound
    var index = isEmpty ? range.upperBound : candidate(bytes, range.lowerBound, range.upperBound)
    while index < range.upperBound {
      guard let entry = match(bytes, index, range.upperBound) else {
        index = candidate(bytes, index + 1, range.upperBound)
        continue
      }
      var found = index..<(index + entry.bytes.count)
      index = candidate(bytes, found.upperBound, range.upperBound)
      if entry.token.isSingleWord, bytes.touchesWord(found, in: range) { continue }
      if entry.token.stripsLeft {
        let start = max(bytes.spaceBefore(found.lowerBound, from: range.lowerBound), written)
        found = min(start, found.upperBound)..<found.upperBound
      }
      if entry.token.stripsRight {
        found = found.lowerBound..<bytes.spaceAfter(found.upperBound, to: range.upperBound)
      }
      if written < found.lowerBound { sections.append(Section(range: written..<found.lowerBound)) }
      if !found.isEmpty { sections.append(Section(range: found, token: entry.token)) }
      written = found.upperBound
    }
    if written < range.upperBound { sections.append(Section(range: written..<range.upperBound)) }
  }
}

extension [UInt8] {
  /// The scalar that ends before a position of well-formed UTF-8, and where it starts.
  fileprivate func scalar(before end: Int) -> (UInt32, Int) {
    var start = end - 1
    while self[start] & 0xC0 == 0x80 { start -= 1 }
    return (scalar(at: start).0, start)
  }

  fileprivate func touchesWord(_ found: Range<Int>, in range: Range<Int>) -> Bool {
    (found.lowerBound > range.lowerBound && ScalarProperties(scalar(before: found.lowerBound).0).isWord)
      || (found.upperBound < range.upperBound && ScalarProperties(scalar(at: found.upperBound).0).isWord)
  }

  fileprivate func spaceBefore(_ end: Int, from start: Int) -> Int {
    var end = end
    while end > start {
      let (scalar, before) = scalar(before: end)
      guard ScalarProperties(scalar).isWhitespace else { break }
      end = before
    }
    return end
  }

  fileprivate func spaceAfter(_ start: Int, to end: Int) -> Int {
    var start = start
    while start < end {
      let (scalar, length) = scalar(at: start)
      guard ScalarProperties(scalar).isWhitespace else { break }
      start += length
    }
    return start
  }
}

extension AddedTokens {
  /// Finders for what is looked for in the text itself, and in the normalized text.
  var finders: (plain: AddedTokenFinder, normalized: AddedTokenFinder) {
    func contents(_ isNormalized: Bool) -> [(content: [UInt8], token: AddedToken)] {
      zip(spellings, tokens).filter { $1.isNormalized == isNormalized }.map { ($0, $1) }
    }
    return (AddedTokenFinder(contents(false)), AddedTokenFinder(contents(true)))
  }
}
