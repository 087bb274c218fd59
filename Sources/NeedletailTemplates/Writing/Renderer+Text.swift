/// Values as text, the way Python's `str` and `repr` write them.
extension Renderer {
  func str(_ value: Value) throws(TemplateError) -> String {
    switch value {
    case .string(let text): return text
    case .undefined: return ""
    default: return try repr(value)
    }
  }

  func repr(_ value: Value) throws(TemplateError) -> String {
    try charge(value.weight)
    var output = ""
    try writeRepr(value, to: &output)
    return output
  }

  private func writeRepr(_ value: Value, to output: inout String) throws(TemplateError) {
    switch value {
    case .undefined: output += "Undefined"
    case .null: output += "None"
    case .boolean(let value): output += value ? "True" : "False"
    case .integer(let value): output += String(value)
    case .double(let value): output += DecimalText.shortest(value)
    case .string(let text): output += Self.quoted(text)
    case .list(let list): try writeRepr(list.items, "[", "]", to: &output)
    case .tuple(let list): try writeRepr(list.items, "(", list.items.count == 1 ? ",)" : ")", to: &output)
    case .dictionary(let dictionary):
      output += "{"
      for (index, entry) in dictionary.entries.enumerated() {
        if index > 0 { output += ", " }
        try nested { () throws(TemplateError) in try writeRepr(entry.key, to: &output) }
        output += ": "
        try nested { () throws(TemplateError) in try writeRepr(entry.value, to: &output) }
      }
      output += "}"
    case .view(let view): try writeRepr(view.items, "dict_\(view.kind.rawValue)([", "])", to: &output)
    case .range(let range):
      output += "range(\(range.start), \(range.end)" + (range.step == 1 ? ")" : ", \(range.step))")
    case .namespace(let namespace):
      output += "<Namespace {"
      for (index, attribute) in namespace.attributes.enumerated() {
        if index > 0 { output += ", " }
        output += Self.quoted(attribute.name) + ": "
        try charge(attribute.value.weight)
        try nested { () throws(TemplateError) in try writeRepr(attribute.value, to: &output) }
      }
      output += "}>"
    case .loop(let loop): output += "<LoopContext \(loop.index + 1)/\(loop.items.count)>"
    case .macro(let macro):
      output += "<Macro \(macro.definition.name.isEmpty ? "anonymous" : Self.quoted(macro.definition.name))>"
    default: throw fail("a \(value.typeName) has no text; perhaps the filter \"list\" is missing")
    }
    try checkText(bytes: output.utf8.count)
  }

  private func writeRepr(
    _ items: [Value], _ open: String, _ close: String, to output: inout String
  ) throws(TemplateError) {
    output += open
    for (index, item) in items.enumerated() {
      if index > 0 { output += ", " }
      try nested { () throws(TemplateError) in try writeRepr(item, to: &output) }
    }
    output += close
  }

  /// A text as Python writes it in its programs.
  static func quoted(_ text: String) -> String {
    let quote: Unicode.Scalar = text.utf8.contains(0x27) && !text.utf8.contains(0x22) ? "\"" : "'"
    var output = String.UnicodeScalarView()
    output.append(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case quote, "\\":
        output.append("\\")
        output.append(scalar)
      case "\n": output.append(contentsOf: "\\n".unicodeScalars)
      case "\r": output.append(contentsOf: "\\r".unicodeScalars)
      case "\t": output.append(contentsOf: "\\t".unicodeScalars)
      default:
        if scalar.isPythonPrintable {
          output.append(scalar)
        } else {
          output.append(contentsOf: escaped(scalar).unicodeScalars)
        }
      }
    }
    output.append(quote)
    return String(output)
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
    return "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
  }
}
