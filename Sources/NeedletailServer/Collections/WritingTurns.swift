#if Server
  internal import Synchronization

  /// Lets one writer work at a time, in the order in which they came.
  final class WritingTurns: Sendable {
    private struct State {
      var isTaken = false
      var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Writers that may wait; their documents are in memory.
    private static let mostWaiting = 64
    private let state = Mutex(State())

    /// Does something when all before it are done.
    ///
    /// - Throws: ``Admission/Full`` where too many wait, ``DeadlinePassed`` where the time is over when the turn comes, and
    ///   what `body` throws.
    func take<Value>(
      before deadline: ContinuousClock.Instant, _ body: () async throws -> Value
    ) async throws -> Value {
      let (isFull, isFree) = state.withLock { state in
        if state.waiting.count >= Self.mostWaiting { return (true, false) }
        defer { state.isTaken = true }
        return (false, !state.isTaken)
      }
      if isFull { throw Admission.Full() }
      if !isFree { await wait() }
      defer { leave() }
      guard ContinuousClock.now < deadline else { throw DeadlinePassed() }
      return try await body()
    }

    private func wait() async {
      await withCheckedContinuation { continuation in
        let isFree = state.withLock { state in
          // The one before may have left since.
          guard state.isTaken else {
            state.isTaken = true
            return true
          }
          state.waiting.append(continuation)
          return false
        }
        if isFree { continuation.resume() }
      }
    }

    private func leave() {
      let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
        guard !state.waiting.isEmpty else {
          state.isTaken = false
          return nil
        }
        return state.waiting.removeFirst()
      }
      next?.resume()
    }
  }
#endif
