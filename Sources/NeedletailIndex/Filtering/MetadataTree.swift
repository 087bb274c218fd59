internal import NeedletailJSON

/// JSON as filters see it, read from bytes or built in memory.
protocol MetadataTree {
  var shape: MetadataShape<Self> { get }
}

/// What stands at one place of metadata.
enum MetadataShape<Tree> {
  case value(AttributeValue)
  case elements([Tree])
  /// Members in order; of equal keys the last counts.
  case members([(key: ExactText, value: Tree)])
}

extension MetadataTree {
  /// Whether something at the end of a path passes a test.
  ///
  /// - Parameters:
  ///   - path: The keys that are left to follow; arrays on the way stand for their elements.
  ///   - test: Gets each value, and `nil` for each array and object, which are there without being values.
  func contains(at path: ArraySlice<ExactText>, where test: (AttributeValue?) -> Bool) -> Bool {
    switch shape {
    case .value(let value): return path.isEmpty && test(value)
    case .elements(let elements):
      if path.isEmpty && test(nil) { return true }
      return elements.contains { $0.contains(at: path, where: test) }
    case .members(let members):
      guard let key = path.first else { return test(nil) }
      guard let member = members.last(where: { $0.key == key }) else { return false }
      return member.value.contains(at: path.dropFirst(), where: test)
    }
  }

  /// Calls `body` with all that is in the tree: with each value, and with `nil` for each array and object that has a key.
  ///
  /// - Parameter path: The keys that lead here.
  func forEachAttribute(at path: [ExactText] = [], _ body: ([ExactText], AttributeValue?) -> Void) {
    switch shape {
    case .value(let value): if !path.isEmpty { body(path, value) }
    case .elements(let elements):
      if !path.isEmpty { body(path, nil) }
      for element in elements { element.forEachAttribute(at: path, body) }
    case .members(let members):
      if !path.isEmpty { body(path, nil) }
      var seen: Set<ExactText> = []
      for member in members.reversed() where seen.insert(member.key).inserted {
        member.value.forEachAttribute(at: path + [member.key], body)
      }
    }
  }
}

extension JSON: MetadataTree {
  var shape: MetadataShape<JSON> {
    switch kind {
    case .array: .elements(Array(elements))
    case .object: .members(members.map { (ExactText(String(decoding: $0.key, as: UTF8.self)), $0.value) })
    default: .value(AttributeValue(self))
    }
  }
}

extension JSONValue: MetadataTree {
  var shape: MetadataShape<JSONValue> {
    switch self {
    case .null: .value(.null)
    case .boolean(let value): .value(.boolean(value))
    case .integer(let value): .value(.number(AttributeNumber(value)))
    case .double(let value): .value(AttributeValue(nearest: value))
    case .float(let value): .value(AttributeValue(nearest: Double(value.description) ?? .nan))
    case .string(let value): .value(.string(value))
    case .array(let elements): .elements(elements)
    case .object(let members): .members(members.map { (ExactText($0.key), $0.value) })
    }
  }
}

extension AttributeValue {
  /// A value of JSON; arrays and objects, and numbers beyond the range of doubles, read as `null`.
  init(_ json: JSON) {
    self =
      switch json.kind {
      case .boolean: .boolean(json.boolean ?? false)
      case .string: .string(json.string ?? "")
      case .number:
        json.integer.map { .number(AttributeNumber($0)) } ?? AttributeValue(nearest: json.double ?? .nan)
      case .null, .array, .object: .null
      }
  }

  /// A number, or `null` where it is infinite or not a number, as ``JSONValue`` writes it.
  init(nearest double: Double) { self = AttributeNumber(double).map { .number($0) } ?? .null }
}
