internal import NeedletailJSON

/// The name of a fact in the metadata of documents: a key, or the keys that lead to one inside other objects.
///
///     Attribute("year")                         // {"year": 2020}
///     Attribute("author.name")                  // {"author": {"name": "Ada"}}, and {"author": [{"name": "Ada"}]}
///     Attribute(path: ["author.name"])          // {"author.name": "Ada"}
///
/// Keys are compared byte by byte. A literal will do where a filter is expected: `"year" >= 2020`.
public struct Attribute: Sendable, Hashable, CustomStringConvertible {
  let keys: [ExactText]

  /// An attribute from its keys, outermost first.
  ///
  /// - Parameter path: At least one key; a key may be any text.
  public init(path: [String]) {
    precondition(!path.isEmpty, "an attribute has at least one key")
    keys = path.map { ExactText($0) }
  }

  /// An attribute from its keys with points between them.
  public init(_ name: String) {
    self.init(path: name.split(separator: ".", omittingEmptySubsequences: false).map { String($0) })
  }

  init(keys: [ExactText]) { self.keys = keys }

  /// The keys, outermost first.
  public var path: [String] { keys.map(\.text) }

  /// The name as filters write it: keys with points between them, in quotes where they are not plain words.
  public var description: String {
    keys.map { FilterWord.isPlain($0.text) ? $0.text : JSONValue.string($0.text).text() }.joined(separator: ".")
  }
}

extension Attribute: ExpressibleByStringLiteral {
  /// An attribute from its keys with points between them.
  public init(stringLiteral value: String) { self.init(value) }
}
