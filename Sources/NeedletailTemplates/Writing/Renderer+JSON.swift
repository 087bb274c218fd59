/// Values as JSON, the way Python's `json.dumps` writes them.
extension Renderer {
  /// How JSON is written.
  struct JSONStyle {
    var escapesUnicode = false
    /// What a level is indented by; one line without it.
    var indent: String?
    var separators = (item: ", ", key: ": ")
    var sortsKeys = false
  }

  func json(_ value: Value, _ arguments: CallArguments) throws(TemplateError) -> Value {
    let values = try bind(
      arguments, to: "tojson", ["ensure_ascii", "indent", "separators", "sort_keys"])
    var style = JSONStyle()
    style.escapesUnicode = values[0]?.isTrue ?? false
    style.sortsKeys = values[3]?.isTrue ?? false
    switch values[1] {
    case .none, .some(.null): break
    case .some(.string(let text)): style.indent = text
    case .some(let width):
      let width = max(0, try integer(width, default: 0, "indent"))
      try checkText(bytes: width)
      style.indent = String(repeating: " ", count: width)
    }
    if style.indent != nil { style.separators.item = "," }
    if let separators = values[2], !separators.isNull {
      let texts = try elements(of: separators)
      guard texts.count == 2 else { throw fail("separators are two strings") }
      style.separators = (try text(texts[0], "a separator"), try text(texts[1], "a separator"))
    }
    try charge(value.weight)
    var output = ""
    try writeJSON(value, style, level: 0, to: &output)
    return try string(output)
  }

  private func writeJSON(
    _ value: Value, _ style: JSONStyle, level: Int, to output: inout String
  ) throws(TemplateError) {
    switch value {
    case .null: output += "null"
    case .boolean(let value): output += value ? "true" : "false"
    case .integer(let value): output += String(value)
    case .double(let value): output += Self.jsonNumber(value)
    case .string(let text): Self.writeJSON(text, style, to: &output)
    case .list(let list), .tuple(let list):
      try writeJSON(list.items, "[", "]", style, level: level, to: &output) {
        (item, output) throws(TemplateError) in
        try self.writeJSON(item, style, level: level + 1, to: &output)
      }
    case .dictionary(let dictionary):
      var entries = dictionary.entries
      if style.sortsKeys {
        entries = try sorted(entries, isReversed: false) { (one, other) throws(TemplateError) in
          try self.isLess(one.key, other.key)
        }
      }
      try writeJSON(entries, "{", "}", style, level: level, to: &output) {
        (entry, output) throws(TemplateError) in
        Self.writeJSON(try self.jsonKey(entry.key), style, to: &output)
        output += style.separators.key
        try self.writeJSON(entry.value, style, level: level + 1, to: &output)
      }
    default: throw fail("a \(value.typeName) cannot be written as JSON")
    }
    try checkText(bytes: output.utf8.count)
  }

  private func writeJSON<Element>(
    _ items: [Element], _ open: String, _ close: String, _ style: JSONStyle, level: Int, to output: inout String,
    _ write: (Element, inout String) throws(TemplateError) -> Void
  ) throws(TemplateError) {
    guard !items.isEmpty else {
      output += open + close
      return
    }
    func lineBreak(_ level: Int) throws(TemplateError) {
      guard let indent = style.indent else { return }
      try checkText(bytes: output.utf8.count + level * indent.utf8.count)
      try charge(level * indent.utf8.count / Self.bytesPerStep)
      output += "\n" + String(repeating: indent, count: level)
    }
    output += open
    for (index, item) in items.enumerated() {
      if index > 0 { output += style.separators.item }
      try charge(style.separators.item.utf8.count / Self.bytesPerStep)
      try lineBreak(level + 1)
      try nested { () throws(TemplateError) in try write(item, &output) }
    }
    try lineBreak(level)
    output += close
  }

  private func jsonKey(_ key: Value) throws(TemplateError) -> String {
    switch key {
    case .string(let text): text
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .double(let value): Self.jsonNumber(value)
    default: throw fail("a \(key.typeName) cannot be a key in JSON")
    }
  }

  private static func jsonNumber(_ value: Double) -> String {
    value.isFinite ? DecimalText.shortest(value) : value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
  }

  private static func writeJSON(_ text: String, _ style: JSONStyle, to output: inout String) {
    output += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      case "\u{8}": output += "\\b"
      case "\u{C}": output += "\\f"
      default:
        if scalar.value < 0x20 || style.escapesUnicode && scalar.value > 0x7E {
          for unit in String(scalar).utf16 {
            let digits = String(unit, radix: 16)
            output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
          }
        } else {
          output.unicodeScalars.append(scalar)
        }
      }
    }
    output += "\""
  }
}
