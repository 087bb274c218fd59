/// `str.format`, with the attributes and elements that a template may see.
extension Renderer {
  func formatted(_ format: String, _ arguments: CallArguments) throws(TemplateError) -> String {
    let scalars = Array(format.unicodeScalars)
    var output = ""
    var place = 0
    var next = 0
    while place < scalars.count {
      let scalar = scalars[place]
      guard scalar == "{" || scalar == "}" else {
        output.unicodeScalars.append(scalar)
        place += 1
        continue
      }
      if place + 1 < scalars.count, scalars[place + 1] == scalar {
        output.unicodeScalars.append(scalar)
        place += 2
        continue
      }
      guard scalar == "{", let end = scalars[place...].firstIndex(of: "}") else {
        throw fail("a format has a single \"\(scalar)\"")
      }
      let field = scalars[(place + 1)..<end]
      guard !field.contains("{") else { throw fail("fields inside of fields are not supported", .unsupported) }
      try write(try self.field(field, arguments, &next), to: &output)
      place = end + 1
    }
    return output
  }

  /// One field: what it shows, `!r` or `!s`, and after a colon its layout.
  private func field(
    _ field: ArraySlice<Unicode.Scalar>, _ arguments: CallArguments, _ next: inout Int
  ) throws(TemplateError) -> String {
    let colon = field.firstIndex(of: ":") ?? field.endIndex
    var name = field[..<colon]
    let layout = try layout(colon < field.endIndex ? field[(colon + 1)...] : [])
    var conversion: Unicode.Scalar?
    if let mark = name.firstIndex(of: "!") {
      guard mark + 2 == name.endIndex, ["r", "s"].contains(name[mark + 1]) else {
        throw fail("a conversion is !r or !s", .unsupported)
      }
      conversion = name[mark + 1]
      name = name[..<mark]
    }
    let value = try value(of: name, arguments, &next)
    if conversion == "r" { return try laidOut(.string(try repr(value)), layout, isPrintf: false) }
    if conversion == "s" { return try laidOut(.string(try str(value)), layout, isPrintf: false) }
    return try laidOut(value, layout, isPrintf: false)
  }

  private func value(
    of name: ArraySlice<Unicode.Scalar>, _ arguments: CallArguments, _ next: inout Int
  ) throws(TemplateError) -> Value {
    let end = name.firstIndex { $0 == "." || $0 == "[" } ?? name.endIndex
    let first = String(name[..<end])
    var value: Value
    if first.isEmpty || first.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) {
      // Counted and numbered fields do not mix.
      guard first.isEmpty ? next >= 0 : next <= 0 else { throw fail("a format counts some fields and numbers others") }
      let index = first.isEmpty ? next : Int(first) ?? .max
      next = first.isEmpty ? next + 1 : -1
      guard arguments.positional.indices.contains(index) else { throw fail("a format has no value \(index)") }
      value = arguments.positional[index]
    } else {
      guard let named = arguments.named.first(where: { $0.name == first }) else {
        throw fail("a format has no value \"\(first)\"")
      }
      value = named.value
    }
    var rest = name[end...]
    while let sign = rest.popFirst() {
      if sign == "." {
        let end = rest.firstIndex { $0 == "." || $0 == "[" } ?? rest.endIndex
        value = try attribute(String(rest[..<end]), of: value)
        rest = rest[end...]
      } else {
        guard sign == "[", let end = rest.firstIndex(of: "]") else { throw fail("a format's field cannot be read") }
        let key = String(rest[..<end])
        value = try element(Int(key).map { .integer($0) } ?? .string(key), of: value)
        rest = rest[(end + 1)...]
      }
    }
    return value
  }

  private func layout(_ text: ArraySlice<Unicode.Scalar>) throws(TemplateError) -> Layout {
    var layout = Layout()
    var rest = text
    let alignments: Set<Unicode.Scalar> = ["<", ">", "^", "="]
    if let second = rest.dropFirst().first, alignments.contains(second), let fill = rest.first {
      (layout.fill, layout.alignment) = (fill, second)
      rest = rest.dropFirst(2)
    } else if let first = rest.first, alignments.contains(first) {
      layout.alignment = first
      rest = rest.dropFirst()
    }
    if let sign = rest.first, ["+", "-", " "].contains(sign) {
      layout.sign = sign
      rest = rest.dropFirst()
    }
    if rest.first == "0" {
      if layout.alignment == nil { (layout.fill, layout.alignment) = ("0", "=") }
      rest = rest.dropFirst()
    }
    func number() -> Int? {
      let digits = rest.prefix(while: \.isDigit)
      rest = rest.dropFirst(digits.count)
      return digits.isEmpty ? nil : Int(String(digits)) ?? .max
    }
    layout.width = number() ?? 0
    if rest.first == "," {
      layout.groups = true
      rest = rest.dropFirst()
    }
    if rest.first == "." {
      rest = rest.dropFirst()
      layout.precision = number()
    }
    layout.kind = rest.popFirst()
    guard rest.isEmpty, layout.kind.map({ ["s", "d", "f", "F"].contains($0) }) ?? true else {
      throw fail("the format \"\(String(text))\" is not supported", .unsupported)
    }
    return layout
  }
}
