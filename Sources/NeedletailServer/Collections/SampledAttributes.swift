#if Server
  internal import NeedletailJSON

  /// What filters can ask about, as some documents have it.
  struct SampledAttributes {
    private struct Values {
      var types: Set<String> = []
      /// Distinct values by their JSON text; `nil` once there are too many.
      var distinct: [String: JSONValue]? = [:]
    }

    /// How many documents are looked at.
    static let documents = 2000
    /// A choice of more values, or of longer ones, is none.
    private static let mostValues = 50
    private static let longestValue = 200
    private static let mostAttributes = 200
    private static let deepest = 8

    private var attributes: [String: Values] = [:]

    init(_ metadata: some Sequence<JSONValue>) {
      for one in metadata { insert(one, "", 0) }
    }

    private mutating func insert(_ value: JSONValue, _ name: String, _ depth: Int) {
      switch value {
      case .object(let members):
        guard depth < Self.deepest else { return }
        for (key, member) in members { insert(member, name.isEmpty ? key : "\(name).\(key)", depth + 1) }
      case .array(let elements):
        guard depth < Self.deepest else { return }
        for element in elements { insert(element, name, depth + 1) }
      case .null: break
      case .boolean: note("boolean", value, name)
      case .string: note("string", value, name)
      case .integer, .double, .float: note("number", value, name)
      }
    }

    private mutating func note(_ type: String, _ value: JSONValue, _ name: String) {
      guard attributes[name] != nil || attributes.count < Self.mostAttributes else { return }
      attributes[name, default: Values()].types.insert(type)
      guard var distinct = attributes[name]?.distinct else { return }
      attributes[name]?.distinct = nil
      let text = value.text()
      guard text.utf8.count <= Self.longestValue, distinct[text] != nil || distinct.count < Self.mostValues else {
        return
      }
      distinct[text] = value
      attributes[name]?.distinct = distinct
    }

    /// The attributes by name, the values of each in ascending order.
    var json: JSONValue {
      .array(
        attributes.sorted { $0.key < $1.key }.map { name, values in
          let type = values.types.count == 1 ? values.types.first ?? "mixed" : "mixed"
          let sorted = values.distinct.map { distinct in
            JSONValue.array(distinct.sorted { Self.isBefore($0, $1) }.map(\.value))
          }
          return .object(["name": .string(name), "type": .string(type), "values": sorted ?? .null])
        })
    }

    /// Numbers by size, then everything by its text.
    private static func isBefore(_ first: (key: String, value: JSONValue), _ second: (key: String, value: JSONValue))
      -> Bool
    {
      switch (number(first.value), number(second.value)) {
      case (let one?, let other?): one < other
      case (nil, nil): first.key < second.key
      case (let one, _): one != nil
      }
    }

    private static func number(_ value: JSONValue) -> Double? {
      switch value {
      case .integer(let number): Double(number)
      case .double(let number): number
      case .float(let number): Double(number)
      default: nil
      }
    }
  }
#endif
