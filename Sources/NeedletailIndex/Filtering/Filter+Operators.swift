/// A value that an attribute can be compared with.
public protocol FilterOperand {
  /// The value as metadata has it.
  var attributeValue: AttributeValue { get }
}

/// A value with an order: a number or a string.
public protocol FilterBound: FilterOperand {}

extension AttributeValue: FilterOperand {
  /// The value itself.
  public var attributeValue: AttributeValue { self }
}

extension Bool: FilterOperand {
  /// A boolean of JSON.
  public var attributeValue: AttributeValue { .boolean(self) }
}

extension Int: FilterBound {
  /// A number of JSON.
  public var attributeValue: AttributeValue { .number(AttributeNumber(self)) }
}

extension Double: FilterBound {
  /// A number of JSON; it must be finite.
  public var attributeValue: AttributeValue {
    guard let number = AttributeNumber(self) else { preconditionFailure("a number of JSON is finite") }
    return .number(number)
  }
}

extension String: FilterBound {
  /// A string of JSON.
  public var attributeValue: AttributeValue { .string(self) }
}

/// Filters as Swift writes them.
extension Attribute {
  /// Holds where a value of the attribute is equal to a given one.
  public static func == (attribute: Attribute, value: some FilterOperand) -> Filter {
    Filter(.compare(attribute, .equal, value.attributeValue))
  }

  /// Holds where no value of the attribute is equal to a given one.
  public static func != (attribute: Attribute, value: some FilterOperand) -> Filter {
    Filter(.compare(attribute, .notEqual, value.attributeValue))
  }

  /// Holds where a value of the attribute is less than a given one.
  public static func < (attribute: Attribute, value: some FilterBound) -> Filter {
    Filter(.compare(attribute, .less, value.attributeValue))
  }

  /// Holds where a value of the attribute is less than a given one or equal to it.
  public static func <= (attribute: Attribute, value: some FilterBound) -> Filter {
    Filter(.compare(attribute, .lessOrEqual, value.attributeValue))
  }

  /// Holds where a value of the attribute is greater than a given one.
  public static func > (attribute: Attribute, value: some FilterBound) -> Filter {
    Filter(.compare(attribute, .greater, value.attributeValue))
  }

  /// Holds where a value of the attribute is greater than a given one or equal to it.
  public static func >= (attribute: Attribute, value: some FilterBound) -> Filter {
    Filter(.compare(attribute, .greaterOrEqual, value.attributeValue))
  }

  /// Holds where a value of the attribute is one of those given; never where none is given.
  public func isIn(_ values: some Sequence<some FilterOperand>) -> Filter {
    Filter(.isMember(self, of: values.map(\.attributeValue)))
  }

  /// Holds where a value of the attribute is a string that starts with the bytes of `prefix`.
  public func hasPrefix(_ prefix: String) -> Filter { Filter(.hasPrefix(self, ExactText(prefix))) }

  /// Holds where the attribute is there, whatever it is: also `null`, an empty array, an object.
  public var exists: Filter { Filter(.exists(self)) }
}

extension Filter {
  /// Holds where both do.
  public static func && (lhs: Filter, rhs: Filter) -> Filter {
    if case .all(let parts) = lhs.node { return Filter(.all(parts + [rhs.node])) }
    return Filter(.all([lhs.node, rhs.node]))
  }

  /// Holds where one of them does.
  public static func || (lhs: Filter, rhs: Filter) -> Filter {
    if case .any(let parts) = lhs.node { return Filter(.any(parts + [rhs.node])) }
    return Filter(.any([lhs.node, rhs.node]))
  }

  /// Holds where `filter` does not.
  public static prefix func ! (filter: Filter) -> Filter { Filter(.not(filter.node)) }
}
