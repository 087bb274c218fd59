/// How a graph index is built: what costs memory and building time, and gains recall.
public struct GraphSettings: Sendable, Equatable {
  /// The most neighbours of a vector, 4 to 96; 4 bytes each.
  public var degree: Int
  /// How many nearest vectors a walk keeps while it looks for neighbours of a new one, 8 to 1,024.
  public var buildWidth: Int
  /// How much nearer to a kept neighbour than to the vector itself another one may be and still become a neighbour, in
  /// squared distances, 1 to 2: larger values fill the rows of more vectors.
  public var alpha: Float

  /// Creates settings; those that are not given suit embeddings of texts.
  public init(degree: Int = 32, buildWidth: Int = 96, alpha: Float = 1.2) {
    self.degree = degree
    self.buildWidth = buildWidth
    self.alpha = alpha
  }

  /// The same settings, if each is in its range.
  func checked() throws(IndexError) -> GraphSettings {
    guard (4...96).contains(degree) else { throw Self.outside("degree", "4 to 96", "\(degree)") }
    guard (8...1024).contains(buildWidth) else { throw Self.outside("buildWidth", "8 to 1,024", "\(buildWidth)") }
    guard (1...2).contains(alpha) else { throw Self.outside("alpha", "1 to 2", "\(alpha)") }
    return self
  }

  private static func outside(_ name: String, _ range: String, _ found: String) -> IndexError {
    IndexError(.outOfRange, name, "must be \(range), found \(found)")
  }
}
