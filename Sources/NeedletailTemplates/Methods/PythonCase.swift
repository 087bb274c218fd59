/// Capital and small letters, as Python's strings know them.
enum PythonCase {
  static func changed(_ text: String, _ method: TextMethod) -> String {
    switch method {
    case .upper: String(text.unicodeScalars.flatMap { $0.properties.uppercaseMapping.unicodeScalars })
    case .lower: lowered(Array(text.unicodeScalars)[...])
    case .capitalize: capitalized(text)
    case .title: titled(text)
    default: swapped(Array(text.unicodeScalars)[...])
    }
  }

  private static func swapped(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    scalars.indices.reduce(into: "") { output, place in
      let properties = scalars[place].properties
      output += properties.isUppercase ? lowered(scalars, at: place) : properties.uppercaseMapping
    }
  }

  private static func capitalized(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    guard let first = scalars.first else { return "" }
    return first.properties.titlecaseMapping + lowered(scalars[...], from: 1)
  }

  /// Small letters; a sigma at the end of a word has a form of its own.
  ///
  /// - Parameter start: The first sign that is asked for; those before it are looked at.
  static func lowered(_ scalars: ArraySlice<Unicode.Scalar>, from start: Int = 0) -> String {
    scalars.indices.dropFirst(start).reduce(into: "") { $0 += lowered(scalars, at: $1) }
  }

  private static func isFinal(_ place: Int, _ scalars: ArraySlice<Unicode.Scalar>) -> Bool {
    func isCased(_ scalars: some Sequence<Unicode.Scalar>) -> Bool {
      scalars.first { !$0.properties.isCaseIgnorable }?.properties.isCased ?? false
    }
    return isCased(scalars[..<place].reversed()) && !isCased(scalars[(place + 1)...])
  }

  /// Each word with a capital, `str.title`.
  private static func titled(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    var output = ""
    var isInWord = false
    for (place, scalar) in scalars.enumerated() {
      output += isInWord ? lowered(scalars[...], at: place) : scalar.properties.titlecaseMapping
      isInWord = scalar.properties.isCased
    }
    return output
  }

  private static func lowered(_ scalars: ArraySlice<Unicode.Scalar>, at place: Int) -> String {
    guard scalars[place] == "\u{3A3}" else { return scalars[place].properties.lowercaseMapping }
    return isFinal(place, scalars) ? "\u{3C2}" : "\u{3C3}"
  }

  static func holds(_ method: TextMethod, of text: String) -> Bool {
    let scalars = text.unicodeScalars
    switch method {
    case .isascii: return scalars.allSatisfy(\.isASCII)
    case .isprintable: return scalars.allSatisfy(\.isPythonPrintable)
    case .islower: return isCase(scalars, { $0.isLowercase }, not: { $0.isUppercase || isTitle($0) })
    case .isupper: return isCase(scalars, { $0.isUppercase }, not: { $0.isLowercase || isTitle($0) })
    case .istitle: return isTitled(scalars)
    default: break
    }
    return !scalars.isEmpty
      && scalars.allSatisfy { scalar in
        let properties = scalar.properties
        switch method {
        case .isspace: return scalar.isPythonSpace
        case .isalpha: return isLetter(properties)
        case .isdecimal: return properties.numericType == .decimal
        case .isdigit: return [.decimal, .digit].contains(properties.numericType)
        case .isnumeric: return properties.numericType != nil
        default: return isLetter(properties) || properties.numericType != nil
        }
      }
  }

  private static func isTitle(_ properties: Unicode.Scalar.Properties) -> Bool {
    properties.generalCategory == .titlecaseLetter
  }

  private static func isLetter(_ properties: Unicode.Scalar.Properties) -> Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  private static func isCase(
    _ scalars: String.UnicodeScalarView, _ isRight: (Unicode.Scalar.Properties) -> Bool,
    not isWrong: (Unicode.Scalar.Properties) -> Bool
  ) -> Bool {
    scalars.contains { isRight($0.properties) } && !scalars.contains { isWrong($0.properties) }
  }

  private static func isTitled(_ scalars: String.UnicodeScalarView) -> Bool {
    var isInWord = false
    var hasWord = false
    for scalar in scalars {
      let properties = scalar.properties
      if properties.isUppercase || isTitle(properties) {
        if isInWord { return false }
        (isInWord, hasWord) = (true, true)
      } else if properties.isLowercase {
        if !isInWord { return false }
        hasWord = true
      } else {
        isInWord = false
      }
    }
    return hasWord
  }
}
