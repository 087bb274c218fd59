/// One value inside a ``JSONDocument``: a small view that is cheap to copy and keeps the document alive.
///
///     let config = try JSONDocument(parsing: bytes, subject: "config.json").root
///     let layers = try config.integer("num_hidden_layers", in: 1...1024)
public struct JSON: Sendable {
  /// The six types of JSON values.
  public enum Kind: UInt8, Sendable, CustomStringConvertible {
    case null, boolean, number, string, array, object

    /// The type with its article, as errors say it.
    public var description: String {
      switch self {
      case .null: "null"
      case .boolean: "a boolean"
      case .number: "a number"
      case .string: "a string"
      case .array: "an array"
      case .object: "an object"
      }
    }
  }

  let document: JSONDocument
  let index: Int

  private var node: JSONDocument.Node { document.nodes[index] }

  /// The type of this value.
  public var kind: Kind { node.kind }
  /// Whether this is `null`.
  public var isNull: Bool { kind == .null }
  /// How many elements or members this array or object has; 0 for other values.
  public var count: Int { Int(node.count) }
  /// The bytes that this value was read from, quotes excluded, escapes as written.
  package var source: ArraySlice<UInt8> { document.bytes[Int(node.start)..<Int(node.end)] }

  /// The boolean, or `nil` where this is something else.
  public var boolean: Bool? { kind == .boolean ? document.bytes[Int(node.start)] == UInt8(ascii: "t") : nil }
  /// A number as it is written; `nil` for any other kind.
  package var digits: ArraySlice<UInt8>? { kind == .number ? source : nil }
  /// The number as the nearest double, or `nil` where this is something else.
  public var double: Double? { kind == .number ? Double(String(decoding: source, as: UTF8.self)) : nil }
  /// The number if it is whole and fits, or `nil`.
  public var integer: Int? {
    guard kind == .number else { return nil }
    if let exact = Int(String(decoding: source, as: UTF8.self)) { return exact }
    return double.flatMap { Int(exactly: $0) }
  }
  /// The string, invalid UTF-8 replaced by U+FFFD, or `nil` where this is something else.
  public var string: String? { utf8.map { String(decoding: $0, as: UTF8.self) } }
  /// The bytes of the string with escapes resolved, not validated as UTF-8, or `nil` where this is something else.
  public var utf8: ArraySlice<UInt8>? {
    guard kind == .string else { return nil }
    return node.hasEscapes ? JSONString.unescaped(source)[...] : source
  }

  /// The value of the last member with this key, or `nil` where there is none or this is no object.
  ///
  /// - Complexity: O(members).
  public subscript(key: String) -> JSON? {
    guard kind == .object else { return nil }
    var found: JSON?
    for (name, value) in members where name.elementsEqual(key.utf8) { found = value }
    if let found { document.lookups?.note(found.index) }
    return found
  }

  /// The elements of an array, in order; empty for other values.
  public var elements: Elements {
    Elements(document: document, remaining: kind == .array ? count : 0, index: index + 1)
  }
  /// The members of an object, in order, duplicates included; empty for other values.
  public var members: Members { Members(document: document, remaining: kind == .object ? count : 0, index: index + 1) }

  /// The elements of an array.
  public struct Elements: Sequence, IteratorProtocol, Sendable {
    let document: JSONDocument
    var remaining: Int
    var index: Int

    /// The next element.
    public mutating func next() -> JSON? {
      guard remaining > 0 else { return nil }
      remaining -= 1
      defer { index = Int(document.nodes[index].next) }
      return JSON(document: document, index: index)
    }
  }

  /// The members of an object: the key's bytes with escapes resolved, and the value.
  public struct Members: Sequence, IteratorProtocol, Sendable {
    let document: JSONDocument
    var remaining: Int
    var index: Int

    /// The next member.
    public mutating func next() -> (key: ArraySlice<UInt8>, value: JSON)? {
      guard remaining > 0 else { return nil }
      remaining -= 1
      let key = JSON(document: document, index: index).utf8 ?? []
      let value = JSON(document: document, index: index + 1)
      index = Int(document.nodes[index + 1].next)
      return (key, value)
    }
  }

  /// An error that points at this value.
  public func error(_ code: JSONError.Code, _ message: String) -> JSONError {
    .at(Int(node.start), in: document.bytes, subject: document.subject, code: code, message: message)
  }
}
