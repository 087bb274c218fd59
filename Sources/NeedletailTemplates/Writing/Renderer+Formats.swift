/// Python's two ways of formats: `%` and `format`.
extension Renderer {
  /// How one value is laid out.
  struct Layout {
    var fill: Unicode.Scalar = " "
    /// `<`, `>`, `^`, or `=` for zeros after the sign.
    var alignment: Unicode.Scalar?
    var sign: Unicode.Scalar?
    var groups = false
    var width = 0
    var precision: Int?
    var kind: Unicode.Scalar?
  }

  /// A format with `%` for values in a tuple, one value, or a dictionary.
  func printf(_ format: String, _ values: Value) throws(TemplateError) -> String {
    let scalars = Array(format.unicodeScalars)
    try charge(scalars.count / Self.bytesPerStep)
    var remaining: [Value]
    if case .tuple(let tuple) = values { remaining = tuple.items.reversed() } else { remaining = [values] }
    var isNamed = false
    var output = ""
    var place = 0
    func nextValue() throws(TemplateError) -> Value {
      guard let value = remaining.popLast() else { throw fail("a format has more places than values") }
      return value
    }
    func number() throws(TemplateError) -> Int? {
      if place < scalars.count, scalars[place] == "*" {
        place += 1
        return try integer(try nextValue(), default: 0, "a width")
      }
      let start = place
      while place < scalars.count, scalars[place].isDigit { place += 1 }
      return start == place ? nil : Int(String(scalars[start..<place])) ?? .max
    }
    while place < scalars.count {
      guard scalars[place] == "%" else {
        output.unicodeScalars.append(scalars[place])
        place += 1
        continue
      }
      place += 1
      var value: Value?
      if place < scalars.count, scalars[place] == "(" {
        guard let end = scalars[place...].firstIndex(of: ")"), case .dictionary(let members) = values else {
          throw fail("a format with names needs a dictionary")
        }
        let name = String(scalars[place + 1..<end])
        guard let member = members[.string(name)] else { throw fail("a format's \"\(name)\" is missing") }
        (value, place, isNamed) = (member, end + 1, true)
      }
      var layout = Layout()
      while place < scalars.count, ["-", "+", " ", "0", "#"].contains(scalars[place]) {
        switch scalars[place] {
        case "-": layout.alignment = "<"
        case "0": if layout.alignment != "<" { (layout.fill, layout.alignment) = ("0", "=") }
        case "+": layout.sign = "+"
        case " ": if layout.sign == nil { layout.sign = " " }
        default: throw fail("\"#\" in a format is not supported", .unsupported)
        }
        place += 1
      }
      layout.width = try number() ?? 0
      if place < scalars.count, scalars[place] == "." {
        place += 1
        layout.precision = try number() ?? 0
      }
      guard place < scalars.count else { throw fail("a format ends early") }
      layout.kind = scalars[place]
      place += 1
      if layout.kind == "%" {
        output += "%"
        continue
      }
      let shown: Value
      if let value { shown = value } else { shown = try nextValue() }
      try write(try laidOut(shown, layout, isPrintf: true), to: &output)
    }
    guard isNamed || remaining.isEmpty else {
      if case .dictionary = values { return output }
      throw fail("a format has fewer places than values")
    }
    return output
  }

  /// One value in its layout.
  func laidOut(_ value: Value, _ layout: Layout, isPrintf: Bool) throws(TemplateError) -> String {
    try checkText(bytes: max(layout.width, layout.precision ?? 0))
    if isPrintf, let kind = layout.kind, ["d", "i", "u"].contains(kind) {
      guard let number = value.number, let whole = Int(exactly: number.rounded(.towardZero)) else {
        throw fail("a format wants a number, found \(value.typeName)")
      }
      let integer = value.integer ?? whole
      return padded(Self.signed(String(integer.magnitude), integer < 0, layout), layout, ">")
    }
    switch layout.kind {
    case "s", "r", "a", nil:
      guard layout.kind != nil || value.number == nil else { return try numberText(value, layout) }
      guard layout.kind != "a" else { throw fail("\"%a\" is not supported", .unsupported) }
      let text = try layout.kind == "r" ? repr(value) : isPrintf && value.isUndefined ? "" : str(value)
      var layout = layout
      if layout.alignment == "=" { (layout.alignment, layout.fill) = (nil, " ") }
      let cut = layout.precision.map { String(text.unicodeScalars.prefix($0)) } ?? text
      return padded(("", cut), layout, isPrintf ? ">" : "<")
    case "d":
      guard let integer = value.integer else { throw fail("a format wants a whole number, found \(value.typeName)") }
      let digits = String(integer.magnitude)
      return padded(Self.signed(layout.groups ? Self.grouped(digits) : digits, integer < 0, layout), layout, ">")
    case "f", "F":
      guard let number = value.number else { throw fail("a format wants a number, found \(value.typeName)") }
      let places = layout.precision ?? 6
      guard places <= 1_000 else { throw fail("a format of \(places) digits", .tooLarge) }
      let text = DecimalText.fixed(number.magnitude, places: places)
      return padded(
        Self.signed(layout.groups ? Self.grouped(text) : text, number.sign == .minus, layout), layout, ">")
    default: throw fail("the format \"\(layout.kind.map { String($0) } ?? "")\" is not supported", .unsupported)
    }
  }

  /// A number whose format says no kind.
  private func numberText(_ value: Value, _ layout: Layout) throws(TemplateError) -> String {
    if case .boolean = value {
      var layout = layout
      layout.kind = "s"
      return try laidOut(value, layout, isPrintf: false)
    }
    guard layout.precision == nil else { throw fail("a precision without \"f\" is not supported", .unsupported) }
    let text = try str(value)
    let isNegative = text.hasPrefix("-")
    let digits = isNegative ? String(text.dropFirst()) : text
    return padded(Self.signed(layout.groups ? Self.grouped(digits) : digits, isNegative, layout), layout, ">")
  }

  private static func signed(_ digits: String, _ isNegative: Bool, _ layout: Layout) -> (String, String) {
    (isNegative ? "-" : layout.sign.map { $0 == "-" ? "" : String($0) } ?? "", digits)
  }

  /// Commas between thousands.
  private static func grouped(_ digits: String) -> String {
    let whole = Array(digits.prefix { $0 != "." })
    var output = ""
    for (index, digit) in whole.enumerated() {
      if index > 0, (whole.count - index) % 3 == 0 { output += "," }
      output.append(digit)
    }
    return output + digits.dropFirst(whole.count)
  }

  private func padded(_ text: (sign: String, body: String), _ layout: Layout, _ usual: Unicode.Scalar) -> String {
    let count = text.sign.unicodeScalars.count + text.body.unicodeScalars.count
    let missing = max(0, layout.width - count)
    func fill(_ count: Int) -> String { String(repeatElement(layout.fill, count: count)) }
    switch layout.alignment ?? usual {
    case "<": return text.sign + text.body + fill(missing)
    case "^": return fill(missing / 2) + text.sign + text.body + fill(missing - missing / 2)
    case "=": return text.sign + fill(missing) + text.body
    default: return fill(missing) + text.sign + text.body
    }
  }
}
