/// A stored vector that was found.
public struct Hit: Sendable, Equatable {
  /// The position at which the vector was added, counted from 0.
  public let index: Int
  /// How near it is, in the terms of the index's ``Metric``.
  public let score: Float

  /// Creates a hit.
  public init(index: Int, score: Float) {
    self.index = index
    self.score = score
  }
}
