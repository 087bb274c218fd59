public import NeedletailJSON

extension Filter {
  /// Whether the filter holds for one document.
  ///
  /// An attribute that the document lacks has no value; it is no error here.
  ///
  /// - Parameter metadata: The document's metadata, an object.
  /// - Complexity: O(size of `metadata` · comparisons of the filter).
  public func matches(metadata: JSON) -> Bool { node.holds(for: metadata) }

  /// Whether the filter holds for one document; see ``matches(metadata:)-(JSON)``.
  public func matches(metadata: JSONValue) -> Bool { node.holds(for: metadata) }
}

extension Filter.Node {
  fileprivate func holds(for metadata: some MetadataTree) -> Bool {
    switch self {
    case .compare(let attribute, .notEqual, let value):
      !metadata.contains(at: attribute.keys[...]) { $0 == value }
    case .compare(let attribute, let comparison, let value):
      metadata.contains(at: attribute.keys[...]) { $0.map { comparison.holds($0, value) } ?? false }
    case .isMember(let attribute, let values):
      metadata.contains(at: attribute.keys[...]) { $0.map(values.contains) ?? false }
    case .hasPrefix(let attribute, let prefix):
      metadata.contains(at: attribute.keys[...]) {
        if case .string(let text) = $0 { ExactText(text).hasPrefix(prefix) } else { false }
      }
    case .exists(let attribute): metadata.contains(at: attribute.keys[...]) { _ in true }
    case .not(let part): !part.holds(for: metadata)
    case .all(let parts): parts.allSatisfy { $0.holds(for: metadata) }
    case .any(let parts): parts.contains { $0.holds(for: metadata) }
    }
  }
}

extension Filter.Comparison {
  /// Whether two values compare so.
  fileprivate func holds(_ value: AttributeValue, _ given: AttributeValue) -> Bool {
    switch self {
    case .equal: value == given
    case .notEqual: value != given
    case .less: value.precedes(given) == true
    case .greater: given.precedes(value) == true
    case .lessOrEqual: given.precedes(value) == false
    case .greaterOrEqual: value.precedes(given) == false
    }
  }
}
