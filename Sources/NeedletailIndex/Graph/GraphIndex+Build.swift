public import NeedletailTensor

extension GraphIndex {
  /// Builds an index of vectors that are all there, which is faster than adding them bit by bit and gives a graph whose
  /// rows lie near their neighbours in memory.
  ///
  /// - Parameters:
  ///   - count: How many vectors there are.
  ///   - dimension: How many values each has.
  ///   - metric: What near means.
  ///   - settings: The shape of the graph.
  ///   - kernels: The instruction set to use.
  ///   - team: The threads that compute.
  ///   - rows: Gives some of the vectors, `[range.count, dimension]`; called once for the sample of the mean and once
  ///     for every vector, on the team's threads.
  ///   - progress: Called now and then with how many vectors are linked.
  /// - Returns: An index whose positions are those of the vectors, calibrated.
  /// - Throws: ``IndexError`` with code `.dimensionMismatch`, `.notFinite` or `.outOfRange`; what `rows` throws;
  ///   `CancellationError`.
  public static func build(
    count: Int, dimension: Int, metric: Metric, settings: GraphSettings = GraphSettings(), kernels: Kernels,
    on team: ComputeTeam, progress: (@Sendable (Int) -> Void)? = nil,
    rows: @escaping @Sendable (Range<Int>) throws -> Matrix
  ) async throws -> GraphIndex {
    var index = try GraphIndex(dimension: dimension, metric: metric, settings: settings, kernels: kernels)
    guard count > 0 else { return index }
    guard count < Self.most else { throw Self.tooMany(count) }
    index.frame = VectorFrame(metric: metric, sample: try index.sample(count, rows), kernels: kernels)
    try await index.append(count, on: team, rows: rows)
    try await index.linkAll(on: team, progress: progress)
    try await index.calibrate(on: team)
    return index
  }

  /// Builds an index of the rows of a matrix; see ``build(count:dimension:metric:settings:kernels:on:progress:rows:)``.
  public static func build(
    _ vectors: Matrix, metric: Metric, settings: GraphSettings = GraphSettings(), kernels: Kernels, on team: ComputeTeam
  ) async throws -> GraphIndex {
    try await build(
      count: vectors.rows, dimension: vectors.columns, metric: metric, settings: settings, kernels: kernels, on: team
    ) { range in
      let columns = vectors.columns
      return Matrix(
        rows: range.count, columns: columns,
        values: Array(vectors.values[(range.lowerBound * columns)..<(range.upperBound * columns)]))
    }
  }

  /// Adds vectors; each is found by searches that begin afterwards.
  ///
  /// - Parameters:
  ///   - vectors: `[n, dimension]`, any norms.
  ///   - team: The threads that compute.
  /// - Returns: Their positions, in order: those of removed vectors whose place is free, then the next ones.
  /// - Throws: ``IndexError`` with code `.dimensionMismatch`, `.notFinite` or `.outOfRange`, the index being unchanged;
  ///   `CancellationError`, the vectors being there without being found by every search.
  /// - Complexity: About O(n · log `count` · `dimension`).
  @discardableResult
  public mutating func add(_ vectors: Matrix, on team: ComputeTeam) async throws -> [Int] {
    try check(vectors, "vectors")
    guard vectors.rows > 0 else { return [] }
    guard rows + vectors.rows < Self.most else { throw Self.tooMany(rows + vectors.rows) }
    makeUnique()
    if frame == nil { frame = VectorFrame(metric: metric, sample: vectors, kernels: kernels) }
    let linked = rows - free.count
    let entries = entryRows()
    let taken = Array(free.suffix(vectors.rows))
    reserve(rows + vectors.rows - taken.count)
    free.removeLast(taken.count)
    let fresh = (rows..<(rows + vectors.rows - taken.count)).map { UInt32($0) }
    labels += fresh
    places += fresh
    rows += fresh.count
    for row in taken { removed.clear(bit: Int(row)) }
    let places = taken + fresh
    encode(vectors, at: places)
    guard let graph else { return [] }
    var linker = GraphLinker(
      graph: graph, settings: settings, pool: pool, team: team, entries: entries, linked: linked)
    try await linker.link(places)
    self.graph = linker.graph
    chooseEntries()
    return places.map { Int(labels[Int($0)]) }
  }

  /// The numbers of rows fit into 31 bits.
  static let most = 1 << 31 - 1

  private static func tooMany(_ count: Int) -> IndexError {
    IndexError(.outOfRange, "vectors", "an index holds at most \(most) vectors, found \(count); use several")
  }

  /// Makes room for rows, and for edges that are more than in the end.
  private mutating func reserve(_ count: Int) {
    let slots = GraphLinker.slots(settings.degree)
    guard let graph else {
      guard let frame else { return }
      let codes = CodeStore(
        dimension: frame.rotation.codeDimension, capacity: count, hasHeights: frame.hasHeights, base: frame.base,
        kernels: kernels)
      self.graph = GraphStore(codes: codes, slots: slots)
      removed = [UInt64](repeating: 0, count: (count + 63) / 64)
      return
    }
    guard count > graph.codes.capacity || graph.slots < slots else { return }
    let capacity = count > graph.codes.capacity ? max(count, graph.codes.capacity * 5 / 4) : graph.codes.capacity
    self.graph = graph.grown(to: capacity, slots: slots)
    removed += [UInt64](repeating: 0, count: (capacity + 63) / 64 - removed.count)
  }

  private func encode(_ vectors: Matrix, at places: [UInt32]) {
    guard let frame, let graph else { return }
    for (index, place) in places.enumerated() {
      let row = frame.row(vectors[row: index])
      _ = graph.codes.encode(row.rotated, row: Int(place))
      graph.codes.describe(row: Int(place), bias: row.bias, height: row.height)
    }
  }

  /// Rows for the mean, spread over all.
  private func sample(_ count: Int, _ rows: (Range<Int>) throws -> Matrix) throws -> Matrix {
    let most = min(count, 8192), step = count / most
    var sample = Matrix(rows: most, columns: dimension)
    for index in 0..<most {
      let row = try rows((index * step)..<(index * step + 1))
      try check(row, "vectors")
      sample[row: index] = row[row: 0]
    }
    return sample
  }

  /// Codes of all vectors, without edges.
  private mutating func append(
    _ count: Int, on team: ComputeTeam, rows: @escaping @Sendable (Range<Int>) throws -> Matrix
  ) async throws {
    reserve(count)
    labels = (0..<UInt32(count)).map { $0 }
    places = labels
    self.rows = count
    let piece = 512
    let index = self
    try await team.run((count + piece - 1) / piece) { item in
      let range = (item * piece)..<min(count, (item + 1) * piece)
      let vectors = try rows(range)
      try index.check(vectors, "vectors from row \(range.lowerBound)")
      index.encode(vectors, at: range.map { UInt32($0) })
    }
  }

  private mutating func linkAll(on team: ComputeTeam, progress: (@Sendable (Int) -> Void)?) async throws {
    guard let graph else { return }
    let order = Shuffle.order(rows)
    var linker = GraphLinker(graph: graph, settings: settings, pool: pool, team: team, entries: [], linked: 0)
    try await linker.link(order, progress: progress)
    try await linker.prune(rows: rows)
    self.graph = linker.graph
    chooseEntries()
    renumber()
  }
}
