public import NeedletailIndex
public import NeedletailTensor

/// What the codes and the cascades of an exact index make of a user's own vectors: how much they find of what float32
/// finds, in how much memory, how fast.
///
///     let comparison = CodeComparison(vectors: vectors, queries: queries, metric: .cosine, kernels: kernels)
///     for row in try await comparison.run(on: team) { print(row.name, row.recall, row.bytesPerVector) }
public struct CodeComparison: Sendable {
  /// One way to hold vectors.
  public struct Row: Sendable {
    /// The code, or the stages of a cascade, such as `1bit 100 > f32`.
    public let name: String
    /// Which of the nearest `limit` vectors were found, 0…1, the mean over the queries.
    public let recall: Double
    /// Bytes in memory for a vector; where a cascade ends with float32, that may stay in a file.
    public let bytesPerVector: Double
    /// Bytes of a vector that only the few vectors are read of that other stages kept; they may stay in a file.
    public let fileBytesPerVector: Int
    /// Queries answered in a second, all threads together.
    public let queriesPerSecond: Double
    /// How long the vectors took to become codes, seconds.
    public let buildSeconds: Double
  }

  private let vectors: Matrix
  private let queries: Matrix
  /// Where each query stands among the vectors, if it is one of them: it is not to find itself.
  private let own: [Int?]
  private let metric: Metric
  private let limit: Int
  private let kernels: Kernels

  /// Vectors that stand in for queries.
  private static let sample = 500

  /// - Parameters:
  ///   - vectors: `[n, d]`, at least 1.
  ///   - queries: `[m, d]`, at least 1; if `nil`, up to 500 of the vectors, which then do not find themselves.
  ///   - metric: What "near" means.
  ///   - limit: How many nearest vectors are wanted of each; at least 1.
  ///   - kernels: The instruction set to use.
  public init(vectors: Matrix, queries: Matrix? = nil, metric: Metric, limit: Int = 10, kernels: Kernels) {
    precondition(vectors.rows > 0 && limit > 0 && queries?.rows != 0, "there is something to compare")
    (self.vectors, self.metric, self.limit, self.kernels) = (vectors, metric, limit, kernels)
    if let queries {
      self.queries = queries
      own = [Int?](repeating: nil, count: queries.rows)
    } else {
      let count = min(vectors.rows, Self.sample)
      let places = (0..<count).map { $0 * vectors.rows / count }
      self.queries = Matrix(rows: count, columns: vectors.columns, values: places.flatMap { Array(vectors[row: $0]) })
      own = places
    }
  }

  /// A way to hold vectors, and its name.
  private struct Candidate {
    let code: VectorCode
    let stages: [SearchStage]

    var name: String {
      (stages.map { stage in
        let part =
          switch stage.reduction {
          case .none: ""
          case .leading(let count): "first \(count) "
          case .principal(let count): "PCA \(count) "
          }
        return "\(part)\(stage.code.rawValue) \(stage.keep)"
      } + [code.rawValue]).joined(separator: " > ")
    }
  }

  private var candidates: [Candidate] {
    let dimension = vectors.columns
    var result = VectorCode.allCases.map { Candidate(code: $0, stages: []) }
    let (few, more) = (4 * limit, 16 * limit)
    result += [
      [SearchStage(.fourBit, keep: few)], [SearchStage(.oneBit, keep: few)], [SearchStage(.oneBit, keep: more)],
      [SearchStage(.sign, keep: more)], [SearchStage(.oneBit, keep: more), SearchStage(.int8, keep: few)],
    ].map { Candidate(code: .float32, stages: $0) }
    for part in [2, 4] where dimension / part >= 16 {
      result += [
        Candidate(code: .float32, stages: [SearchStage(.int8, .leading(dimension / part), keep: more)]),
        Candidate(code: .float32, stages: [SearchStage(.int8, .principal(dimension / part), keep: more)]),
      ]
    }
    return result
  }

  /// How many ways ``run(on:progress:)`` compares.
  public var count: Int { candidates.count }

  /// Builds and measures each way in turn, float32 first.
  ///
  /// - Parameters:
  ///   - team: The threads that search.
  ///   - progress: Called with the number of ways measured so far.
  /// - Throws: `IndexError` for vectors that cannot be stored or searched for; what `ComputeTeam.run` throws.
  public func run(on team: ComputeTeam, progress: (@Sendable (Int) -> Void)? = nil) async throws -> [Row] {
    var rows: [Row] = []
    var truth: [Set<Int>] = []
    for candidate in candidates {
      let (row, found) = try await measure(candidate, truth, team)
      if truth.isEmpty { truth = found.map(Set.init) }
      rows.append(row)
      progress?(rows.count)
    }
    return rows
  }

  private func measure(
    _ candidate: Candidate, _ truth: [Set<Int>], _ team: ComputeTeam
  ) async throws -> (Row, [[Int]]) {
    let clock = ContinuousClock()
    let start = clock.now
    var index = ExactIndex(
      dimension: vectors.columns, metric: metric, code: candidate.code, stages: candidate.stages, kernels: kernels)
    try index.add(vectors)
    let build = (clock.now - start) / .seconds(1)
    var (hits, best) = ([[Hit]](), Double.infinity)
    for _ in 0..<3 {
      let start = clock.now
      hits = try await index.search(queries, limit: limit + 1, on: team)
      best = min(best, (clock.now - start) / .seconds(1))
    }
    let found = zip(hits, own).map { hits, own in Array(hits.map(\.index).filter { $0 != own }.prefix(limit)) }
    let wanted = truth.reduce(0) { $0 + $1.count }
    let common = zip(truth, found).reduce(0) { $0 + $1.0.intersection($1.1).count }
    let filed = candidate.stages.isEmpty ? 0 : 4 * vectors.columns
    let row = Row(
      name: candidate.name, recall: truth.isEmpty || wanted == 0 ? 1 : Double(common) / Double(wanted),
      bytesPerVector: Double(index.bytes) / Double(vectors.rows) - Double(filed), fileBytesPerVector: filed,
      queriesPerSecond: Double(queries.rows) / best, buildSeconds: build)
    return (row, found)
  }
}
