public import NeedletailJSON

extension Filter {
  /// Reads the JSON form, that of Chroma, Pinecone and MongoDB, of which it has these operators: `$eq`, `$ne`, `$gt`,
  /// `$gte`, `$lt`, `$lte`, `$in`, `$nin`, `$exists`, `$and`, `$or`.
  ///
  ///     {"year": {"$gte": 2020, "$lt": 2025}, "$or": [{"lang": "en"}, {"author.name": {"$in": ["Ada", "Alan"]}}]}
  ///
  /// Members of one object all have to hold; a value in place of operators is compared with `$eq`. Points in a key lead
  /// into objects.
  ///
  /// - Parameter json: An object with a member or more.
  /// - Throws: ``IndexError`` with code `.malformedFilter`, which names an operator that is not one of these; its subject
  ///   holds the line and the column of the fault.
  public init(json: JSON) throws(IndexError) {
    do {
      node = try Self.node(json, depth: 0)
    } catch {
      throw IndexError(.malformedFilter, "filter:\(error.line):\(error.column)", error.message)
    }
  }

  private static func node(_ json: JSON, depth: Int) throws(JSONError) -> Node {
    guard depth < maximumDepth else { throw json.error(.tooLarge, "nests deeper than \(maximumDepth) levels") }
    _ = try json.expect(.object, "a filter")
    var parts: [Node] = []
    for (name, value) in json.members {
      let key = String(decoding: name, as: UTF8.self)
      guard key.utf8.first == UInt8(ascii: "$") else {
        parts += try statements(about: Attribute(key), value)
        continue
      }
      guard key == "$and" || key == "$or" else {
        throw value.error(.malformed, "\"\(key)\" does not combine filters; $and and $or do")
      }
      var nodes: [Node] = []
      for element in try value.expect(.array, key).elements { nodes.append(try node(element, depth: depth + 1)) }
      guard !nodes.isEmpty else { throw value.error(.malformed, "\(key) needs at least one filter") }
      parts.append(nodes.count == 1 ? nodes[0] : key == "$and" ? .all(nodes) : .any(nodes))
    }
    return try joined(parts, json)
  }

  private static func joined(_ parts: [Node], _ json: JSON) throws(JSONError) -> Node {
    guard let first = parts.first else {
      throw json.error(.malformed, "the object is empty; expected a key and what it must be")
    }
    return parts.count == 1 ? first : .all(parts)
  }

  /// What the value under a key says of the attribute.
  private static func statements(about attribute: Attribute, _ json: JSON) throws(JSONError) -> [Node] {
    guard json.kind == .object else { return [.compare(attribute, .equal, try value(json))] }
    guard json.count > 0 else { throw json.error(.malformed, "the object is empty; expected an operator such as $gte") }
    var parts: [Node] = []
    for (name, operand) in json.members {
      let key = String(decoding: name, as: UTF8.self)
      switch key {
      case "$in": parts.append(.isMember(attribute, of: try values(operand, key)))
      case "$nin": parts.append(.not(.isMember(attribute, of: try values(operand, key))))
      case "$exists":
        guard let isThere = operand.boolean else { throw operand.error(.wrongType, "$exists takes true or false") }
        parts.append(isThere ? .exists(attribute) : .not(.exists(attribute)))
      default:
        guard let comparison = comparisons[key] else {
          throw operand.error(
            .malformed,
            "\"\(key)\" is no operator here; there are \(comparisons.keys.sorted().joined(separator: ", ")), $in, $nin, $exists"
          )
        }
        let given = try value(operand)
        if comparison.isOrder, given.kind != .number, given.kind != .string {
          throw operand.error(.wrongType, "\(key) compares numbers or strings; \(given.kind) has no order")
        }
        parts.append(.compare(attribute, comparison, given))
      }
    }
    return parts
  }

  private static let comparisons: [String: Comparison] = [
    "$eq": .equal, "$ne": .notEqual, "$gt": .greater, "$gte": .greaterOrEqual, "$lt": .less, "$lte": .lessOrEqual,
  ]

  private static func values(_ json: JSON, _ key: String) throws(JSONError) -> [AttributeValue] {
    var values: [AttributeValue] = []
    for element in try json.expect(.array, key).elements { values.append(try value(element)) }
    return values
  }

  private static func value(_ json: JSON) throws(JSONError) -> AttributeValue {
    guard json.kind != .array, json.kind != .object else {
      throw json.error(.wrongType, "expected a string, a number, true, false or null, found \(json.kind)")
    }
    let value = AttributeValue(json)
    guard value.kind == json.kind else {
      throw json.error(.outOfRange, "the number is too large; it is read as a double")
    }
    return value
  }
}
