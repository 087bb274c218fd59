/// The rewriting rules that SentencePiece compiles into its models: a double-array trie of byte strings, and what each
/// is replaced by.
///
/// The trie has the form of Darts (Yata and others 2007, doi:10.1016/j.ipm.2006.04.004). Everything that a lookup
/// touches is checked when the rules are read.
struct CharacterMap: Sendable {
  private let units: [UInt32]
  /// Replacements, each ended by a zero byte.
  private let texts: [UInt8]
  /// Whether there is a rule for this ASCII character alone.
  private let isTouched: [Bool]
  /// Scalars of the longest replacement.
  let longest: Int

  /// What is wrong with the rules.
  struct Problem: Error {
    let message: String
  }

  /// - Parameter bytes: The size of the trie in bytes, little-endian in 4 bytes, the trie, and the replacements.
  init(_ bytes: some RandomAccessCollection<UInt8>) throws(Problem) {
    let bytes = Array(bytes)
    func word(_ offset: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
    }
    guard bytes.count >= 4 else {
      throw Problem(message: "the charsmap has \(bytes.count) bytes, expected a size first")
    }
    let size = Int(word(0))
    guard size > 0, size % 1024 == 0, size <= bytes.count - 4 else {
      throw Problem(
        message:
          "the charsmap says that its trie has \(size) bytes, expected a multiple of 1024 up to \(bytes.count - 4)")
    }
    let units = (0..<(size / 4)).map { word(4 + 4 * $0) }
    let texts = Array(bytes[(4 + size)...])
    guard String(validating: texts, as: UTF8.self) != nil else {
      throw Problem(message: "the replacements of the charsmap are not UTF-8")
    }
    guard units[0] >> 31 == 0 else { throw Problem(message: "the trie of the charsmap has no root") }
    for (index, unit) in units.enumerated() where unit >> 31 == 0 {
      let children = index ^ Self.offset(unit)
      guard children < units.count else { throw Problem(message: "unit \(index) of the charsmap points outside") }
      guard unit >> 8 & 1 == 1 else { continue }
      let start = Int(units[children] & 0x7FFF_FFFF)
      guard start == texts.count || start < texts.count && texts[start] & 0xC0 != 0x80 else {
        throw Problem(message: "unit \(index) of the charsmap has no replacement")
      }
    }
    self.units = units
    self.texts = texts
    longest = texts.split(separator: 0).map { $0.count { $0 & 0xC0 != 0x80 } }.max() ?? 0
    let root = Self.offset(units[0])
    isTouched = (0..<128).map { $0 > 0 && units[root ^ $0] & 0x8000_01FF == 0x100 | UInt32($0) }
  }

  private static func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit & 0x200) >> 6)) }

  /// Whether this ASCII character stays as it is where it is a cluster of its own.
  @inline(__always)
  func keeps(ascii scalar: UInt32) -> Bool { !isTouched[Int(scalar)] }

  /// Where the replacement by the shortest rule that `key` begins with starts, up to the zero byte at its end.
  ///
  /// - Parameters:
  ///   - key: Up to eight bytes, the first lowest.
  ///   - count: How many.
  func shortest(_ key: UInt64, _ count: Int) -> Int? {
    var node = Self.offset(units[0])
    for index in 0..<count {
      let byte = Int(key >> UInt64(8 * index) & 0xFF)
      guard byte != 0 else { return nil }
      node ^= byte
      let unit = units[node]
      guard unit & 0x8000_00FF == UInt32(byte) else { return nil }
      node ^= Self.offset(unit)
      if unit >> 8 & 1 == 1 { return Int(units[node] & 0x7FFF_FFFF) }
    }
    return nil
  }

  /// The longest rule that the bytes from `start` begin with: how many bytes it takes, and where its replacement is.
  func longest(_ bytes: [UInt8], from start: Int) -> (count: Int, text: Int)? {
    var found: (count: Int, text: Int)?
    var node = Self.offset(units[0])
    var index = start
    while index < bytes.count {
      let byte = Int(bytes[index])
      guard byte != 0 else { break }
      node ^= byte
      let unit = units[node]
      guard unit & 0x8000_00FF == UInt32(byte) else { break }
      node ^= Self.offset(unit)
      index += 1
      if unit >> 8 & 1 == 1 { found = (index - start, Int(units[node] & 0x7FFF_FFFF)) }
    }
    return found
  }

  /// Calls `body` with every byte of a replacement.
  @inline(__always)
  func forEachByte(ofText start: Int, _ body: (UInt8) -> Void) {
    var index = start
    while index < texts.count, texts[index] != 0 {
      body(texts[index])
      index += 1
    }
  }

  /// Calls `body` with every scalar of a replacement.
  private func forEachScalar(ofText start: Int, _ body: (UInt32) -> Void) {
    var index = start
    while index < texts.count, texts[index] != 0 {
      let (scalar, length) = texts.scalar(at: index)
      body(scalar)
      index += length
    }
  }
}

extension CharacterMap {
  /// Rewrites a text as the reference library does it: grapheme clusters below six bytes by the shortest rule that they
  /// begin with, longer ones scalar by scalar.
  func apply(to text: inout NormalizedText) {
    let scalars = text.scalars
    guard let first = scalars.indices.first(where: { !isPlain(scalars, $0) }) else { return }
    var changes: [ScalarChange] = []
    changes.reserveCapacity(scalars.count)
    var isModified = false
    for index in 0..<first { changes.append(ScalarChange(kept: scalars[index])) }
    var index = first
    while index < scalars.count {
      if isPlain(scalars, index) {
        changes.append(ScalarChange(kept: scalars[index]))
        index += 1
        continue
      }
      let end = GraphemeClusters.end(of: scalars, from: index)
      if let start = rule(scalars, index..<end) {
        replace(end - index, byText: start, &changes)
        isModified = true
      } else {
        for position in index..<end {
          if let start = rule(scalars, position..<(position + 1)) {
            replace(1, byText: start, &changes)
            isModified = true
          } else {
            changes.append(ScalarChange(kept: scalars[position]))
          }
        }
      }
      index = end
    }
    if isModified { text.transform(changes) }
  }

  /// Whether a scalar is a cluster of its own that no rule touches.
  @inline(__always)
  private func isPlain(_ scalars: [UInt32], _ index: Int) -> Bool {
    let scalar = scalars[index]
    guard scalar < 0x80, scalar != 0x0D, keeps(ascii: scalar) else { return false }
    return index + 1 == scalars.count || scalars[index + 1] < 0x80
  }

  /// The rule for a range of less than six bytes.
  func rule(_ scalars: [UInt32], _ range: Range<Int>) -> Int? {
    guard range.count < 6 else { return nil }
    var key: UInt64 = 0
    var count = 0
    for index in range {
      let scalar = scalars[index]
      let length = scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4
      guard count + length < 6 else { return nil }
      key |= scalar.utf8Packed << UInt64(8 * count)
      count += length
    }
    return shortest(key, count)
  }

  /// Writes a replacement; where it is shorter than what it replaces, the last scalar written so far takes the rest.
  private func replace(_ old: Int, byText start: Int, _ changes: inout [ScalarChange]) {
    let before = changes.count
    forEachScalar(ofText: start) { changes.append(ScalarChange(kept: $0)) }
    let difference = changes.count - before - old
    if difference > 0 {
      for index in (changes.count - difference)..<changes.count { changes[index].change = 1 }
    } else if difference < 0, !changes.isEmpty {
      changes[changes.count - 1].change += difference
    }
  }
}

extension ScalarChange {
  /// A scalar in the place of one scalar, where combining classes do not matter.
  fileprivate init(kept scalar: UInt32) { self.init(scalar: scalar, change: 0, order: 0) }
}

extension UInt32 {
  /// The UTF-8 bytes of a scalar, the first lowest.
  @inline(__always)
  var utf8Packed: UInt64 {
    let scalar = UInt64(self)
    if self < 0x80 { return scalar }
    if self < 0x800 { return 0xC0 | scalar >> 6 | (0x80 | scalar & 0x3F) << 8 }
    if self < 0x10000 { return 0xE0 | scalar >> 12 | (0x80 | scalar >> 6 & 0x3F) << 8 | (0x80 | scalar & 0x3F) << 16 }
    return 0xF0 | scalar >> 18 & 7 | (0x80 | scalar >> 12 & 0x3F) << 8 | (0x80 | scalar >> 6 & 0x3F) << 16
      | (0x80 | scalar & 0x3F) << 24
  }
}
