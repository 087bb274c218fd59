#if Server
  internal import Synchronization

  /// What the threads of a load share: which request is next, and whether to go on.
  final class LoadCounters: Sendable {
    private let begun = Atomic(0)
    private let ended = Atomic(0)
    private let stopped = Atomic(false)
    private let limit: Int

    init(_ end: LoadPlan.End) {
      limit = if case .requests(let count) = end { count } else { .max }
    }

    /// Requests that have an answer, or never will.
    var finished: Int { ended.load(ordering: .relaxed) }
    var isStopped: Bool { stopped.load(ordering: .relaxed) }

    /// The number of the next request; `nil` where there is none.
    func take() -> Int? {
      let number = begun.wrappingAdd(1, ordering: .relaxed).oldValue
      return number < limit ? number : nil
    }

    func finish() { ended.wrappingAdd(1, ordering: .relaxed) }

    func stop() { stopped.store(true, ordering: .relaxed) }
  }
#endif
