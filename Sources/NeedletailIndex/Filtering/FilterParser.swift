internal import NeedletailJSON

/// Reads the tokens of the text form of a filter, by recursive descent.
struct FilterParser {
  private let tokens: [FilterToken]
  private var position = 0
  private var depth = 0

  /// - Parameter tokens: Their last one is the end.
  init(tokens: [FilterToken]) { self.tokens = tokens }

  /// The whole filter.
  mutating func parse() throws(IndexError) -> Filter.Node {
    let node = try alternatives()
    guard current.kind == .end else { throw unexpected("and, or, or the end") }
    return node
  }

  private var current: FilterToken { tokens[position] }

  private func unexpected(_ expected: String) -> IndexError {
    current.error("expected \(expected), found \(current.found)")
  }

  /// Passes over the current token, but never over the end.
  private mutating func advance() { if position < tokens.count - 1 { position += 1 } }

  private mutating func accept(_ kind: FilterToken.Kind) -> Bool {
    guard current.kind == kind else { return false }
    advance()
    return true
  }

  private mutating func expect(_ kind: FilterToken.Kind, _ what: String) throws(IndexError) {
    guard accept(kind) else { throw unexpected(what) }
  }

  private mutating func alternatives() throws(IndexError) -> Filter.Node {
    var parts = [try conjunction()]
    while accept(.word(.or)) { parts.append(try conjunction()) }
    return parts.count == 1 ? parts[0] : .any(parts)
  }

  private mutating func conjunction() throws(IndexError) -> Filter.Node {
    var parts = [try statement()]
    while accept(.word(.and)) { parts.append(try statement()) }
    return parts.count == 1 ? parts[0] : .all(parts)
  }

  private mutating func statement() throws(IndexError) -> Filter.Node {
    guard depth < Filter.maximumDepth else { throw current.error("nests deeper than \(Filter.maximumDepth) levels") }
    depth += 1
    defer { depth -= 1 }
    if accept(.word(.not)) { return .not(try statement()) }
    if accept(.sign("(")) {
      let node = try alternatives()
      try expect(.sign(")"), "and, or, or \")\"")
      return node
    }
    if accept(.word(.exists)) { return .exists(try attribute()) }
    return try predicate(of: try attribute())
  }

  private mutating func attribute() throws(IndexError) -> Attribute {
    var keys = [try key("a key, exists, not, or \"(\"")]
    while accept(.sign(".")) { keys.append(try key("a key after the point")) }
    return Attribute(keys: keys)
  }

  private mutating func key(_ expected: String) throws(IndexError) -> ExactText {
    let key: ExactText
    switch current.kind {
    case .name(let name): key = ExactText(name)
    case .string(let text): key = text
    case .word: throw current.error("expected \(expected), found \(current.found); write a key of this name in quotes")
    default: throw unexpected(expected)
    }
    advance()
    return key
  }

  private mutating func predicate(of attribute: Attribute) throws(IndexError) -> Filter.Node {
    if accept(.word(.in)) { return .isMember(attribute, of: try list()) }
    if current.kind == .word(.not), tokens[min(position + 1, tokens.count - 1)].kind == .word(.in) {
      position += 2
      return .not(.isMember(attribute, of: try list()))
    }
    if accept(.word(.starts)) {
      try expect(.word(.with), "with, after starts")
      guard case .string(let prefix) = current.kind else { throw unexpected("a text in quotes") }
      advance()
      return .hasPrefix(attribute, prefix)
    }
    guard case .sign(let sign) = current.kind, let comparison = Filter.Comparison(rawValue: sign) else {
      throw unexpected("==, !=, <, <=, >, >=, in, not in, or starts with")
    }
    advance()
    let place = current
    let value = try value()
    if comparison.isOrder, value.kind != .number, value.kind != .string {
      throw place.error("\(comparison.rawValue) compares numbers or strings; \(value.kind) has no order")
    }
    return .compare(attribute, comparison, value)
  }

  private mutating func list() throws(IndexError) -> [AttributeValue] {
    try expect(.sign("["), "\"[\" and the values")
    if accept(.sign("]")) { return [] }
    var values = [try value()]
    while accept(.sign(",")) { values.append(try value()) }
    try expect(.sign("]"), "\",\" or \"]\"")
    return values
  }

  private mutating func value() throws(IndexError) -> AttributeValue {
    let value: AttributeValue
    switch current.kind {
    case .string(let text): value = .string(text.text)
    case .number(let number): value = .number(number)
    case .word(.true): value = .boolean(true)
    case .word(.false): value = .boolean(false)
    case .word(.null): value = .null
    case .name(let name):
      throw current.error("expected a value, found \"\(name.prefix(40))\"; texts stand in double quotes")
    default: throw unexpected("a value: a text in quotes, a number, true, false or null")
    }
    advance()
    return value
  }
}
