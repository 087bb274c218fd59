/// Which documents a search may find: a statement about their metadata that is true or false of each.
///
///     let recent: Filter = "year" >= 2020 && "lang" == "en"
///     let typed = try Filter(parsing: #"year >= 2020 and lang in ["en", "de"] and not title starts with "A""#)
///
/// An attribute may have several values in one document: an array stands for its elements, also on the way to a nested
/// key. A comparison holds where it holds for any of them; `!=` and `not in` hold where `==` and `in` do not, also where
/// the attribute is missing. Values of different types are never equal and have no order; strings are ordered by their
/// UTF-8 bytes, numbers by value, whole ones of 64 bits exactly. `null` is a value: it exists and equals `null`.
///
/// The description is the text form; parsed again it gives the same filter.
public struct Filter: Sendable, Equatable {
  /// How an attribute's value and a given one are compared.
  enum Comparison: String, Sendable, CaseIterable {
    case equal = "=="
    case notEqual = "!="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case less = "<"
    case greater = ">"

    /// Whether it asks for the order of numbers or strings.
    var isOrder: Bool { self != .equal && self != .notEqual }
  }

  /// The tree; `all` and `any` have at least two parts.
  indirect enum Node: Sendable, Equatable {
    case compare(Attribute, Comparison, AttributeValue)
    case isMember(Attribute, of: [AttributeValue])
    case hasPrefix(Attribute, ExactText)
    case exists(Attribute)
    case not(Node)
    case all([Node])
    case any([Node])
  }

  let node: Node

  init(_ node: Node) { self.node = node }

  /// The attributes that it asks about, in the order of its text, repetitions included.
  public var attributes: [Attribute] { node.attributes }
}

extension Filter.Node {
  fileprivate var attributes: [Attribute] {
    switch self {
    case .compare(let attribute, _, _), .isMember(let attribute, _), .hasPrefix(let attribute, _),
      .exists(let attribute):
      [attribute]
    case .not(let part): part.attributes
    case .all(let parts), .any(let parts): parts.flatMap(\.attributes)
    }
  }
}
