import Needletail

/// An index of the vectors of a file, with what building it took.
struct MeasuredIndex {
  /// How long storing the vectors took, reading the file included.
  let seconds: Double
  private var kind: Kind

  private enum Kind {
    case graph(GraphIndex)
    case exact(ExactIndex)
  }

  init(
    _ file: VectorFile, metric: Metric, exact: Bool, kernels: Kernels, team: ComputeTeam, quiet: Bool
  ) async throws {
    let bar = ProgressBar("building", total: file.rows, unit: "vectors", quiet: quiet)
    defer { bar.finish() }
    let start = ContinuousClock.now
    if exact {
      kind = .exact(try ExactIndex(file, metric: metric, kernels: kernels) { bar.advance(to: $0) })
    } else {
      var index = try await GraphIndex.build(
        count: file.rows, dimension: file.columns, metric: metric, kernels: kernels, on: team,
        progress: { bar.advance(to: $0) }, rows: { try file.matrix($0) })
      if file.type == .float32, file.path.hasSuffix(".npy") { try index.compare(with: file) }
      kind = .graph(index)
    }
    seconds = (ContinuousClock.now - start) / .seconds(1)
  }

  /// What the index holds in memory for a vector; float32 vectors in a mapped file are not counted.
  var bytesPerVector: Double {
    switch kind {
    case .graph(let index): index.bytesPerVector
    case .exact(let index): Double(index.bytes) / Double(max(1, index.count))
    }
  }

  var settings: JSONValue {
    switch kind {
    case .graph(let index):
      .object([
        "index": .string("graph"), "code": .string("4+4 bits"), "degree": .integer(index.settings.degree),
        "build_width": .integer(index.settings.buildWidth), "alpha": .double(Double(index.settings.alpha)),
        "compared_exactly": .boolean(index.exactValues != nil),
      ])
    case .exact: .object(["index": .string("exact"), "code": .string("float32")])
    }
  }

  /// Measures which walks reach which recall, on queries like those that will be asked.
  mutating func calibrate(with queries: Matrix, on team: ComputeTeam) async throws {
    guard case .graph(var index) = kind else { return }
    try await index.calibrate(with: queries, on: team)
    kind = .graph(index)
  }

  func search(_ queries: Matrix, limit: Int, effort: SearchEffort, on team: ComputeTeam) async throws -> [[Hit]] {
    switch kind {
    case .graph(let index): try await index.search(queries, limit: limit, effort: effort, on: team)
    case .exact(let index): try await index.search(queries, limit: limit, on: team)
    }
  }
}
