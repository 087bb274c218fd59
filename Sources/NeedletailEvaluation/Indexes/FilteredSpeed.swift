public import NeedletailIndex
public import NeedletailTensor

/// How fast a graph index answers where only some vectors may be found, and how much of the truth it finds; beside it
/// a scan that compares every vector that matches.
///
///     let speed = try FilteredSpeed(of: index, vectors: file, effort: .recall(0.95), kernels: kernels)
///     for row in try await speed.run(queries, shares: [0.5, 0.01], on: team) { print(row.share, row.recall) }
public struct FilteredSpeed: Sendable {
  /// Where the vectors that match lie.
  public enum Placement: String, Sendable, CaseIterable {
    /// Anywhere, the same ones for all queries.
    case spread
    /// Nearest to the query: each query has its own.
    case near
    /// Nearest to the most different of the other queries: what is about something else.
    case far
  }

  /// One measurement.
  public struct Row: Sendable {
    /// Where the matches lie.
    public let placement: Placement
    /// How many match.
    public let matches: Int
    /// The share of all vectors that match.
    public let share: Double
    /// How the index means to answer.
    public let plan: SearchPlan
    /// The share of the queries that got as many hits as there could be.
    public let complete: Double
    /// The share of the nearest matches that was found.
    public let recall: Double
    /// Queries answered in a second, all threads together.
    public let queriesPerSecond: Double
    /// The same for the scan.
    public let scanQueriesPerSecond: Double
  }

  private let index: GraphIndex
  private let exact: ExactIndex
  private let vectors: MappedVectors
  private let limit: Int
  private let effort: SearchEffort
  private let kernels: Kernels

  /// Queries whose own matches are in memory at the same time, an eighth of a byte a vector and case.
  private static let together = 64

  /// - Parameters:
  ///   - index: Of the vectors of the file, by position.
  ///   - file: Float32 vectors as `.npy`.
  ///   - limit: How many hits are wanted; at least 1.
  ///   - effort: How hard to try.
  ///   - kernels: The instruction set to use.
  /// - Throws: `TensorError` with code `.mismatch` where the file does not fit; `IndexError` where it holds what cannot be
  ///   stored.
  public init(
    of index: GraphIndex, vectors file: VectorFile, limit: Int = 10, effort: SearchEffort, kernels: Kernels
  ) throws {
    precondition(limit > 0, "hits are wanted")
    let region = try file.floats(dimension: index.dimension, atLeast: index.positions)
    vectors = try MappedVectors(
      region, norms: nil, dimension: index.dimension, metric: index.metric, kernels: kernels)
    var exact = ExactIndex(dimension: index.dimension, metric: index.metric, kernels: kernels)
    try exact.add(region)
    (self.index, self.exact, self.limit, self.effort, self.kernels) = (index, exact, limit, effort, kernels)
  }

  /// Measures every placement with every share.
  ///
  /// - Parameters:
  ///   - queries: `[n, dimension]`, at least 1.
  ///   - shares: Which shares of the vectors match, above 0 to 1.
  ///   - passes: How often the index answers all queries, timed; the best counts. The scan does once.
  ///   - team: The threads that compute.
  ///   - progress: Called with how many queries are measured, of three times `n`.
  /// - Throws: What searches throw.
  public func run(
    _ queries: Matrix, shares: [Double], passes: Int = 3, on team: ComputeTeam,
    progress: (@Sendable (Int) -> Void)? = nil
  ) async throws -> [Row] {
    precondition(queries.rows > 0 && passes > 0 && !shares.isEmpty, "there is something to measure")
    let counts = shares.map { min(exact.count, max(1, Int((Double(exact.count) * $0).rounded()))) }
    var tallies = Placement.allCases.map { _ in counts.map { _ in Tally(passes: passes) } }
    let mixed = Self.order(by: (0..<exact.count).map { SplitMix64.number(at: $0) })
    for (place, count) in counts.enumerated() {
      try await measure(queries, [Self.set(mixed.prefix(count), of: exact.count)], team, &tallies[0][place])
      progress?(queries.rows * (place + 1) / counts.count)
    }
    var opposites = ExactIndex(dimension: index.dimension, metric: index.metric, kernels: kernels)
    try opposites.add(queries)
    for first in stride(from: 0, to: queries.rows, by: Self.together) {
      let range = first..<min(first + Self.together, queries.rows)
      let block = Matrix(rows: range.count, columns: queries.columns, values: range.flatMap { queries[row: $0] })
      let others = try await opposites.search(block, limit: queries.rows, on: team).compactMap(\.last?.index)
      let sets = try await own(block, others.map { Array(queries[row: $0]) }, counts, team)
      for placement in 0..<2 {
        for place in counts.indices {
          try await measure(block, sets.map { $0[placement][place] }, team, &tallies[1 + placement][place])
        }
      }
      progress?(queries.rows + 2 * range.upperBound)
    }
    return zip(Placement.allCases, tallies).flatMap { placement, tallies in
      zip(counts, tallies).map { count, tally in
        tally.row(placement, index.plan(limit: limit, effort: effort, matches: count), queries.rows)
      }
    }
  }

  /// For each query the vectors nearest to it and to its opposite, as many as each of `counts` says.
  private func own(
    _ queries: Matrix, _ opposites: [[Float]], _ counts: [Int], _ team: ComputeTeam
  ) async throws -> [[[Bitmap]]] {
    let all = Array(0..<exact.count)
    return try await team.map(queries.rows) { item in
      [queries[row: item], opposites[item][...]].map { center in
        let values = vectors.values(center, at: all)
        let order = Self.order(by: index.metric == .squaredL2 ? values : values.map { -$0 })
        return counts.map { Self.set(order.prefix($0), of: all.count) }
      }
    }
  }

  /// Positions by their keys, the least first.
  private static func order(by keys: [UInt64]) -> [UInt32] {
    (0..<UInt32(keys.count)).sorted { (keys[Int($0)], $0) < (keys[Int($1)], $1) }
  }

  /// The same for finite numbers, as whole numbers that hold number and position, which are sorted faster.
  private static func order(by keys: [Float]) -> [UInt32] {
    let numbers = keys.enumerated().map { position, key in
      let bits = key.bitPattern
      return UInt64(bits >> 31 == 0 ? bits | 1 << 31 : ~bits) << 32 | UInt64(position)
    }
    return numbers.sorted().map { UInt32(truncatingIfNeeded: $0) }
  }

  private static func set(_ positions: ArraySlice<UInt32>, of count: Int) -> Bitmap {
    var set = Bitmap(count: count)
    for position in positions { set.insert(Int(position)) }
    return set
  }

  /// Answers the queries, each with its own set or all with one, and compares the hits with those of the scan.
  private func measure(
    _ queries: Matrix, _ sets: [Bitmap], _ team: ComputeTeam, _ tally: inout Tally
  ) async throws {
    let clock = ContinuousClock()
    var found: [[Hit]] = []
    for pass in 0...tally.seconds.count {
      let start = clock.now
      if sets.count == queries.rows {
        found = try await team.map(queries.rows) { item in
          try index.search(Array(queries[row: item]), limit: limit, effort: effort, among: sets[item])
        }
      } else {
        found = try await index.search(queries, limit: limit, effort: effort, among: sets[0], on: team)
      }
      if pass > 0 { tally.seconds[pass - 1] += (clock.now - start) / .seconds(1) }
    }
    let start = clock.now
    let truth =
      if sets.count == queries.rows {
        try await team.map(queries.rows) { item in
          try exact.search(Array(queries[row: item]), limit: limit, among: sets[item])
        }
      } else { try await exact.search(queries, limit: limit, among: sets[0], on: team) }
    tally.scanSeconds += (clock.now - start) / .seconds(1)
    for (hits, nearest) in zip(found, truth) {
      tally.complete += hits.count == nearest.count ? 1 : 0
      tally.wanted += nearest.count
      tally.found += Set(hits.map(\.index)).intersection(nearest.map(\.index)).count
    }
  }

  /// What is counted of one case.
  private struct Tally {
    var (complete, found, wanted) = (0, 0, 0)
    var seconds: [Double]
    var scanSeconds = 0.0

    init(passes: Int) { seconds = [Double](repeating: 0, count: passes) }

    func row(_ placement: Placement, _ plan: SearchPlan, _ queries: Int) -> Row {
      Row(
        placement: placement, matches: plan.matches, share: Double(plan.matches) / Double(max(1, plan.count)),
        plan: plan, complete: Double(complete) / Double(queries), recall: Double(found) / Double(max(1, wanted)),
        queriesPerSecond: Double(queries) / (seconds.min() ?? .infinity),
        scanQueriesPerSecond: Double(queries) / scanSeconds)
    }
  }
}
