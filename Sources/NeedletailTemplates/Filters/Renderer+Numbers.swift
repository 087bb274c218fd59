/// What filters do with numbers.
extension Renderer {
  func calculated(
    _ filter: TemplateFilter, _ value: Value, _ arguments: CallArguments
  ) throws(TemplateError) -> Value {
    if case .undefined(let undefined) = value { throw fail(undefined.message) }
    switch filter {
    case .abs:
      _ = try bind(arguments, to: "abs", [])
      if let integer = value.integer { return integer < 0 ? try negate(.integer(integer)) : .integer(integer) }
      guard let number = value.number else { throw fail("a \(value.typeName) has no sign") }
      return .double(number.magnitude)
    case .float:
      let fallback = try bind(arguments, to: "float", ["default"])[0] ?? .double(0)
      if case .string(let text) = value { return Self.number(text).map { .double($0) } ?? fallback }
      return value.number.map { .double($0) } ?? fallback
    case .int:
      let values = try bind(arguments, to: "int", ["default", "base"])
      let base = try integer(values[1], default: 10, "a base")
      return try wholeNumber(value, base: base) ?? values[0] ?? .integer(0)
    default: return try rounded(value, arguments)
    }
  }

  /// The number that a text spells, as Python's `float` reads it.
  static func number(_ text: String) -> Double? {
    let trimmed = stripped(text, nil)
    let plain = trimmed.lowercased()
    let unsigned = plain.hasPrefix("-") || plain.hasPrefix("+") ? String(plain.dropFirst()) : plain
    if ["inf", "infinity"].contains(unsigned) { return plain.hasPrefix("-") ? -.infinity : .infinity }
    if unsigned == "nan" { return .nan }
    guard plain.utf8.allSatisfy({ $0 < 0x80 && !"xpn".utf8.contains($0) }) else { return nil }
    // Underscores stand between digits only.
    let bytes = Array(plain.utf8)
    for (place, byte) in bytes.enumerated() where byte == 0x5F {
      let around = [place - 1, place + 1].allSatisfy { bytes.indices.contains($0) && (48...57).contains(bytes[$0]) }
      guard around else { return nil }
    }
    return Double(String(decoding: bytes.filter { $0 != 0x5F }, as: UTF8.self))
  }

  private func wholeNumber(_ value: Value, base: Int) throws(TemplateError) -> Value? {
    if let integer = value.integer { return .integer(integer) }
    var number = value.number
    if case .string(let text) = value {
      if let integer = try Self.integer(text, base: base, self) { return .integer(integer) }
      number = Self.number(text)
    }
    guard let number, number.isFinite else { return nil }
    guard let whole = Int(exactly: number.rounded(.towardZero)) else {
      throw fail("whole numbers have at most 64 bits", .unsupported)
    }
    return .integer(whole)
  }

  /// The number that a text spells, as Python's `int` reads it.
  private static func integer(_ text: String, base: Int, _ renderer: Renderer) throws(TemplateError) -> Int? {
    guard (2...36).contains(base) else { throw renderer.fail("a base of \(base) is not supported", .unsupported) }
    var digits = stripped(text, nil).lowercased()
    let isNegative = digits.hasPrefix("-")
    if isNegative || digits.hasPrefix("+") { digits.removeFirst() }
    for (prefix, of) in [("0b", 2), ("0o", 8), ("0x", 16)] where base == of && digits.hasPrefix(prefix) {
      digits.removeFirst(2)
      if digits.hasPrefix("_") { digits.removeFirst() }
    }
    let parts = digits.split(separator: "_", omittingEmptySubsequences: false)
    let isRight = parts.allSatisfy { part in
      !part.isEmpty
        && part.allSatisfy { sign in
          sign.isASCII && (sign.isNumber || sign.isLetter) && Int(String(sign), radix: 36).map { $0 < base } == true
        }
    }
    guard isRight else { return nil }
    guard let value = Int((isNegative ? "-" : "") + parts.joined(), radix: base) else {
      throw renderer.fail("whole numbers have at most 64 bits", .unsupported)
    }
    return value
  }

  private func rounded(_ value: Value, _ arguments: CallArguments) throws(TemplateError) -> Value {
    let values = try bind(arguments, to: "round", ["precision", "method"])
    let places = try integer(values[0], default: 0, "a precision")
    let method = try text(values[1], default: "common", "a method")
    guard ["common", "ceil", "floor"].contains(method) else { throw fail("a number is rounded common, ceil or floor") }
    guard let number = value.number else { throw fail("a \(value.typeName) cannot be rounded") }
    guard (0...300).contains(places) else { throw fail("a precision of \(places) is not supported", .unsupported) }
    if method == "common" {
      if let integer = value.integer { return .integer(integer) }
      guard number.isFinite else { return value }
      return .double(Double(DecimalText.fixed(number, places: places)) ?? number)
    }
    var factor = 1.0
    for _ in 0..<places { factor *= 10 }
    let scaled = (number * factor).rounded(method == "ceil" ? .up : .down)
    guard scaled.isFinite else { throw fail("the number cannot be rounded") }
    return .double(scaled / factor)
  }
}
