/// A JSON value to be written: members keep their order.
public indirect enum JSONValue: Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  /// A number; not-a-number and infinities, which JSON lacks, are written as `null`.
  case double(Double)
  /// A number written with the fewest digits that read back as the same `Float`.
  case float(Float)
  case string(String)
  case array([JSONValue])
  case object([(key: String, value: JSONValue)])

  /// The members of an object, in the order of the literal.
  public static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
    .object(members.map { (key: $0.key, value: $0.value) })
  }

  /// The value as JSON text.
  ///
  /// - Parameter indented: Two spaces a level and a line a member; otherwise one line, as JSONL needs it.
  public func text(indented: Bool = false) -> String {
    var output = ""
    write(to: &output, indentation: indented ? 0 : nil)
    return output
  }

  private func write(to output: inout String, indentation: Int?) {
    switch self {
    case .null: output += "null"
    case .boolean(let value): output += value ? "true" : "false"
    case .integer(let value): output += String(value)
    case .double(let value): output += value.isFinite ? value.description : "null"
    case .float(let value): output += value.isFinite ? value.description : "null"
    case .string(let value): Self.write(value, to: &output)
    case .array(let values):
      Self.list("[", "]", values, to: &output, indentation) { $0.write(to: &$1, indentation: $2) }
    case .object(let members):
      Self.list("{", "}", members, to: &output, indentation) { member, output, deeper in
        Self.write(member.key, to: &output)
        output += indentation == nil ? ":" : ": "
        member.value.write(to: &output, indentation: deeper)
      }
    }
  }

  private static func list<Element>(
    _ open: String, _ close: String, _ elements: [Element], to output: inout String, _ indentation: Int?,
    _ write: (Element, inout String, Int?) -> Void
  ) {
    output += open
    let deeper = indentation.map { $0 + 1 }
    for (index, element) in elements.enumerated() {
      if index > 0 { output += "," }
      if let deeper { output += "\n" + String(repeating: "  ", count: deeper) }
      write(element, &output, deeper)
    }
    if let indentation, !elements.isEmpty { output += "\n" + String(repeating: "  ", count: indentation) }
    output += close
  }

  private static func write(_ string: String, to output: inout String) {
    output += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: output.unicodeScalars.append(scalar)
      }
    }
    output += "\""
  }
}
