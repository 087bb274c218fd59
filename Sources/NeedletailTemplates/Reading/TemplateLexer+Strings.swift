extension TemplateLexer {
  /// A quoted text, its escapes resolved as Python does it.
  mutating func string(_ quote: Unicode.Scalar) throws(TemplateError) {
    let start = position
    var text = String.UnicodeScalarView()
    position += 1
    while position < scalars.count, scalars[position] != quote {
      if scalars[position] == "\\", position + 1 < scalars.count {
        try escape(&text)
      } else {
        text.append(scalars[position])
        position += 1
      }
    }
    guard position < scalars.count else { throw error("the string has no end", at: start) }
    position += 1
    add(.string(String(text)), at: start)
  }

  private static let letters: [Unicode.Scalar: Unicode.Scalar] = [
    "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}", "f": "\u{C}", "n": "\n", "r": "\r", "t": "\t",
    "v": "\u{B}",
  ]

  private mutating func escape(_ text: inout String.UnicodeScalarView) throws(TemplateError) {
    let letter = scalars[position + 1]
    let start = position
    position += 2
    switch letter {
    case "\n": break
    case "x": text.append(try code(digits: 2, start))
    case "u": text.append(try code(digits: 4, start))
    case "U": text.append(try code(digits: 8, start))
    case "N": throw source.error(.unsupported, "names of letters, \\N{…}, are not supported", at: start)
    case "0"..."7":
      var value = letter.value - 48
      for _ in 0..<2 where position < scalars.count && ("0"..."7").contains(scalars[position]) {
        value = value * 8 + scalars[position].value - 48
        position += 1
      }
      text.append(Unicode.Scalar(value) ?? "\u{FFFD}")
    default:
      if let meant = Self.letters[letter] {
        text.append(meant)
      } else {
        // An unknown escape stands for itself; letters beyond ASCII are escapes by then.
        text.append("\\")
        if letter.isASCII {
          text.append(letter)
        } else {
          let digits = String(letter.value, radix: 16)
          let (mark, width) = letter.value < 0x100 ? ("x", 2) : letter.value < 0x10000 ? ("u", 4) : ("U", 8)
          text.append(contentsOf: (mark + String(repeating: "0", count: width - digits.count) + digits).unicodeScalars)
        }
      }
    }
  }

  /// A letter by its number in hexadecimal digits.
  private mutating func code(digits: Int, _ start: Int) throws(TemplateError) -> Unicode.Scalar {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard position < scalars.count, scalars[position].isASCII,
        let digit = Character(scalars[position]).hexDigitValue
      else { throw error("the escape needs \(digits) hexadecimal digits", at: start) }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    guard let scalar = Unicode.Scalar(value) else {
      throw source.error(.unsupported, "the escape names no letter of Unicode", at: start)
    }
    return scalar
  }
}
