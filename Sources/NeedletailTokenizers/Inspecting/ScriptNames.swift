internal import CNeedletailAssets

/// Names of the more common scripts, by a letter of each.
///
/// Hiragana, Katakana and Han are one, as in ``SplitText``.
enum ScriptNames {
  private static let names: [UInt8: String] = {
    let letters: [(String, Unicode.Scalar)] = [
      ("Latin", "a"), ("Greek", "α"), ("Cyrillic", "я"), ("Armenian", "ա"), ("Hebrew", "א"), ("Arabic", "ا"),
      ("Syriac", "ܐ"), ("Thaana", "ހ"), ("Devanagari", "अ"), ("Bengali", "অ"), ("Gurmukhi", "ਅ"), ("Gujarati", "અ"),
      ("Oriya", "ଅ"), ("Tamil", "அ"), ("Telugu", "అ"), ("Kannada", "ಅ"), ("Malayalam", "അ"), ("Sinhala", "අ"),
      ("Thai", "ก"), ("Lao", "ກ"), ("Tibetan", "ཀ"), ("Myanmar", "က"), ("Georgian", "ა"), ("Hangul", "가"),
      ("Ethiopic", "አ"), ("Cherokee", "Ꭰ"), ("Khmer", "ក"), ("Mongolian", "ᠠ"), ("Han and Kana", "中"),
    ]
    var names: [UInt8: String] = [:]
    for (name, letter) in letters { names[nt_unicode_script(letter.value)] = name }
    return names
  }()

  /// The script of a letter; `nil` for what is none.
  static func name(_ scalar: UInt32) -> String? {
    let properties = ScalarProperties(scalar)
    guard properties.isWord, !properties.isNumeric, !properties.isMark, scalar != 0x5F else { return nil }
    return names[nt_unicode_script(scalar)] ?? "other"
  }
}
