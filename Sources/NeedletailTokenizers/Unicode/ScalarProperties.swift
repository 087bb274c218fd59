internal import CNeedletailAssets

/// What the tokenizers need to know about one Unicode scalar, as the reference library sees it.
///
/// The tables mix Unicode versions exactly as that library does; `Tools/unicode/generate.py` tells how.
package struct ScalarProperties {
  private let bits: UInt32

  package init(_ scalar: UInt32) { bits = nt_unicode_record(scalar) }

  private func has(_ bit: UInt32) -> Bool { bits & (1 << bit) != 0 }

  /// White space, as Unicode's White_Space property has it.
  package var isWhitespace: Bool { has(0) }
  /// What BERT's cleaning removes beside U+0000 and U+FFFD: controls, formats, private use.
  var isControl: Bool { has(1) }
  /// What BERT splits off: ASCII's punctuation and symbols, and Unicode's punctuation.
  var isPunctuation: Bool { has(2) }
  /// A nonspacing mark (Mn).
  var isNonspacingMark: Bool { has(3) }
  /// Any combining mark (M).
  package var isMark: Bool { has(4) }
  /// A word character: `\w`.
  package var isWord: Bool { has(5) }
  /// A number (N).
  package var isNumeric: Bool { has(6) }
  /// Whether canonical decomposition changes it.
  var hasCanonicalMapping: Bool { has(7) }
  /// Whether compatible decomposition changes it.
  var hasCompatibleMapping: Bool { has(8) }
  /// Whether lowercasing changes it.
  var hasLowercase: Bool { has(9) }
  /// What BERT sets apart as "Chinese": the ideographs of its list of blocks.
  var isIdeograph: Bool { has(10) }
  /// The canonical combining class.
  var combiningClass: UInt8 { UInt8(truncatingIfNeeded: bits >> 16) }
}

/// A full mapping of one scalar: a short run in the pool of the generated tables.
struct ScalarMapping: Sequence, IteratorProtocol {
  private var position: UInt32
  private var remaining: UInt32

  private init(_ span: UInt32) {
    position = span >> 8
    remaining = span & 0xFF
  }

  /// The lowercase of a scalar that has one, without regard to its neighbours.
  static func lowercase(of scalar: UInt32) -> ScalarMapping { ScalarMapping(nt_unicode_lowercase(scalar)) }
  /// The full canonical decomposition of a scalar that has one and is no Hangul syllable.
  static func canonical(of scalar: UInt32) -> ScalarMapping { ScalarMapping(nt_unicode_canonical(scalar)) }
  /// The full compatible decomposition of a scalar that has one and is no Hangul syllable.
  static func compatible(of scalar: UInt32) -> ScalarMapping {
    let span = nt_unicode_compatible(scalar)
    return ScalarMapping(span == 0 ? nt_unicode_canonical(scalar) : span)
  }

  mutating func next() -> UInt32? {
    guard remaining > 0 else { return nil }
    defer {
      position += 1
      remaining -= 1
    }
    return nt_unicode_pooled(position)
  }
}

/// The arithmetic of Hangul syllables (Unicode, section 3.12).
enum Hangul {
  private static let syllables: UInt32 = 0xAC00
  private static let leading: UInt32 = 0x1100
  private static let vowels: UInt32 = 0x1161
  private static let trailing: UInt32 = 0x11A7

  static func isSyllable(_ scalar: UInt32) -> Bool { (syllables..<(syllables + 11_172)).contains(scalar) }

  /// The two or three jamo of a syllable; the last is 0 where there are two.
  static func jamo(of syllable: UInt32) -> (UInt32, UInt32, UInt32) {
    let index = syllable - syllables
    let last = index % 28
    return (leading + index / 588, vowels + index % 588 / 28, last == 0 ? 0 : trailing + last)
  }

  /// The syllable that two jamo, or a syllable and a jamo, compose to.
  static func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if (leading..<(leading + 19)).contains(first), (vowels..<(vowels + 21)).contains(second) {
      return syllables + ((first - leading) * 21 + second - vowels) * 28
    }
    if isSyllable(first), (first - syllables) % 28 == 0, ((trailing + 1)..<(trailing + 28)).contains(second) {
      return first + second - trailing
    }
    return nil
  }
}
