/// An adapter that texts take, by the name that the model knows it by, and how much of it.
public struct AdapterUse: Sendable, Equatable, ExpressibleByStringLiteral {
  /// One of ``Embedder/adapterNames``.
  public var name: String
  /// How much of its change is added; 1 for all of it.
  public var weight: Float

  /// Creates a use; see the properties.
  public init(_ name: String, weight: Float = 1) {
    self.name = name
    self.weight = weight
  }

  /// All of an adapter.
  public init(stringLiteral name: String) { self.init(name) }
}
