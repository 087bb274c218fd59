package import NeedletailTensor

/// Float32 vectors in a mapped file, compared with a query one by one where they stand.
///
/// The scores are those of ``ExactIndex``.
package struct MappedVectors: Sendable {
  /// How many vectors there are.
  package let count: Int
  private let dimension: Int
  private let metric: Metric
  private let kernels: Kernels
  private let values: MappedRegion
  private let norms: MappedRegion?

  /// - Parameters:
  ///   - values: `[count, dimension]`, row-major.
  ///   - norms: 1 / length of each vector, 0 for a vector of zeros, as ``VectorNorms/inverse(_:_:)`` gives it; needed
  ///     for searches where the metric is cosine.
  /// - Throws: ``IndexError`` with code `.damaged` where the sizes do not fit.
  package init(
    _ values: MappedRegion, norms: MappedRegion?, dimension: Int, metric: Metric, kernels: Kernels
  ) throws(IndexError) {
    precondition(dimension > 0, "vectors have at least one value")
    let rows = values.count / (4 * dimension)
    guard values.count == 4 * dimension * rows, norms.map({ $0.count == 4 * rows }) ?? true,
      values.holdsFloats
    else {
      throw IndexError(.damaged, values.file.path, "does not hold whole vectors of \(dimension) values; rebuild it")
    }
    count = rows
    (self.values, self.norms, self.dimension, self.metric, self.kernels) = (values, norms, dimension, metric, kernels)
  }

  /// One vector.
  package subscript(position: Int) -> [Float] { values.floats((position * dimension)..<((position + 1) * dimension)) }

  /// The `limit` vectors nearest to a query among some positions, best first; ties keep their order.
  ///
  /// - Parameters:
  ///   - query: `[dimension]`, finite.
  ///   - limit: At least 1.
  ///   - allowed: The positions that may be found; all where it is `nil`.
  package func search(_ query: [Float], limit: Int, among allowed: Bitmap? = nil) throws(IndexError) -> [Hit] {
    guard query.count == dimension, limit > 0 else {
      throw IndexError(.dimensionMismatch, "query", "has \(query.count) values; the vectors have \(dimension)")
    }
    precondition(metric != .cosine || norms != nil, "a search by cosine needs the lengths")
    let queryNorm = VectorNorms.inverse(query[...], kernels)
    var best = TopHits(limit: limit)
    // A block of rows that stays in the second-level cache.
    let rows = max(1, 65_536 / dimension)
    for first in stride(from: 0, to: count, by: rows) {
      let block = first..<min(first + rows, count)
      if let allowed, !allowed.intersects(block) { continue }
      let scores = scores(of: block, for: query, inverseNorm: queryNorm)
      for (position, score) in zip(block, scores) where allowed?.contains(position) ?? true {
        best.offer(position, score: score)
      }
    }
    return metric == .squaredL2 ? best.sorted.map { Hit(index: $0.index, score: -$0.score) } : best.sorted
  }

  /// What a search says of some vectors: values of the metric.
  package func values(_ query: ArraySlice<Float>, at positions: [Int]) -> [Float] {
    var squares: [Float]? = metric == .cosine ? [Float](repeating: 0, count: positions.count) : nil
    let products = kernels.products(
      query, values, rows: positions, distances: metric == .squaredL2, squares: &squares)
    guard let squares else { return products }
    let queryNorm = VectorNorms.inverse(query, kernels)
    return products.indices.map { place in
      // Tiny vectors lose their square in float32; they are looked at again.
      let norm =
        squares[place] > 1e-30
        ? 1 / squares[place].squareRoot() : VectorNorms.inverse(self[positions[place]][...], kernels)
      return min(1, max(-1, products[place] * queryNorm * norm))
    }
  }

  /// Some of the vectors.
  package func matrix(_ range: Range<Int>) -> Matrix {
    Matrix(
      rows: range.count, columns: dimension,
      values: values.floats((range.lowerBound * dimension)..<(range.upperBound * dimension)))
  }

  private func scores(of rows: Range<Int>, for query: [Float], inverseNorm: Float) -> [Float] {
    var scores = [Float](repeating: 0, count: rows.count)
    values.withFloats(rows.lowerBound * dimension..<rows.upperBound * dimension) { floats in
      kernels.scan(
        query.span, floats, d: dimension, distances: metric == .squaredL2, to: &scores,
        .init(stride: rows.count, offset: 0))
    }
    switch metric {
    case .innerProduct: break
    case .cosine:
      let norms = norms?.floats(rows) ?? []
      for index in scores.indices { scores[index] = min(1, max(-1, scores[index] * inverseNorm * norms[index])) }
    case .squaredL2: for index in scores.indices { scores[index] = -scores[index] }
    }
    return scores
  }
}
