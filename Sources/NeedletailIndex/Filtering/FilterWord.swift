/// The words of the text form of filters.
enum FilterWord: String, CaseIterable {
  case and, or, not, `in`, exists, starts, with, `true`, `false`, null

  /// The word in any case of letters, or `nil` where the text is a plain one.
  init?(anyCase text: String) { self.init(rawValue: text.lowercased()) }

  /// Whether a key needs no quotes: a letter or `_`, then letters, digits, `_` and `-`, and no word of the language.
  static func isPlain(_ key: String) -> Bool {
    guard let first = key.unicodeScalars.first, isStart(first) else { return false }
    return key.unicodeScalars.allSatisfy(isPart) && FilterWord(anyCase: key) == nil
  }

  static func isStart(_ scalar: Unicode.Scalar) -> Bool { scalar == "_" || scalar.properties.isXIDStart }
  static func isPart(_ scalar: Unicode.Scalar) -> Bool { scalar == "-" || scalar.properties.isXIDContinue }
}
