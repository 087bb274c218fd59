public import NeedletailTensor

/// Approximate nearest-neighbour search in a flat graph over compact codes.
///
///     let index = try await GraphIndex.build(vectors, metric: .cosine, kernels: try .preferred(), on: team)
///     let hits = try await index.search(queries, limit: 10, effort: .recall(0.95), on: team)
///
/// A vector takes one byte a value, as rotated 4+4-bit codes, and about 150 bytes more for its neighbours. A walk follows
/// the graph by the leading 4 bits, the nodes it ends with are compared again by all 8. Where the vectors themselves are
/// at hand (``exactValues``), the best few are compared by those.
///
/// The graph is that of Vamana (Subramanya and others 2019, "DiskANN") in one layer, with many entries in place of
/// a hierarchy (Munyampirwa and others 2024, arXiv:2412.01940). It grows in batches whose walks see the graph as it was
/// before, so that the same vectors give the same bytes on any number of threads.
///
/// Scores are estimates, exact to about 0.1 % of the vectors' lengths; those from ``exactValues`` are exact.
public struct GraphIndex: Sendable {
  /// How many values each vector has.
  public let dimension: Int
  /// What "near" means.
  public let metric: Metric
  /// How the graph is built.
  public let settings: GraphSettings

  let kernels: Kernels
  let pool = BeamPool()
  /// How vectors become rows; known once there are any.
  var frame: VectorFrame?
  /// The graph over the rows; `nil` before the first vectors.
  var graph: GraphStore?
  /// Rows that hold or held a vector; those after them are free.
  var rows = 0
  /// The position of the vector of each row.
  var labels: [UInt32] = []
  /// The row of the vector at each position.
  var places: [UInt32] = []
  /// Rows without a vector that a search may find, a bit for each.
  var removed: [UInt64] = []
  /// How many of them edges still lead to.
  var removedCount = 0
  /// The others, which are used again.
  var free: [UInt32] = []
  var curve: RecallCurve?
  /// Values of the metric for a query and the vectors at some positions, from the vectors themselves, which the index
  /// does not hold; `nil` where hits are compared by their codes alone.
  ///
  /// The `limit` best vectors of a search are compared by it, and those after them whose codes may err enough.
  public var exactValues: (@Sendable (_ query: ArraySlice<Float>, _ positions: [Int]) -> [Float])?
  /// Shared by copies of this index, which must not write to the memory that they share.
  private var owner = Owner()

  private final class Owner: Sendable {}

  /// Creates an empty index.
  ///
  /// - Parameters:
  ///   - dimension: How many values each vector has; 1 to 65,536.
  ///   - metric: What "near" means.
  ///   - settings: How the graph is built.
  ///   - kernels: The instruction set to use.
  /// - Throws: ``IndexError`` with code `.outOfRange`.
  public init(
    dimension: Int, metric: Metric, settings: GraphSettings = GraphSettings(), kernels: Kernels
  ) throws(IndexError) {
    guard (1...65_536).contains(dimension) else {
      throw IndexError(.outOfRange, "dimension", "must be 1 to 65,536, found \(dimension)")
    }
    self.dimension = dimension
    self.metric = metric
    self.settings = try settings.checked()
    self.kernels = kernels
  }

  /// How many vectors a search may find.
  public var count: Int { rows - removedCount - free.count }

  /// How many positions vectors have or had: every position is less.
  public var positions: Int { rows }

  /// The bytes that the index keeps in memory for each vector that a search may find; 0 without vectors.
  public var bytesPerVector: Double {
    guard let graph, count > 0 else { return 0 }
    let row = graph.codes.dimension + 4 * graph.slots + 12 + (graph.codes.heights == nil ? 0 : 4) + 8
    return Double(row * graph.codes.capacity + removed.count * 8 + 4 * graph.entries.count) / Double(count)
  }

  /// Makes memory that a copy of this index or a file shares this one's own before it is changed.
  mutating func makeUnique() {
    guard let graph, !isKnownUniquelyReferenced(&owner) || graph.isMapped else { return }
    self.graph = graph.grown(to: graph.codes.capacity, slots: graph.slots)
    owner = Owner()
  }

  /// Whether a row holds a vector that a search may find.
  func isLive(_ row: Int) -> Bool { !removed.contains(bit: row) }

  func check(_ vectors: Matrix, _ what: String) throws(IndexError) {
    guard vectors.columns == dimension else {
      throw IndexError(
        .dimensionMismatch, what, "have \(vectors.columns) values each; the index holds vectors of \(dimension)")
    }
    try VectorNorms.check(vectors, kernels) { "\(what), row \($0)" }
  }
}

extension [UInt64] {
  /// One of the bits, 64 in each word.
  func contains(bit: Int) -> Bool { self[bit >> 6] >> UInt64(bit & 63) & 1 == 1 }

  mutating func set(bit: Int) { self[bit >> 6] |= 1 << UInt64(bit & 63) }

  mutating func clear(bit: Int) { self[bit >> 6] &= ~(1 << UInt64(bit & 63)) }
}
