public import NeedletailTensor

extension GraphIndex {
  /// Removes vectors: no search that begins afterwards finds them.
  ///
  /// Walks still pass through them until they are a fifth of the index; then every edge to them is replaced by edges
  /// to what they led to, and their places are free for new vectors (as in FreshDiskANN: Singh and others 2021,
  /// arXiv:2105.09613).
  ///
  /// - Parameters:
  ///   - positions: Positions of vectors; those that are removed already do not matter.
  ///   - team: The threads that compute.
  /// - Throws: ``IndexError`` with code `.outOfRange` where a position is none, the index being unchanged.
  public mutating func remove(_ positions: some Sequence<Int>, on team: ComputeTeam) async throws {
    let positions = Array(positions)
    for position in positions where position < 0 || position >= self.positions {
      throw IndexError(.outOfRange, "position \(position)", "is none of the \(self.positions) of the index")
    }
    makeUnique()
    for position in positions {
      let row = Int(places[position])
      guard isLive(row) else { continue }
      removed.set(bit: row)
      removedCount += 1
    }
    chooseEntries()
    if removedCount * 5 > count { try await consolidate(on: team) }
  }

  /// Replaces edges to removed vectors and frees their rows.
  mutating func consolidate(on team: ComputeTeam) async throws {
    guard let graph, removedCount > 0 else { return }
    let (removed, pool) = (removed, pool)
    let shape = GraphShape(width: settings.buildWidth, alpha: settings.alpha, degree: settings.degree)
    let rows = rows, piece = 256
    try await team.run((rows + piece - 1) / piece) { item in
      GraphLinker.withBeam(graph, pool, shape) { beam in
        for row in (item * piece)..<min(rows, (item + 1) * piece) where !removed.contains(bit: row) {
          let lost = graph.neighbours(of: row).filter { removed.contains(bit: Int($0)) }
          guard !lost.isEmpty else { continue }
          var seen: Set<UInt32> = [UInt32(row)]
          let further = lost.flatMap { graph.neighbours(of: Int($0)) }
            .filter { !removed.contains(bit: Int($0)) && seen.insert($0).inserted }
          graph.attach(further[...], to: UInt32(row), shape, force: true, removed: removed, beam)
        }
      }
    }
    let known = Set(free)
    for row in 0..<rows where removed.contains(bit: row) && !known.contains(UInt32(row)) {
      graph.clear(row)
      free.append(UInt32(row))
    }
    removedCount = 0
  }
}
