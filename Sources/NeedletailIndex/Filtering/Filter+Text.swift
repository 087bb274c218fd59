internal import NeedletailJSON

extension Filter: CustomStringConvertible {
  /// The most bytes that the text form may have.
  static let maximumTextBytes = 1 << 20
  /// How deep parentheses, `not` and the `$and` and `$or` of the JSON form may nest.
  static let maximumDepth = 64

  /// Parses the text form.
  ///
  ///     year >= 2020 and lang in ["en", "de"] and not title starts with "A" and exists author.name
  ///
  /// `not` binds more tightly than `and`, `and` more tightly than `or`. Keys and values in quotes are JSON strings,
  /// numbers are JSON numbers.
  ///
  /// - Parameter text: At most 1 MiB, nested at most 64 levels deep.
  /// - Throws: ``IndexError`` with code `.malformedFilter`; its subject holds the line and the column, counted from 1 in
  ///   Unicode scalars.
  /// - Complexity: O(length of `text`).
  public init(parsing text: String) throws(IndexError) {
    guard text.utf8.count <= Self.maximumTextBytes else {
      throw IndexError(.malformedFilter, "filter", "a filter has at most \(Self.maximumTextBytes >> 20) MiB of text")
    }
    var parser = FilterParser(tokens: try FilterLexer.tokens(of: text))
    node = try parser.parse()
  }

  /// The filter in its text form.
  public var description: String { node.text }
}

extension Filter.Node {
  fileprivate var text: String {
    switch self {
    case .compare(let attribute, let comparison, let value): "\(attribute) \(comparison.rawValue) \(value)"
    case .isMember(let attribute, let values):
      "\(attribute) in [" + values.map(\.description).joined(separator: ", ") + "]"
    case .hasPrefix(let attribute, let prefix): "\(attribute) starts with \(JSONValue.string(prefix.text).text())"
    case .exists(let attribute): "exists \(attribute)"
    case .not(let part):
      switch part {
      case .all, .any: "not (\(part.text))"
      default: "not \(part.text)"
      }
    case .all(let parts):
      parts.map {
        switch $0 {
        case .all, .any: "(\($0.text))"
        default: $0.text
        }
      }.joined(separator: " and ")
    case .any(let parts):
      parts.map { if case .any = $0 { "(\($0.text))" } else { $0.text } }.joined(separator: " or ")
    }
  }
}
