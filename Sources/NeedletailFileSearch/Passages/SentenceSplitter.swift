/// Finds the sentences of a text.
///
/// A sentence ends at a full stop, a question or exclamation mark, an ellipsis or their kin of other scripts, with the
/// closing quotation marks and brackets after it, if white space follows and what comes next can begin a sentence; the
/// full stops of Chinese and Japanese need no space. A blank line and a line that begins with a list mark end a
/// sentence as well. A full stop after an abbreviation, an initial or the number of a list item ends none.
enum SentenceSplitter {
  /// The sentences as ranges of bytes in order, without the white space between them.
  ///
  /// - Parameter text: UTF-8; invalid bytes count as letters.
  static func sentences(_ text: [UInt8]) -> [Range<Int>] {
    var sentences: [Range<Int>] = []
    var start = skipSpace(text, 0)
    var position = start
    while position < text.count {
      let byte = text[position]
      if byte == newline {
        let next = skipSpace(text, position)
        if isBlankLine(text, position..<next) || isListMark(text, next) {
          add(text, start..<position, &sentences)
          start = next
        }
        position = max(next, position + 1)
        continue
      }
      guard byte == dot || byte == 0x21 || byte == 0x3F || byte >= 0xC2 else {
        position += 1
        continue
      }
      let (scalar, length) = scalar(text, at: position)
      guard let terminator = terminator(scalar) else {
        position += length
        continue
      }
      var end = position + length
      var needsSpace = terminator == .needsSpace
      // Further signs and what closes around them.
      while end < text.count {
        let (next, length) = Self.scalar(text, at: end)
        if let another = Self.terminator(next) {
          if another == .standsAlone { needsSpace = false }
        } else if !isCloser(next) {
          break
        }
        end += length
      }
      let next = skipSpace(text, end)
      let isEnd =
        next >= text.count || !needsSpace
        || next > end && canBegin(text, next) && !(scalar == "." && isAbbreviation(text, start..<position, next))
      if isEnd {
        add(text, start..<end, &sentences)
        start = next
        position = next
      } else {
        position = end
      }
    }
    add(text, start..<text.count, &sentences)
    return sentences
  }

  /// The lines that say something, without the white space around them: a dozen letters is the least.
  static func lines(_ text: [UInt8]) -> [Range<Int>] {
    text.split(separator: newline).compactMap { line in
      guard let first = line.firstIndex(where: { !isSpace($0) }), let last = line.lastIndex(where: { !isSpace($0) })
      else { return nil }
      let letters = line.lazy.filter { $0 >= 0x80 || ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }
      return letters.count >= 12 ? first..<(last + 1) : nil
    }
  }

  private enum Terminator {
    case needsSpace, standsAlone
  }

  private static func terminator(_ scalar: Unicode.Scalar) -> Terminator? {
    switch scalar {
    case ".", "!", "?", "…", "‼", "⁇", "⁈", "⁉", "։", "؟", "۔", "।", "॥", "။", "።", "។": .needsSpace
    case "。", "！", "？", "．", "｡": .standsAlone
    default: nil
    }
  }

  private static func isCloser(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\"", "'", ")", "]", "}", "”", "’", "»", "›", "」", "』", "）", "】", "》", "〉", "］", "*", "_": true
    default: false
    }
  }

  /// Whether a sentence may begin here: anything but a small letter or a sign that continues.
  private static func canBegin(_ text: [UInt8], _ position: Int) -> Bool {
    let (scalar, _) = scalar(text, at: position)
    switch scalar {
    case "a"..."z", ",", ";", ":", ")", "]", "}": return false
    default: return scalar.value < 0x80 || !scalar.properties.isLowercase
    }
  }

  /// Whether the word before the full stop is one that a full stop belongs to.
  private static func isAbbreviation(_ text: [UInt8], _ sentence: Range<Int>, _ next: Int) -> Bool {
    var begin = sentence.upperBound
    while begin > sentence.lowerBound, text[begin - 1] > 0x20, sentence.upperBound - begin < 16 { begin -= 1 }
    var word = text[begin..<sentence.upperBound]
    while let first = word.first, "(['\"".utf8.contains(first) { word = word.dropFirst() }
    guard let first = word.first else { return false }
    let isWholeSentence = word.startIndex == sentence.lowerBound
    if word.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) { return isWholeSentence && word.count <= 3 }
    // An initial, as in "J. S. Bach"; "I" is a word.
    if word.count == 1, first >= 0x41 && first <= 0x5A { return first != UInt8(ascii: "I") || isWholeSentence }
    let lower = String(decoding: word.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, as: UTF8.self)
    return abbreviations.contains(lower)
  }

  /// Words that are followed by a full stop in the middle of a sentence, even before a capital.
  private static let abbreviations = Set(
    """
    mr mrs ms dr prof st sr jr rev hon gen col maj capt lt sgt gov sen rep pres messrs mme mlle vs e.g i.e cf viz fig \
    figs eq eqs sec ch vol vols no nos nr pp ed eds approx ca dept jan feb mar apr jun jul aug sep sept oct nov dec al \
    u.s u.k z.b d.h u.a bzw ggf vgl hr fr bspw evtl inkl sog str sra srta ud uds p.ej av p.ex
    """.split(separator: " ").map(String.init))

  private static func add(_ text: [UInt8], _ range: Range<Int>, _ sentences: inout [Range<Int>]) {
    var end = range.upperBound
    while end > range.lowerBound, isSpace(text[end - 1]) { end -= 1 }
    if end > range.lowerBound { sentences.append(range.lowerBound..<end) }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  /// The first position from `start` on that holds no white space; the ideographic and the no-break space are white.
  private static func skipSpace(_ text: [UInt8], _ start: Int) -> Int {
    var position = start
    while position < text.count {
      if isSpace(text[position]) {
        position += 1
      } else if text[position...].starts(with: [0xE3, 0x80, 0x80]) {
        position += 3
      } else if text[position...].starts(with: [0xC2, 0xA0]) {
        position += 2
      } else {
        break
      }
    }
    return position
  }

  private static func isBlankLine(_ text: [UInt8], _ space: Range<Int>) -> Bool {
    text[space].lazy.filter { $0 == newline }.prefix(2).count == 2
  }

  /// `- `, `* `, `+ `, `• `, `1. `, `1) ` or `a) ` at the start of a line.
  private static func isListMark(_ text: [UInt8], _ position: Int) -> Bool {
    let rest = text[position...].prefix(5)
    if rest.starts(with: [0xE2, 0x80, 0xA2]) { return true }
    guard let first = rest.first else { return false }
    if "-*+".utf8.contains(first) { return rest.dropFirst().first == 0x20 }
    let digits = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }.count
    let length = digits > 0 ? digits : (first | 0x20) >= 0x61 && (first | 0x20) <= 0x7A ? 1 : 0
    let sign = rest.dropFirst(length).first
    let isSign = sign == UInt8(ascii: ")") || digits > 0 && sign == dot
    return length > 0 && length <= 3 && isSign && rest.dropFirst(length + 1).first == 0x20
  }

  /// The character at a position and its length in bytes; U+FFFD and 1 where the bytes are none.
  private static func scalar(_ text: [UInt8], at position: Int) -> (Unicode.Scalar, Int) {
    let first = text[position]
    if first < 0x80 { return (Unicode.Scalar(first), 1) }
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    guard first >= 0xC2, position + length <= text.count else { return ("\u{FFFD}", 1) }
    var value = UInt32(first) & (0xFF >> UInt32(length + 1))
    for byte in text[(position + 1)..<(position + length)] {
      guard byte & 0xC0 == 0x80 else { return ("\u{FFFD}", 1) }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    guard let scalar = Unicode.Scalar(value) else { return ("\u{FFFD}", 1) }
    return (scalar, length)
  }

  private static let newline = UInt8(ascii: "\n")
  private static let dot = UInt8(ascii: ".")
}
