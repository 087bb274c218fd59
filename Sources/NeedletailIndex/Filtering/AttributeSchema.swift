public import NeedletailJSON

/// Which attributes documents have, and the types of their values: what a filter can ask about.
///
/// A collection joins those of its segments and of what is not in segments yet, so that a misspelt name is an error
/// and does not quietly match nothing.
public struct AttributeSchema: Sendable, Equatable {
  /// Types of values, as a set.
  struct Kinds: OptionSet, Sendable {
    let rawValue: UInt8
    static let null = Kinds(rawValue: 1)
    static let booleans = Kinds(rawValue: 2)
    static let numbers = Kinds(rawValue: 4)
    static let strings = Kinds(rawValue: 8)
    static let all: Kinds = [.null, .booleans, .numbers, .strings]

    /// The set of one type.
    init(_ kind: JSON.Kind) {
      self =
        switch kind {
        case .null: .null
        case .boolean: .booleans
        case .number: .numbers
        case .string: .strings
        case .array, .object: []
        }
    }

    init(rawValue: UInt8) { self.rawValue = rawValue }

    var names: [String] {
      [(Kinds.booleans, "booleans"), (.numbers, "numbers"), (.strings, "strings"), (.null, "null")]
        .filter { contains($0.0) }.map(\.1)
    }
  }

  private(set) var kinds: [Attribute: Kinds] = [:]

  /// The schema of no documents.
  public init() {}

  /// The attributes, in the order of their names.
  public var attributes: [Attribute] {
    kinds.keys.sorted { $0.keys.lexicographicallyPrecedes($1.keys) }
  }

  /// Adds what is in a document's metadata.
  public mutating func insert(metadata: JSON) { insert(tree: metadata) }

  /// Adds what is in a document's metadata.
  public mutating func insert(metadata: JSONValue) { insert(tree: metadata) }

  /// Adds what another schema has.
  public mutating func formUnion(_ other: AttributeSchema) { kinds.merge(other.kinds) { $0.union($1) } }

  /// Checks that a filter asks about attributes that exist, and for types that they have.
  ///
  /// `null` may be asked for everywhere.
  ///
  /// - Throws: ``IndexError`` with code `.unknownAttribute`, which names attributes like it, or `.wrongType`, which names
  ///   the types that the attribute has.
  public func check(_ filter: Filter) throws(IndexError) { try check(filter.node) }

  mutating func insert(_ attribute: Attribute, _ kinds: Kinds) { self.kinds[attribute, default: []].formUnion(kinds) }

  private mutating func insert(tree: some MetadataTree) {
    tree.forEachAttribute { path, value in
      insert(Attribute(keys: path), value.map { Kinds($0.kind) } ?? [])
    }
  }

  private func check(_ node: Filter.Node) throws(IndexError) {
    switch node {
    case .compare(let attribute, _, let value): try check(attribute, has: Kinds(value.kind))
    case .isMember(let attribute, let values):
      try check(attribute, has: [])
      for value in values { try check(attribute, has: Kinds(value.kind)) }
    case .hasPrefix(let attribute, _): try check(attribute, has: .strings)
    case .exists(let attribute): try check(attribute, has: [])
    case .not(let part): try check(part)
    case .all(let parts), .any(let parts): for part in parts { try check(part) }
    }
  }

  private func check(_ attribute: Attribute, has wanted: Kinds) throws(IndexError) {
    guard let known = kinds[attribute] else {
      throw IndexError(.unknownAttribute, attribute.description, "no document has this attribute" + hint(attribute))
    }
    guard known.union(.null).isSuperset(of: wanted) else {
      let names = known.names.isEmpty ? "arrays or objects" : known.names.joined(separator: ", ")
      throw IndexError(
        .wrongType, attribute.description,
        "is compared with \(wanted.names.joined()), but its values in the documents are \(names)")
    }
  }

  /// Names like the one that is missing, or else some of those that there are.
  private func hint(_ attribute: Attribute) -> String {
    let names = attributes.map(\.description)
    guard !names.isEmpty else { return "; they have no metadata" }
    let near = NearNames(names).near(attribute.description)
    if !near.isEmpty { return "; is it \(near.joined(separator: " or "))?" }
    let shown = names.prefix(10).joined(separator: ", ")
    return "; there are \(shown)" + (names.count > 10 ? " and \(names.count - 10) more" : "")
  }
}
