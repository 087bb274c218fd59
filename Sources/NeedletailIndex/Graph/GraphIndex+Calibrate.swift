public import NeedletailTensor

extension GraphIndex {
  /// Measures how many vectors a walk must keep for a recall, on a sample of the index's own vectors.
  ///
  /// A query of the sample is a stored vector moved a part of the way towards another one, since real queries are
  /// seldom stored themselves; the truth is a comparison with every vector.
  ///
  /// - Complexity: O(``count`` · `dimension`) for each of 200 queries.
  public mutating func calibrate(on team: ComputeTeam) async throws {
    guard let graph, count > 0 else { return }
    let live = (0..<rows).filter { isLive($0) }
    let index = self
    let sample = min(200, live.count)
    let answers = try await team.map(sample) { item in
      let near = live[Int(Shuffle.mixed(2 * item) % UInt64(live.count))]
      let far = live[Int(Shuffle.mixed(2 * item + 1) % UInt64(live.count))]
      let query = graph.codes.query(
        zip(graph.codes.decoded(near), graph.codes.decoded(far)).map { $0 + Self.calibrationShare * $1 })
      return index.recalls(query, graph)
    }
    curve = RecallCurve(
      ten: Self.means(answers.map(\.ten)), hundred: Self.means(answers.map(\.hundred)))
  }

  private static let widths = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536]
  private static let calibrationShare: Float = 0.25

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
