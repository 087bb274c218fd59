public import NeedletailJSON

/// A value that an attribute may have: what JSON has besides arrays and objects.
public enum AttributeValue: Sendable, Hashable {
  case null
  case boolean(Bool)
  case number(AttributeNumber)
  /// A text, compared byte by byte.
  case string(String)

  /// Whether both have the same type and value; texts are compared byte by byte.
  public static func == (lhs: AttributeValue, rhs: AttributeValue) -> Bool {
    switch (lhs, rhs) {
    case (.null, .null): true
    case (.boolean(let left), .boolean(let right)): left == right
    case (.number(let left), .number(let right)): left == right
    case (.string(let left), .string(let right)): ExactText(left) == ExactText(right)
    default: false
    }
  }

  /// Feeds type and value to a hasher.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    switch self {
    case .null: break
    case .boolean(let value): hasher.combine(value)
    case .number(let value): hasher.combine(value)
    case .string(let value): hasher.combine(ExactText(value))
    }
  }

  /// The type of the value.
  public var kind: JSON.Kind {
    switch self {
    case .null: .null
    case .boolean: .boolean
    case .number: .number
    case .string: .string
    }
  }

  /// Whether this lies before `other`; `nil` where the two have no order.
  func precedes(_ other: AttributeValue) -> Bool? {
    switch (self, other) {
    case (.number(let left), .number(let right)): left < right
    case (.string(let left), .string(let right)): ExactText(left) < ExactText(right)
    default: nil
    }
  }
}

extension AttributeValue: CustomStringConvertible {
  /// The value as JSON writes it.
  public var description: String {
    switch self {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .number(let value): value.description
    case .string(let value): JSONValue.string(value).text()
    }
  }
}
