internal import NeedletailTensor

extension GraphIndex {
  /// Some rows, spread over all, that walks begin with; none was removed.
  func entryRows() -> [UInt32] {
    let wanted = GraphLinker.entryCount(count)
    var found: [UInt32] = []
    var seen: Set<UInt32> = []
    var next = 0
    while found.count < wanted, next < 64 * wanted + rows {
      // After many tries at random, which only removed rows can bring about, all are looked at.
      let row = next < 64 * wanted ? UInt32(SplitMix64.number(at: next) % UInt64(rows)) : UInt32(next - 64 * wanted)
      next += 1
      if isLive(Int(row)), seen.insert(row).inserted { found.append(row) }
    }
    return found
  }

  /// Lets walks begin with ``entryRows()``.
  mutating func chooseEntries() {
    let rows = entryRows()
    graph?.entries = rows
  }

  /// Gives rows new numbers, so that neighbours lie near one another in memory, and leaves out what was removed.
  mutating func renumber() {
    guard let graph, count > 0 else { return }
    let order = breadthFirst(graph)
    self.graph = graph.renumbered(order, slots: settings.degree)
    labels = order.map { labels[Int($0)] }
    for (row, label) in labels.enumerated() { places[Int(label)] = UInt32(row) }
    rows = order.count
    removed = [UInt64](repeating: 0, count: (rows + 63) / 64)
    removedCount = 0
    free = []
    chooseEntries()
  }

  /// All rows that hold a vector, those next to the first entry first.
  private func breadthFirst(_ graph: GraphStore) -> [UInt32] {
    var isKnown = [UInt64](repeating: 0, count: (rows + 63) / 64)
    for row in 0..<rows where !isLive(row) { isKnown.set(bit: row) }
    var order: [UInt32] = []
    order.reserveCapacity(count)
    var next = 0
    func visit(_ row: UInt32) {
      guard !isKnown.contains(bit: Int(row)) else { return }
      isKnown.set(bit: Int(row))
      order.append(row)
    }
    for start in graph.entries + (0..<UInt32(rows)) {
      visit(start)
      while next < order.count {
        for neighbour in graph.neighbours(of: Int(order[next])) { visit(neighbour) }
        next += 1
      }
    }
    return order
  }
}
