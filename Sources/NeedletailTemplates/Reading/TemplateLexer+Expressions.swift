extension TemplateLexer {
  /// The tokens inside a tag, and its end.
  mutating func expression(end: TemplateToken.Kind) throws(TemplateError) {
    open.removeAll(keepingCapacity: true)
    let isOutput = end == .outputEnd
    while position < scalars.count {
      if open.isEmpty, let next = closing(isOutput ? "}}" : "%}", at: position, isOutput: isOutput) {
        add(end, at: position)
        position = next
        return
      }
      let scalar = scalars[position]
      if scalar.isPythonSpace {
        position += 1
      } else if scalar.isDigit {
        try number()
      } else if scalar.isNamePart {
        try name()
      } else if scalar == "'" || scalar == "\"" {
        try string(scalar)
      } else {
        try sign()
      }
    }
    throw error("the tag has no end")
  }

  private mutating func sign() throws(TemplateError) {
    guard let sign = TemplateToken.Sign.allCases.first(where: { has($0.rawValue, at: position) }) else {
      throw error("unexpected sign \"\(scalars[position])\"")
    }
    switch sign {
    case .openBrace: open.append(.closeBrace)
    case .openParenthesis: open.append(.closeParenthesis)
    case .openBracket: open.append(.closeBracket)
    case .closeBrace, .closeParenthesis, .closeBracket:
      guard let wanted = open.popLast(), wanted == sign else { throw error("unexpected \"\(sign.rawValue)\"") }
    default: break
    }
    add(.sign(sign), at: position)
    position += sign.rawValue.utf8.count
  }

  private mutating func name() throws(TemplateError) {
    let start = position
    while position < scalars.count, scalars[position].isNamePart { position += 1 }
    guard scalars[start].isNameStart else { throw error("a name cannot begin like this", at: start) }
    add(.name(String(scalars[start..<position])), at: start)
  }

  /// Digits with single underscores between them, from a place on; where they end.
  private func digits(_ place: Int, _ isDigit: (Unicode.Scalar) -> Bool = \.isDigit) -> Int {
    var place = place
    guard place < scalars.count, isDigit(scalars[place]) else { return place }
    while place < scalars.count {
      if isDigit(scalars[place]) {
        place += 1
      } else if scalars[place] == "_", place + 1 < scalars.count, isDigit(scalars[place + 1]) {
        place += 2
      } else {
        break
      }
    }
    return place
  }

  private func plain(_ range: Range<Int>) -> String { String(scalars[range].filter { $0 != "_" }) }

  private mutating func number() throws(TemplateError) {
    let start = position
    let whole = digits(start)
    // What follows a dot is an element's number.
    if start == 0 || scalars[start - 1] != "." {
      var end = whole
      if has(".", at: whole) {
        let fraction = digits(whole + 1)
        if fraction > whole + 1 { end = fraction }
      }
      if end < scalars.count, scalars[end] == "e" || scalars[end] == "E" {
        let sign = end + 1 < scalars.count && ["+", "-"].contains(scalars[end + 1]) ? 1 : 0
        let exponent = digits(end + 1 + sign)
        if exponent > end + 1 + sign { end = exponent }
      }
      if end > whole {
        guard let value = Double(plain(start..<end)) else { throw error("a number that cannot be read") }
        add(.double(value), at: start)
        position = end
        return
      }
    }
    try integer(start, whole)
  }

  private mutating func integer(_ start: Int, _ whole: Int) throws(TemplateError) {
    var (end, digitsFrom, radix) = (whole, start, 10)
    if scalars[start] == "0" {
      // Zeros stand alone, but for a letter that says another base.
      end = digits(start) { $0 == "0" }
      for (letters, base) in [("bB", 2), ("oO", 8), ("xX", 16)]
      where start + 1 < scalars.count && letters.unicodeScalars.contains(scalars[start + 1]) {
        let first = start + (has("_", at: start + 2) ? 3 : 2)
        let last = digits(first) { $0.isASCII && Character($0).hexDigitValue.map { $0 < base } == true }
        if last > first { (end, digitsFrom, radix) = (last, first, base) }
      }
    }
    guard let value = Int(plain(digitsFrom..<end), radix: radix) else {
      throw source.error(.unsupported, "whole numbers have at most 64 bits", at: start)
    }
    add(.integer(value), at: start)
    position = end
  }
}
