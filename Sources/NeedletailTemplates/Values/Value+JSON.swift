internal import NeedletailJSON

extension Value {
  /// What a caller hands to a template.
  ///
  /// - Throws: ``TemplateError`` where values nest too deep.
  init(_ json: JSONValue, depth: Int = 0) throws(TemplateError) {
    guard depth < TemplateLimits.valueDepth else {
      throw TemplateError(
        code: .tooLarge, message: "values nest deeper than \(TemplateLimits.valueDepth) levels", subject: "variables",
        line: 1, column: 1)
    }
    switch json {
    case .null: self = .null
    case .boolean(let value): self = .boolean(value)
    case .integer(let value): self = .integer(value)
    case .double(let value): self = .double(value)
    case .float(let value): self = .double(Double(value))
    case .string(let text): self = .string(text)
    case .array(let values):
      var items: [Value] = []
      for value in values { items.append(try Value(value, depth: depth + 1)) }
      self = .list(ListObject(items))
    case .object(let members):
      var entries: [(String, Value)] = []
      for member in members { entries.append((member.key, try Value(member.value, depth: depth + 1))) }
      self = .dictionary(DictionaryObject(named: entries))
    }
  }
}
