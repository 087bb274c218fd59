import NeedletailIndex
import NeedletailJSON
import NeedletailTestSupport

/// Filters and metadata of a few keys and values, so that they often meet.
enum RandomFilter {
  static let attributes: [Attribute] = [
    "a", "b", "tags", "deep.x", "deep.y", "list.x", "deep", "list", Attribute(path: ["not"]), Attribute(path: ["a.b"]),
    Attribute(path: ["", "é"]),
  ]
  static let strings = ["", "a", "ab", "abc", "b", "é", "e\u{301}", "z\u{10FFFF}", "\u{FFFF}", "\u{10000}"]
  static let wholes = [
    0, 1, -1, 2, 9_007_199_254_740_991, 9_007_199_254_740_992, 9_007_199_254_740_993, .max, .max - 1, .min,
  ]
  static let doubles = [
    0.5, -0.5, 1.5, 9_007_199_254_740_992, 9_223_372_036_854_775_808, 1e300, -1e300, -9_223_372_036_854_775_808,
    .leastNonzeroMagnitude,
  ]

  static func pick<Element>(_ choices: [Element], _ generator: inout SeededGenerator) -> Element {
    choices[Int.random(in: 0..<choices.count, using: &generator)]
  }

  static func filter(depth: Int, using generator: inout SeededGenerator) -> Filter {
    switch Int.random(in: 0..<(depth == 0 ? 4 : 8), using: &generator) {
    case 4, 5: filter(depth: depth - 1, using: &generator) && filter(depth: depth - 1, using: &generator)
    case 6: filter(depth: depth - 1, using: &generator) || filter(depth: depth - 1, using: &generator)
    case 7: !filter(depth: depth - 1, using: &generator)
    default: statement(using: &generator)
    }
  }

  static func value(using generator: inout SeededGenerator) -> AttributeValue {
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: .null
    case 1: .boolean(Bool.random(using: &generator))
    case 2...4:
      pick([wholes.map(\.attributeValue), doubles.map(\.attributeValue)], &generator).randomElement(using: &generator)
        ?? .null
    default: pick(strings, &generator).attributeValue
    }
  }

  private static func statement(using generator: inout SeededGenerator) -> Filter {
    let attribute = pick(attributes, &generator)
    switch Int.random(in: 0..<10, using: &generator) {
    case 0: return attribute.exists
    case 1: return attribute.hasPrefix(pick(strings, &generator))
    case 2: return attribute == value(using: &generator)
    case 3: return attribute != value(using: &generator)
    case 4:
      return attribute.isIn((0..<Int.random(in: 0..<4, using: &generator)).map { _ in value(using: &generator) })
    case 5: return attribute < pick(wholes, &generator)
    case 6: return attribute >= pick(doubles, &generator)
    case 7: return attribute > pick(strings, &generator)
    case 8: return attribute <= pick(doubles, &generator)
    default: return attribute <= pick(strings, &generator)
    }
  }

  /// Metadata of the same attributes, with arrays, objects and empty ones among the values.
  static func metadata(using generator: inout SeededGenerator) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = []
    for key in ["a", "b", "tags", "deep", "list", "not", "a.b", "", "a"]
    where Int.random(in: 0..<3, using: &generator) > 0 {
      members.append((key, tree(depth: 2, using: &generator)))
    }
    return .object(members)
  }

  private static func tree(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
    switch Int.random(in: 0..<(depth == 0 ? 5 : 8), using: &generator) {
    case 0: return .null
    case 1: return .boolean(Bool.random(using: &generator))
    case 2: return .integer(pick(wholes, &generator))
    case 3: return .double(pick(doubles, &generator))
    case 4: return .string(pick(strings, &generator))
    case 5:
      return .array(
        (0..<Int.random(in: 0..<4, using: &generator)).map { _ in tree(depth: depth - 1, using: &generator) })
    default:
      return .object(
        ["x", "y", "é", "x"].filter { _ in Bool.random(using: &generator) }.map {
          (key: $0, value: tree(depth: depth - 1, using: &generator))
        })
    }
  }
}
