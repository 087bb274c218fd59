#if Server
  internal import NeedletailJSON

  /// Members that a request may leave out, or give as null.
  extension JSON {
    func text(_ key: String) throws -> String? {
      guard let value = optional(key) else { return nil }
      return try value.expect(.string, "\"\(key)\"").string
    }

    func flag(_ key: String) throws -> Bool? {
      guard let value = optional(key) else { return nil }
      return try value.expect(.boolean, "\"\(key)\"").boolean
    }

    /// A whole number of at least 1.
    func positive(_ key: String) throws -> Int? {
      guard optional(key) != nil else { return nil }
      return try integer(key, in: 1...Int(Int32.max))
    }
  }

  /// Lists that have an end.
  extension JSON {
    /// The elements of a list of at least one and at most so many.
    ///
    /// - Parameter place: What the list is called in the request.
    func list(_ place: String, limit: Int) throws -> [JSON] {
      guard kind == .array else {
        throw ServerError(.malformed, "should be an array, found \(kind)", parameter: place)
      }
      guard count > 0 else { throw ServerError(.malformed, "should not be empty", parameter: place) }
      guard count <= limit else {
        throw ServerError(.tooLarge, "has \(count) elements; the limit is \(limit)", parameter: place)
      }
      return Array(elements)
    }

    /// A string.
    func text(at place: String) throws -> String {
      guard let string else { throw ServerError(.malformed, "should be a string, found \(kind)", parameter: place) }
      return string
    }

    /// The strings of a list of at least one and at most so many.
    func texts(_ key: String, limit: Int) throws -> [String] {
      try value(key).list(key, limit: limit).enumerated().map { try $0.element.text(at: "\(key)[\($0.offset)]") }
    }

    /// A string as a list of one, or the strings of a list.
    func textOrTexts(_ key: String, limit: Int) throws -> [String] {
      let value = try value(key)
      if let string = value.string { return [string] }
      guard value.kind == .array else {
        throw ServerError(.malformed, "should be a string or an array of strings, found \(value.kind)", parameter: key)
      }
      return try texts(key, limit: limit)
    }
  }
#endif
