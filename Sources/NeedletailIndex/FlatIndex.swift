public import NeedletailTensor

/// Exact nearest-neighbour search: every stored vector is compared with the query.
///
///     var index = FlatIndex(dimension: 384, metric: .cosine, kernels: try .preferred())
///     try index.add(vectors)                                  // [count, 384]
///     let hits = try index.search(query, limit: 10)           // best first
///
/// Only finite vectors are stored or searched for. Where a score still overflows, the vector ranks behind all others.
public struct FlatIndex: Sendable {
  /// How many values each vector has.
  public let dimension: Int
  /// What "near" means.
  public let metric: Metric
  /// How many vectors are stored.
  public private(set) var count = 0

  private let kernels: Kernels
  /// `[count, dimension]`, row-major.
  private var values: [Float] = []
  /// For each vector 1 / its length, 0 for a vector of zeros; empty unless the metric is cosine.
  private var inverseNorms: [Float] = []

  /// Creates an empty index.
  ///
  /// - Parameters:
  ///   - dimension: How many values each vector has; at least 1.
  ///   - metric: What "near" means.
  ///   - kernels: The instruction set to use.
  public init(dimension: Int, metric: Metric, kernels: Kernels) {
    precondition(dimension > 0, "vectors have at least one value")
    self.dimension = dimension
    self.metric = metric
    self.kernels = kernels
  }

  /// Adds vectors; they get the next positions in order.
  ///
  /// - Parameter vectors: `[n, dimension]`, any norms.
  /// - Throws: ``IndexError`` with code `.dimensionMismatch` or `.notFinite`; the index is then unchanged.
  /// - Complexity: O(n · `dimension`).
  public mutating func add(_ vectors: Matrix) throws(IndexError) {
    try check(vectors)
    var norms: [Float] = []
    for row in 0..<vectors.rows {
      let square = kernels.dot(vectors[row: row], vectors[row: row])
      guard square.isFinite else { throw Self.notFinite("vector \(count + row)") }
      if metric == .cosine { norms.append(Self.inverseNorm(vectors[row: row], square: square)) }
    }
    if values.isEmpty { values = vectors.values } else { values += vectors.values }
    inverseNorms += norms
    count += vectors.rows
  }

  /// Adds one vector; see ``add(_:)-(Matrix)``.
  public mutating func add(_ vector: [Float]) throws(IndexError) {
    try add(Matrix(rows: 1, columns: vector.count, values: vector))
  }

  /// One stored vector.
  ///
  /// - Parameter index: Its position; less than ``count``.
  public subscript(index: Int) -> ArraySlice<Float> { values[(index * dimension)..<((index + 1) * dimension)] }

  /// Returns the `limit` stored vectors nearest to `query`, best first.
  ///
  /// Ties keep insertion order.
  ///
  /// - Parameters:
  ///   - query: `[dimension]`, any norm.
  ///   - limit: How many hits at most; must be positive.
  /// - Throws: ``IndexError`` with code `.dimensionMismatch`, `.notFinite` or `.outOfRange`.
  /// - Complexity: O(`count` · `dimension`); allocates O(`limit`).
  public func search(_ query: [Float], limit: Int) throws(IndexError) -> [Hit] {
    try search(Matrix(rows: 1, columns: query.count, values: query), limit: limit)[0]
  }

  /// Returns the `limit` nearest stored vectors for each of many queries, as if each were asked alone.
  ///
  /// The stored vectors are read once for all queries, a block at a time.
  ///
  /// - Parameters:
  ///   - queries: `[n, dimension]`.
  ///   - limit: How many hits at most for each query; must be positive.
  /// - Returns: `n` lists of hits, best first.
  /// - Throws: ``IndexError`` with code `.dimensionMismatch`, `.notFinite` or `.outOfRange`.
  public func search(_ queries: Matrix, limit: Int) throws(IndexError) -> [[Hit]] {
    guard limit > 0 else { throw IndexError(.outOfRange, "limit", "must be at least 1, found \(limit)") }
    try check(queries)
    var norms: [Float] = []
    for row in 0..<queries.rows {
      let square = kernels.dot(queries[row: row], queries[row: row])
      guard square.isFinite else { throw Self.notFinite("query \(row)") }
      norms.append(Self.inverseNorm(queries[row: row], square: square))
    }
    var best = [TopHits](repeating: TopHits(limit: limit), count: queries.rows)
    // A block of rows that stays in the second-level cache while all queries pass over it.
    let blockRows = max(1, 65_536 / dimension)
    var first = 0
    while first < count {
      let rows = first..<min(first + blockRows, count)
      for query in 0..<queries.rows {
        let scores = scores(of: rows, for: queries[row: query], inverseNorm: norms[query])
        for (offset, score) in scores.enumerated() { best[query].offer(rows.lowerBound + offset, score: score) }
      }
      first = rows.upperBound
    }
    return best.map { top in
      metric == .squaredL2 ? top.sorted.map { Hit(index: $0.index, score: -$0.score) } : top.sorted
    }
  }

  /// How near each of some rows is; larger is nearer for every metric.
  private func scores(of rows: Range<Int>, for query: ArraySlice<Float>, inverseNorm: Float) -> [Float] {
    var scores = [Float](repeating: 0, count: rows.count)
    let block = values[(rows.lowerBound * dimension)..<(rows.upperBound * dimension)]
    switch metric {
    case .innerProduct: kernels.dots(query, block, to: &scores)
    case .cosine:
      kernels.dots(query, block, to: &scores)
      for index in scores.indices {
        let cosine = scores[index] * inverseNorm * inverseNorms[rows.lowerBound + index]
        scores[index] = cosine.isNaN ? cosine : min(1, max(-1, cosine))
      }
    case .squaredL2:
      for index in scores.indices {
        scores[index] = -Self.squaredDistance(query, self[rows.lowerBound + index])
      }
    }
    return scores
  }

  /// Differences first, squares after: |q|² + |x|² − 2q·x would lose the small distances that matter most.
  private static func squaredDistance(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
    var sums = SIMD8<Float>()
    let whole = a.count & ~7
    var offset = 0
    while offset < whole {
      var difference = SIMD8<Float>()
      for lane in 0..<8 { difference[lane] = a[a.startIndex + offset + lane] - b[b.startIndex + offset + lane] }
      sums += difference * difference
      offset += 8
    }
    var sum = sums.sum()
    while offset < a.count {
      let difference = a[a.startIndex + offset] - b[b.startIndex + offset]
      sum += difference * difference
      offset += 1
    }
    return sum
  }

  /// 1 / length, also where the squares of tiny values vanish in float32.
  private static func inverseNorm(_ vector: ArraySlice<Float>, square: Float) -> Float {
    if square > 1e-30 { return 1 / square.squareRoot() }
    let exact = vector.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard exact > 0 else { return 0 }
    let inverse = Float(1 / exact.squareRoot())
    return inverse.isFinite ? inverse : 0
  }

  private func check(_ vectors: Matrix) throws(IndexError) {
    guard vectors.columns == dimension else {
      throw IndexError(
        .dimensionMismatch, "vectors", "have \(vectors.columns) values each; the index holds vectors of \(dimension)")
    }
  }

  private static func notFinite(_ subject: String) -> IndexError {
    IndexError(.notFinite, subject, "holds a value that is not finite, or values too large to square")
  }
}
