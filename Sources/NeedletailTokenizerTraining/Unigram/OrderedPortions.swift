/// Work that is done in portions, several at a time, and put together in the order of the portions, so that sums do not
/// depend on the number of threads.
struct OrderedPortions: Sendable {
  let threads: Int

  /// - Throws: `CancellationError` between portions.
  func run<Portion: Sendable, Part: Sendable>(
    _ portions: [Portion], work: @escaping @Sendable (Portion) -> Part, reduce: (Part) -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: (Int, Part).self) { group in
      var waiting: [Int: Part] = [:]
      var started = 0
      var reduced = 0
      while reduced < portions.count {
        // Parts that wait for an earlier one count as work under way: they take room.
        while started < portions.count, started - reduced < threads {
          let (index, portion) = (started, portions[started])
          group.addTask {
            try Task.checkCancellation()
            return (index, work(portion))
          }
          started += 1
        }
        guard let (index, part) = try await group.next() else { break }
        waiting[index] = part
        while let part = waiting.removeValue(forKey: reduced) {
          reduce(part)
          reduced += 1
        }
      }
    }
  }
}
