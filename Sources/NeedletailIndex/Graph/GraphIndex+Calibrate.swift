public import NeedletailTensor

extension GraphIndex {
  /// Measures how many vectors a walk must keep for a recall, on a sample of the index's own vectors.
  ///
  /// Real queries are seldom like what is stored. A query of the sample is a stored vector with as much of 16 others,
  /// added and subtracted, as is as long as itself: where questions search passages that asks for about as much work.
  ///
  /// - Complexity: O(``count`` · `dimension`) for each of 200 queries.
  public mutating func calibrate(on team: ComputeTeam) async throws {
    guard let graph, count > 0 else { return }
    let live = (0..<rows).filter { isLive($0) }
    let index = self
    let answers = try await team.map(Self.sampleSize) { item in
      let first = item * (Self.mixedRows + 1)
      func vector(_ number: Int) -> [Float] {
        graph.codes.decoded(live[Int(SplitMix64.number(at: first + number) % UInt64(live.count))])
      }
      var query = vector(0)
      for other in 1...Self.mixedRows {
        let share: Float = SplitMix64.number(at: -first - other) & 1 == 0 ? 0.25 : -0.25
        for (place, value) in vector(other).enumerated() { query[place] += share * value }
      }
      return index.recalls(graph.codes.query(query), graph)
    }
    curve = RecallCurve(ten: Self.means(answers.map(\.ten)), hundred: Self.means(answers.map(\.hundred)))
  }

  /// Measures how many vectors a walk must keep for a recall, on queries like those that will be asked.
  ///
  /// - Parameters:
  ///   - queries: `[n, dimension]`; some hundreds are enough.
  ///   - team: The threads that compute.
  /// - Throws: ``IndexError`` with code `.dimensionMismatch` or `.notFinite`.
  /// - Complexity: O(``count`` · `dimension`) for each query.
  public mutating func calibrate(with queries: Matrix, on team: ComputeTeam) async throws {
    try check(queries, "queries")
    guard count > 0, queries.rows > 0 else { return }
    let index = self
    let answers = try await team.map(queries.rows) { item in
      let query = queries[row: item]
      func shares(_ limit: Int) -> [Double] {
        let truth = Set(Search(index, limit: limit, effort: .exact, allowed: nil).answer(query).map(\.index))
        return Self.widths.map { width in
          let found = Search(index, limit: limit, effort: .beam(width), allowed: nil).answer(query)
          return Double(found.count { truth.contains($0.index) }) / Double(truth.count)
        }
      }
      return (ten: shares(10), hundred: shares(100))
    }
    curve = RecallCurve(ten: Self.means(answers.map(\.ten)), hundred: Self.means(answers.map(\.hundred)))
  }

  private static let sampleSize = 200
  private static let mixedRows = 16
  private static let widths = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536]

  private static func means(_ recalls: [[Double]]) -> [RecallCurve.Point] {
    widths.indices.map { place in
      let mean = recalls.reduce(0) { $0 + $1[place] } / Double(max(1, recalls.count))
      return RecallCurve.Point(width: widths[place], recall: mean)
    }
  }

  /// For each width the share of the 10 and of the 100 nearest that a walk of that width finds.
  private func recalls(_ query: CodeQuery, _ graph: GraphStore) -> (ten: [Double], hundred: [Double]) {
    let truth = nearest(query, graph)
    let best = Set(truth.prefix(10)), more = Set(truth)
    var ten: [Double] = [], hundred: [Double] = []
    for width in Self.widths {
      let found = pool.withBeam(
        nodes: graph.codes.capacity, capacity: Self.widths.max() ?? width, trail: 0, dimension: graph.codes.dimension
      ) { beam in
        graph.search(query, width: width, beam)
        return beam.found()
      }
      ten.append(Double(found.count { best.contains($0) }) / Double(max(1, best.count)))
      hundred.append(Double(found.count { more.contains($0) }) / Double(max(1, more.count)))
    }
    return (ten, hundred)
  }

  /// The 100 nearest rows by all of their bits.
  private func nearest(_ query: CodeQuery, _ graph: GraphStore) -> [UInt32] {
    var likely = TopHits(limit: 400)
    let block = 256
    var scores = [Float](repeating: 0, count: block)
    for first in stride(from: 0, to: rows, by: block) {
      let range = first..<min(rows, first + block)
      graph.codes.scan(query, range, to: &scores)
      for row in range where isLive(row) { likely.offer(row, score: scores[row - first]) }
    }
    let rows = likely.sorted.map { UInt32($0.index) }
    return zip(rows, graph.codes.fineScores(query, rows)).sorted { $0.1 > $1.1 }.prefix(100).map(\.0)
  }
}
