extension JSONValue {
  /// A copy of what was read, to be written: members keep their order, numbers without fraction and exponent stay whole.
  public init(copying json: JSON) {
    switch json.kind {
    case .null: self = .null
    case .boolean: self = .boolean(json.boolean ?? false)
    case .number: self = json.integer.map { .integer($0) } ?? .double(json.double ?? .nan)
    case .string: self = .string(json.string ?? "")
    case .array: self = .array(json.elements.map { JSONValue(copying: $0) })
    case .object:
      self = .object(
        json.members.map { (key: String(decoding: $0.key, as: UTF8.self), value: JSONValue(copying: $0.value)) })
    }
  }
}
