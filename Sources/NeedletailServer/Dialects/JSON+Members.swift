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
#endif
