public import NeedletailTensor

extension ExactIndex {
  /// Returns the `limit` stored vectors nearest to `query`, best first.
  ///
  /// Ties keep insertion order.
  ///
  /// - Parameters:
  ///   - query: `[dimension]`, any norm.
  ///   - limit: How many hits at most; must be positive.
  ///   - allowed: The positions that may be found, a set over ``positions``; all if `nil`.
  /// - Throws: ``IndexError`` with code `.dimensionMismatch`, `.notFinite` or `.outOfRange`.
  /// - Complexity: O(``positions`` · ``dimension``); allocates O(`limit`).
  public func search(_ query: [Float], limit: Int, among allowed: Bitmap? = nil) throws(IndexError) -> [Hit] {
    try search(Matrix(rows: 1, columns: query.count, values: query), limit: limit, among: allowed)[0]
  }

  /// Returns the `limit` nearest stored vectors for each of many queries, as if each were asked alone.
  ///
  /// The stored vectors are read once for dozens or hundreds of queries, a block at a time.
  ///
  /// - Parameters:
  ///   - queries: `[n, dimension]`.
  ///   - limit: How many hits at most for each query; must be positive.
  ///   - allowed: The positions that may be found, a set over ``positions``; all if `nil`.
  /// - Returns: `n` lists of hits, best first.
  /// - Throws: ``IndexError`` with code `.dimensionMismatch`, `.notFinite` or `.outOfRange`.
  public func search(_ queries: Matrix, limit: Int, among allowed: Bitmap? = nil) throws(IndexError) -> [[Hit]] {
    guard let work = try ExactSearch(self, queries, limit: limit, among: allowed) else {
      return [[Hit]](repeating: [], count: queries.rows)
    }
    return work.chunks.flatMap { chunk in work.hits(of: chunk, [work.scan(chunk, 0..<work.blockCount)]) }
  }

  /// The same on the threads of a team, with the same hits.
  ///
  /// - Throws: ``IndexError`` as above; what `ComputeTeam.run` throws.
  public func search(
    _ queries: Matrix, limit: Int, among allowed: Bitmap? = nil, on team: ComputeTeam
  ) async throws -> [[Hit]] {
    guard let work = try ExactSearch(self, queries, limit: limit, among: allowed) else {
      return [[Hit]](repeating: [], count: queries.rows)
    }
    let chunks = work.chunks
    // A few pieces for each thread, so that one that is held up does not hold up all.
    let parts = min(work.blockCount, max(1, 4 * team.threads / chunks.count))
    let found = try await team.map(chunks.count * parts) { item in
      let (chunk, part) = (item / parts, item % parts)
      return work.scan(chunks[chunk], part * work.blockCount / parts..<(part + 1) * work.blockCount / parts)
    }
    return try await team.map(chunks.count) { chunk in
      work.hits(of: chunks[chunk], Array(found[chunk * parts..<(chunk + 1) * parts]))
    }.flatMap(\.self)
  }
}

/// One search of an index: queries in the form of each layer, and which positions may be found.
struct ExactSearch: Sendable {
  private let index: ExactIndex
  private let limit: Int
  private let queries: [CodedQueries]
  /// A bit for each position that may be found, or none if all may.
  private let allowed: [UInt64]

  /// Checks and prepares; `nil` if there is nothing to search.
  init?(_ index: ExactIndex, _ vectors: Matrix, limit: Int, among set: Bitmap?) throws(IndexError) {
    guard limit > 0 else { throw IndexError(.outOfRange, "limit", "must be at least 1, found \(limit)") }
    try index.check(vectors)
    try VectorNorms.check(vectors, index.kernels) { "query \($0)" }
    if let set, set.count != index.positions {
      throw IndexError(
        .outOfRange, "allowed positions", "are a set over \(set.count); the index has \(index.positions)")
    }
    guard vectors.rows > 0, !index.layers.isEmpty else { return nil }
    (self.index, self.limit) = (index, limit)
    queries = index.layers.map { $0.coder.queries(vectors) }
    var allowed = set?.words ?? []
    if index.removedCount > 0 {
      allowed = set == nil ? index.removed.map(~) : zip(allowed, index.removed).map { $0 & ~$1 }
    }
    self.allowed = allowed
  }

  /// The queries that go over the rows together.
  var chunks: [Range<Int>] {
    let size = index.layers[0].coder.code.queriesTogether
    return stride(from: 0, to: queries[0].count, by: size).map { $0..<min($0 + size, queries[0].count) }
  }

  var blockCount: Int { index.layers[0].blocks.count }

  /// How many vectors each layer keeps for a query.
  private var kept: [Int] { index.stages.map { max(limit, $0.keep) } + [limit] }

  /// The best of some blocks for some queries, by the first layer.
  func scan(_ chunk: Range<Int>, _ blocks: Range<Int>) -> [TopHits] {
    var scan = LayerScan(index.layers[0], queries[0], chunk, index.metric, index.kernels)
    var best = [TopHits](repeating: TopHits(limit: kept[0]), count: chunk.count)
    for block in blocks {
      let first = block * CodeBlock.capacity
      let words = min(first / 64, allowed.count)..<min((first + CodeBlock.capacity) / 64, allowed.count)
      scan.offer(block, allowed[words], to: &best)
    }
    return best
  }

  /// The hits of some queries, of what was found in the pieces of the index.
  func hits(of chunk: Range<Int>, _ found: [[TopHits]]) -> [[Hit]] {
    chunk.enumerated().map { place, query in
      var best = found[0][place]
      for part in found.dropFirst() { for hit in part[place].sorted { best.offer(hit.index, score: hit.score) } }
      for (layer, keep) in kept.enumerated().dropFirst() {
        var scan = LayerScan(index.layers[layer], queries[layer], query..<query + 1, index.metric, index.kernels)
        var better = TopHits(limit: keep)
        for hit in best.sorted { better.offer(hit.index, score: scan.score(hit.index)) }
        best = better
      }
      return best.sorted.map { score($0, query) }
    }
  }

  /// A hit with the score that the last layer gives it.
  private func score(_ hit: Hit, _ query: Int) -> Hit {
    let sum = hit.score + queries[queries.count - 1].bases[query]
    return Hit(index: hit.index, score: index.metric == .squaredL2 ? max(0, -sum) : sum)
  }
}
