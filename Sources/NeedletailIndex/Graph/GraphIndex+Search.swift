public import NeedletailTensor

extension GraphIndex {
  /// Returns the `limit` nearest stored vectors for each of many queries, best first.
  ///
  /// Equally near vectors come in the order of their positions.
  ///
  /// - Parameters:
  ///   - queries: `[n, dimension]`, any norms.
  ///   - limit: How many hits at most for each query; at least 1.
  ///   - effort: How hard to try.
  ///   - allowed: The positions that may be found, over ``positions`` positions; all by default. `limit` hits come back
  ///     whenever as many vectors are allowed.
  ///   - team: The threads that compute.
  /// - Returns: `n` lists of hits.
  /// - Throws: ``IndexError`` with code `.dimensionMismatch`, `.notFinite` or `.outOfRange`; `CancellationError`.
  public func search(
    _ queries: Matrix, limit: Int, effort: SearchEffort = .recall(0.95), among allowed: Bitmap? = nil,
    on team: ComputeTeam
  ) async throws -> [[Hit]] {
    try checkSearch(queries, limit, effort, allowed)
    let search = Search(self, limit: limit, effort: effort, allowed: allowed)
    guard queries.rows > 0 else { return [] }
    let piece = max(1, min(32, queries.rows / (4 * team.threads)))
    let found = try await team.map((queries.rows + piece - 1) / piece) { item in
      let range = (item * piece)..<min(queries.rows, (item + 1) * piece)
      return range.map { search.answer(queries[row: $0]) }
    }
    return Array(found.joined())
  }

  /// Returns the `limit` nearest stored vectors for one query on this thread; see
  /// ``search(_:limit:effort:among:on:)``.
  public func search(
    _ query: [Float], limit: Int, effort: SearchEffort = .recall(0.95), among allowed: Bitmap? = nil
  ) throws(IndexError) -> [Hit] {
    try checkSearch(Matrix(rows: 1, columns: query.count, values: query), limit, effort, allowed)
    return Search(self, limit: limit, effort: effort, allowed: allowed).answer(query[...])
  }

  private func checkSearch(
    _ queries: Matrix, _ limit: Int, _ effort: SearchEffort, _ allowed: Bitmap?
  ) throws(IndexError) {
    guard limit > 0 else { throw IndexError(.outOfRange, "limit", "must be at least 1, found \(limit)") }
    switch effort {
    case .recall(let recall) where !(0.5...1).contains(recall):
      throw IndexError(.outOfRange, "recall", "must be 0.5 to 1, found \(recall)")
    case .beam(let width) where width < 1:
      throw IndexError(.outOfRange, "beam", "must be at least 1, found \(width)")
    default: break
    }
    if let allowed, allowed.count != positions {
      throw IndexError(.outOfRange, "allowed", "is over \(allowed.count) positions; the index has \(positions)")
    }
    try check(queries, "queries")
  }
}

extension GraphIndex {
  /// What the answers to several queries share.
  struct Search: Sendable {
    let index: GraphIndex
    let limit: Int
    let allowed: Bitmap?
    let plan: SearchPlan
    /// The rows that a scan compares, if it is certain to be one of few of them.
    private let matching: [UInt32]?

    init(_ index: GraphIndex, limit: Int, effort: SearchEffort, allowed: Bitmap?) {
      self.index = index
      self.limit = limit
      self.allowed = allowed
      let matches = allowed.map { allowed in
        index.removedCount + index.free.count == 0 ? allowed.population : index.matches(allowed)
      }
      plan = index.plan(limit: limit, effort: effort, matches: matches)
      let isScan = plan.way == .scan && plan.matches < index.rows / 8
      matching = isScan ? Self.rows(index, allowed, plan.matches) : nil
    }

    /// The rows of allowed vectors in the order in which they stand in memory.
    private static func rows(_ index: GraphIndex, _ allowed: Bitmap?, _ matches: Int) -> [UInt32] {
      guard let allowed else { return [] }
      if matches > index.rows / 64 {
        return (0..<index.rows).filter { allowed.contains(Int(index.labels[$0])) && index.isLive($0) }.map {
          UInt32($0)
        }
      }
      var rows: [UInt32] = []
      allowed.forEach { position in
        let row = index.places[position]
        if index.isLive(Int(row)) { rows.append(row) }
      }
      return rows.sorted()
    }

    func answer(_ query: ArraySlice<Float>) -> [Hit] {
      guard let frame = index.frame, let graph = index.graph, plan.matches > 0 else { return [] }
      let (rotated, values) = frame.query(query)
      let codes = graph.codes.query(rotated)
      let rows = walk(codes, graph) ?? scan(codes, graph)
      return ranked(rows, codes, graph, values, query)
    }

    /// The rows that a walk ends with; `nil` where a scan is better.
    private func walk(_ query: CodeQuery, _ graph: GraphStore) -> [UInt32]? {
      guard case .walk(let width) = plan.way else { return nil }
      let rows = index.pool.withBeam(
        nodes: graph.codes.capacity, capacity: width, trail: 0, dimension: graph.codes.dimension
      ) { beam in
        graph.search(query, width: width, beam)
        return beam.found()
      }
      guard index.removedCount > 0 || allowed != nil else { return rows.count >= wanted ? rows : nil }
      let matching = rows.filter { isWanted(Int($0)) }
      // Far fewer than their share: the matches lie elsewhere.
      let expected = Double(rows.count) * Double(plan.matches) / Double(index.rows - index.free.count)
      return matching.count >= max(wanted, Int(expected / 2)) ? matching : nil
    }

    /// How many hits there must be.
    private var wanted: Int { min(limit, plan.matches) }

    private func isWanted(_ row: Int) -> Bool {
      index.isLive(row) && allowed?.contains(Int(index.labels[row])) ?? true
    }

    /// The best rows of all that match, by their leading bits.
    private func scan(_ query: CodeQuery, _ graph: GraphStore) -> [UInt32] {
      var best = TopHits(limit: min(plan.matches, 4 * limit + 128))
      let block = 256
      if allowed != nil, plan.matches < index.rows / 8 {
        let rows = matching ?? Self.rows(index, allowed, plan.matches)
        for first in stride(from: 0, to: rows.count, by: block) {
          let piece = Array(rows[first..<min(rows.count, first + block)])
          for (row, score) in zip(piece, graph.codes.coarseScores(query, piece)) { best.offer(Int(row), score: score) }
        }
      } else {
        var scores = [Float](repeating: 0, count: block)
        for first in stride(from: 0, to: index.rows, by: block) {
          let range = first..<min(index.rows, first + block)
          graph.codes.scan(query, range, to: &scores)
          for row in range where isWanted(row) { best.offer(row, score: scores[row - first]) }
        }
      }
      return best.sorted.map { UInt32($0.index) }
    }

    /// Compares rows, the likeliest first, by all of their bits, and the best of those by the vectors themselves.
    private func ranked(
      _ rows: [UInt32], _ query: CodeQuery, _ graph: GraphStore, _ values: VectorFrame.Values,
      _ vector: ArraySlice<Float>
    ) -> [Hit] {
      let likely = Array(rows.prefix(2 * limit + 32 + rows.count / 8))
      let scores = graph.codes.fineScores(query, likely)
      var hits = zip(likely, scores).map { Hit(index: Int(index.labels[Int($0)]), score: $1) }
      hits.sort { ($0.score, $1.index) > ($1.score, $0.index) }
      let estimates = hits.map { Hit(index: $0.index, score: values($0.score)) }
      guard let exactValues = index.exactValues else { return Array(estimates.prefix(limit)) }
      return compared(estimates) { exactValues(vector, $0) }
    }

    /// Compares hits by the vectors themselves: the best by their codes, then those that would be among them if their
    /// codes erred twice as much as the worst of those did.
    private func compared(_ estimates: [Hit], _ exactValues: ([Int]) -> [Float]) -> [Hit] {
      let isNearer: (Float, Float) -> Bool = index.metric == .squaredL2 ? { $0 < $1 } : { $0 > $1 }
      func exact(_ hits: ArraySlice<Hit>) -> [Hit] {
        zip(hits, exactValues(hits.map(\.index))).map { Hit(index: $0.index, score: $1) }
      }
      func sorted(_ hits: [Hit]) -> [Hit] {
        hits.sorted { $0.score == $1.score ? $0.index < $1.index : isNearer($0.score, $1.score) }
      }
      let first = exact(estimates.prefix(limit))
      let error = 2 * zip(first, estimates).reduce(0) { max($0, abs($1.0.score - $1.1.score)) }
      let best = sorted(first)
      guard let worst = best.last else { return [] }
      let bound = index.metric == .squaredL2 ? worst.score + error : worst.score - error
      let others = estimates.dropFirst(limit).prefix { !isNearer(bound, $0.score) }
      return others.isEmpty ? best : Array(sorted(best + exact(others)).prefix(limit))
    }
  }

  /// How many allowed vectors were not removed.
  fileprivate func matches(_ allowed: Bitmap) -> Int {
    var matches = 0
    allowed.forEach { position in
      if isLive(Int(places[position])) { matches += 1 }
    }
    return matches
  }
}
