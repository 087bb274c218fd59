internal import NeedletailTensor

/// Links new rows into a graph, in batches whose walks see the graph as it was before the batch.
///
/// A batch has two steps: each new row finds its neighbours, then each of those gets its edges back. Rows write their own
/// edges only, so that threads meet nowhere and their number changes nothing.
struct GraphLinker {
  var graph: GraphStore
  let settings: GraphSettings
  let pool: BeamPool
  let team: ComputeTeam
  /// Rows that walks may begin with, in an order without a pattern.
  var entries: [UInt32]
  /// How many rows are linked.
  var linked: Int

  /// Edges of a row may be half as many again as in the end, so that one pruning makes room for many.
  static func slots(_ degree: Int) -> Int { degree + degree / 2 }

  private var shape: GraphShape {
    GraphShape(width: settings.buildWidth, alpha: settings.alpha, degree: settings.degree)
  }

  /// Links rows in this order.
  ///
  /// - Parameter progress: Called after each batch with how many rows are done.
  mutating func link(_ rows: [UInt32], progress: ((Int) -> Void)? = nil) async throws {
    var first = 0
    while first < rows.count {
      let batch = Array(rows[first..<min(rows.count, first + batchSize)])
      graph.entries = Array(entries.prefix(Self.entryCount(linked)))
      try await link(batch: batch)
      linked += batch.count
      first += batch.count
      if entries.count < Self.mostEntries { entries += batch.prefix(Self.mostEntries - entries.count) }
      progress?(first)
    }
  }

  /// A share of what is linked, so that a new row sees nearly all others.
  private var batchSize: Int {
    linked < 1024 ? max(1, linked / 2) : min(16_384, max(512, linked / 32))
  }

  static let mostEntries = 256
  static func entryCount(_ linked: Int) -> Int { min(mostEntries, linked / 16 + 1, max(linked, 0)) }

  private func link(batch: [UInt32]) async throws {
    let (graph, pool, shape) = (graph, pool, shape)
    let piece = 32
    let found = try await team.map((batch.count + piece - 1) / piece) { item in
      Self.withBeam(graph, pool, shape) { beam in
        var pairs: [UInt64] = []
        for row in batch[(item * piece)..<min(batch.count, (item + 1) * piece)] {
          graph.link(row, shape, beam)
          for neighbour in graph.neighbours(of: Int(row)) { pairs.append(UInt64(neighbour) << 32 | UInt64(row)) }
        }
        return pairs
      }
    }
    try await attach(RadixSort.sorted(Array(found.joined()), byHighBits: graph.codes.capacity))
  }

  /// Gives rows edges: pairs of a row and the one that its edge leads to, those of a row together.
  private func attach(_ pairs: [UInt64]) async throws {
    let (graph, pool, shape) = (graph, pool, shape)
    var starts: [Int] = []
    for index in pairs.indices where index == 0 || pairs[index] >> 32 != pairs[index - 1] >> 32 { starts.append(index) }
    starts.append(pairs.count)
    let (groups, piece) = (starts, 64)
    try await team.run((groups.count - 1 + piece - 1) / piece) { item in
      Self.withBeam(graph, pool, shape) { beam in
        for group in (item * piece)..<min(groups.count - 1, (item + 1) * piece) {
          let sources = pairs[groups[group]..<groups[group + 1]].map { UInt32(truncatingIfNeeded: $0) }
          graph.attach(sources[...], to: UInt32(pairs[groups[group]] >> 32), shape, beam)
        }
      }
    }
  }

  /// Prunes every row to the degree of the settings.
  func prune(rows: Int) async throws {
    let (graph, pool, shape) = (graph, pool, shape)
    let piece = 256
    try await team.run((rows + piece - 1) / piece) { item in
      Self.withBeam(graph, pool, shape) { beam in
        for row in (item * piece)..<min(rows, (item + 1) * piece)
        where graph.neighbours(of: row).count > shape.degree {
          graph.attach([], to: UInt32(row), shape, force: true, beam)
        }
      }
    }
  }

  static func withBeam<Result>(
    _ graph: GraphStore, _ pool: BeamPool, _ shape: GraphShape, _ body: (GraphBeam) -> Result
  ) -> Result {
    pool.withBeam(
      nodes: graph.codes.capacity, capacity: shape.width, trail: 2 * shape.width + graph.slots,
      dimension: graph.codes.dimension, body)
  }
}
