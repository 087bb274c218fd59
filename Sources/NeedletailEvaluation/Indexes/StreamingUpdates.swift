public import NeedletailIndex
public import NeedletailTensor

/// What becomes of a graph index whose vectors are exchanged bit by bit: after each round of removals and additions its
/// recall beside that of an index that is built anew of the same vectors, and its size.
///
///     var updates = try await StreamingUpdates(of: file, metric: .cosine, kernels: kernels, on: team)
///     while updates.hasMore {
///       try await updates.advance(on: team)
///       print(try await updates.measure(queries, effort: .beam(64), on: team).recall)
///     }
///
/// The first vectors of the file are stored, the rest comes in over the rounds; which go is drawn from all that are
/// there.
public struct StreamingUpdates: Sendable {
  /// One round.
  public struct Round: Sendable {
    /// Rounds so far, this one included; 0 before the first.
    public let number: Int
    /// How many vectors there are, the same in every round.
    public let vectors: Int
    /// How many places the index has for them, those of removed ones included.
    public let places: Int
    /// Bytes that the index holds in memory.
    public let bytes: Double
    /// The share of the nearest vectors that the index finds.
    public let recall: Double
    /// The same for an index that was built of these vectors at once.
    public let freshRecall: Double
    /// Queries answered in a second, all threads together; those of the index that was built at once.
    public let queriesPerSecond, freshQueriesPerSecond: Double
    /// How long removing, adding, and building anew took.
    public let removeSeconds, addSeconds, freshSeconds: Double
  }

  /// The index.
  public private(set) var index: GraphIndex
  /// How many vectors go and come in a round.
  public let exchanged: Int
  private let file: VectorFile
  private let vectors: MappedVectors
  private let exact: ExactIndex
  private let kernels: Kernels
  private let rounds: Int
  /// How many vectors there are before each round.
  private let stored: Int
  /// The row of the file at each position of the index.
  private var sources: [Int]
  /// Positions whose vector was not removed, in no order.
  private var live: [Int]
  private var number = 0
  /// How long the updates of the last round took.
  private var seconds = (remove: 0.0, add: 0.0)
  private var random = SplitMix64(seed: 1)

  /// Builds the index that the rounds begin with.
  ///
  /// - Parameters:
  ///   - file: Float32 vectors as `.npy`; so many are stored that the others last for all rounds.
  ///   - rounds: How many rounds there will be; at least 1.
  ///   - metric: What near means.
  ///   - share: The share of the stored vectors that goes in a round, above 0 to 1.
  ///   - kernels: The instruction set to use.
  ///   - team: The threads that compute.
  /// - Throws: ``EvaluationError`` with code `.empty` where vectors are too few; `TensorError` with code `.mismatch` where
  ///   they are no float32; `IndexError` where they cannot be stored.
  public init(
    of file: VectorFile, metric: Metric, rounds: Int = 20, share: Double = 0.05, kernels: Kernels, on team: ComputeTeam
  ) async throws {
    precondition(rounds > 0 && share > 0 && share <= 1, "there is something to exchange")
    stored = Int(Double(file.rows) / (1 + Double(rounds) * share) + 1e-6)
    exchanged = Int(Double(stored) * share + 1e-6)
    guard exchanged > 0 else {
      throw EvaluationError(.empty, file.path, "has \(file.rows) vectors, too few for \(rounds) rounds")
    }
    let region = try file.floats(dimension: file.columns, atLeast: 1)
    vectors = try MappedVectors(region, norms: nil, dimension: file.columns, metric: metric, kernels: kernels)
    var exact = ExactIndex(dimension: file.columns, metric: metric, kernels: kernels)
    try exact.add(region)
    (self.file, self.exact, self.kernels, self.rounds) = (file, exact, kernels, rounds)
    sources = Array(0..<stored)
    live = sources
    index = try await Self.build(file, sources, vectors, metric, kernels, team)
  }

  /// Whether there are rounds left.
  public var hasMore: Bool { number < rounds }

  /// Calibrates the index, so that recalls may be asked for.
  public mutating func calibrate(with queries: Matrix, on team: ComputeTeam) async throws {
    try await index.calibrate(with: queries, on: team)
  }

  /// Removes some vectors and adds as many; then ``measure(_:limit:effort:on:)`` says what has become of the index.
  ///
  /// - Throws: What updates throw.
  public mutating func advance(on team: ComputeTeam) async throws {
    precondition(hasMore, "there is a round left")
    var gone: [Int] = []
    for _ in 0..<exchanged {
      let place = Int(random.next() % UInt64(live.count))
      gone.append(live[place])
      live.swapAt(place, live.count - 1)
      live.removeLast()
    }
    let rows = (stored + number * exchanged)..<(stored + (number + 1) * exchanged)
    let fresh = try file.matrix(rows)
    let clock = ContinuousClock()
    let start = clock.now
    try await index.remove(gone, on: team)
    let removed = clock.now
    let positions = try await index.add(fresh, on: team)
    seconds = (remove: (removed - start) / .seconds(1), add: (clock.now - removed) / .seconds(1))
    sources += [Int](repeating: 0, count: index.positions - sources.count)
    for (position, row) in zip(positions, rows) { sources[position] = row }
    live += positions
    number += 1
    index.exactValues = Self.values(vectors, sources)
  }

  /// Builds an index anew of the vectors that are there, and searches in both.
  ///
  /// - Parameters:
  ///   - queries: `[n, dimension]`, at least 1.
  ///   - limit: How many hits are wanted; at least 1.
  ///   - effort: How hard both try: a width, as the new index is calibrated apart.
  ///   - team: The threads that compute.
  /// - Throws: What building and searching throw.
  public func measure(
    _ queries: Matrix, limit: Int = 10, effort: SearchEffort, on team: ComputeTeam
  ) async throws -> Round {
    precondition(queries.rows > 0, "there is something to search for")
    let kept = live.map { sources[$0] }.sorted()
    let clock = ContinuousClock()
    let start = clock.now
    let other = try await Self.build(file, kept, vectors, index.metric, kernels, team)
    let built = clock.now
    var allowed = Bitmap(count: exact.positions)
    for row in kept { allowed.insert(row) }
    let truth = try await exact.search(queries, limit: limit, among: allowed, on: team)
    let ours = try await Self.measure(index, sources, truth, queries, limit, effort, team)
    let theirs = try await Self.measure(other, kept, truth, queries, limit, effort, team)
    return Round(
      number: number, vectors: index.count, places: index.positions,
      bytes: index.bytesPerVector * Double(index.count), recall: ours.recall, freshRecall: theirs.recall,
      queriesPerSecond: ours.speed, freshQueriesPerSecond: theirs.speed, removeSeconds: seconds.remove,
      addSeconds: seconds.add, freshSeconds: (built - start) / .seconds(1))
  }

  /// An index of some rows of the file, whose best hits are compared by the vectors.
  private static func build(
    _ file: VectorFile, _ rows: [Int], _ vectors: MappedVectors, _ metric: Metric, _ kernels: Kernels,
    _ team: ComputeTeam
  ) async throws -> GraphIndex {
    var index = try await GraphIndex.build(
      count: rows.count, dimension: file.columns, metric: metric, kernels: kernels, on: team
    ) { range in
      Matrix(rows: range.count, columns: file.columns, values: rows[range].flatMap { vectors[$0] })
    }
    index.exactValues = values(vectors, rows)
    return index
  }

  private static func values(
    _ vectors: MappedVectors, _ rows: [Int]
  ) -> @Sendable (ArraySlice<Float>, [Int]) -> [Float] {
    { query, positions in vectors.values(query, at: positions.map { rows[$0] }) }
  }

  /// How much of the truth an index finds, and how fast, the best of three passes after one to warm up.
  private static func measure(
    _ index: GraphIndex, _ rows: [Int], _ truth: [[Hit]], _ queries: Matrix, _ limit: Int, _ effort: SearchEffort,
    _ team: ComputeTeam
  ) async throws -> (recall: Double, speed: Double) {
    let clock = ContinuousClock()
    var (found, best) = ([[Hit]](), Double.infinity)
    for pass in 0...3 {
      let start = clock.now
      found = try await index.search(queries, limit: limit, effort: effort, on: team)
      if pass > 0 { best = min(best, (clock.now - start) / .seconds(1)) }
    }
    let shared = zip(found, truth).reduce(0) { sum, pair in
      sum + Set(pair.0.map { rows[$0.index] }).intersection(pair.1.map(\.index)).count
    }
    return (Double(shared) / Double(truth.reduce(0) { $0 + $1.count }), Double(queries.rows) / best)
  }
}
