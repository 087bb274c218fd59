/// Reading with expectations: each verb throws an error that names the key, the place and what was found.
extension JSON {
  /// The member with this key.
  ///
  /// - Throws: ``JSONError`` with code `.missing` where there is none.
  public func value(_ key: String) throws(JSONError) -> JSON {
    guard kind == .object else { throw error(.wrongType, "expected an object with the key \"\(key)\", found \(kind)") }
    guard let value = self[key] else { throw error(.missing, "the key \"\(key)\" is missing") }
    return value
  }

  /// The member with this key, or `nil` where it is absent or `null`.
  public func optional(_ key: String) -> JSON? {
    guard let value = self[key], !value.isNull else { return nil }
    return value
  }

  /// The string under this key; `fallback` where the key is absent or `null`.
  public func string(_ key: String, default fallback: String? = nil) throws(JSONError) -> String {
    if let fallback, optional(key) == nil { return fallback }
    let value = try value(key)
    guard let string = value.string else { throw value.unexpected(key, "a string") }
    return string
  }

  /// The whole number under this key; `fallback` where the key is absent or `null`.
  public func integer(
    _ key: String, in range: ClosedRange<Int> = 0...Int(Int32.max), default fallback: Int? = nil
  ) throws(JSONError) -> Int {
    if let fallback, optional(key) == nil { return fallback }
    let value = try value(key)
    guard let integer = value.integer else { throw value.unexpected(key, "a whole number") }
    guard range.contains(integer) else {
      throw value.error(
        .outOfRange, "\"\(key)\" is \(integer); expected \(range.lowerBound) to \(range.upperBound)")
    }
    return integer
  }

  /// The finite number under this key; `fallback` where the key is absent or `null`.
  public func double(_ key: String, default fallback: Double? = nil) throws(JSONError) -> Double {
    if let fallback, optional(key) == nil { return fallback }
    let value = try value(key)
    guard let double = value.double else { throw value.unexpected(key, "a number") }
    guard double.isFinite else { throw value.error(.outOfRange, "\"\(key)\" is not a finite number") }
    return double
  }

  /// The boolean under this key; `fallback` where the key is absent or `null`.
  public func boolean(_ key: String, default fallback: Bool? = nil) throws(JSONError) -> Bool {
    if let fallback, optional(key) == nil { return fallback }
    let value = try value(key)
    guard let boolean = value.boolean else { throw value.unexpected(key, "true or false") }
    return boolean
  }

  /// This value, if it has the expected type.
  public func expect(_ expected: Kind, _ what: String) throws(JSONError) -> JSON {
    guard kind == expected else { throw error(.wrongType, "\(what) should be \(expected), found \(kind)") }
    return self
  }

  private func unexpected(_ key: String, _ expected: String) -> JSONError {
    error(.wrongType, "\"\(key)\" should be \(expected), found \(kind)")
  }
}
