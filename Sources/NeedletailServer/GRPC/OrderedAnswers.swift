#if Server
  internal import DequeModule
  internal import GRPCCore
  internal import Synchronization

  /// Answers a stream of requests: many are computed at a time, so that they share batches, and answered in their order.
  struct OrderedAnswers {
    /// Requests that are computed at a time at most.
    var width: Int
    /// What these may bring along at most, where they are more than one.
    var bytes = 4 << 20

    /// Reads all requests and writes their answers.
    ///
    /// - Parameters:
    ///   - requests: What comes in.
    ///   - writer: Where answers go.
    ///   - size: About how many bytes a request has.
    ///   - compute: Gives the answer to one request.
    /// - Throws: The first error in the order of the requests, after the answers before it are written.
    func answer<Request: Sendable, Answer: Sendable>(
      _ requests: RPCAsyncSequence<Request, any Error>, _ writer: RPCWriter<Answer>,
      bytes size: @escaping @Sendable (Request) -> Int, _ compute: @escaping @Sendable (Request) async throws -> Answer
    ) async throws {
      let gate = Turnstile()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await withThrowingDiscardingTaskGroup { group in
            var begun = 0
            var sizes: Deque<Int> = []
            var sum = 0
            do {
              for try await request in requests {
                sizes.append(size(request))
                sum += sizes[sizes.count - 1]
                while sizes.count > width || (sum > bytes && sizes.count > 1) {
                  try await gate.reach(begun - sizes.count + 2)
                  sum -= sizes.removeFirst()
                }
                let place = begun
                begun += 1
                group.addTask {
                  do {
                    let answer: Result<Answer, any Error>
                    do { answer = .success(try await compute(request)) } catch { answer = .failure(error) }
                    try await gate.reach(place)
                    try await writer.write(answer.get())
                    gate.pass()
                  } catch {
                    gate.fail(error)
                    throw error
                  }
                }
              }
            } catch {
              try await gate.reach(begun)
              throw error
            }
          }
        }
        // A request that fails must not wait for the next one to come in.
        group.addTask { try await gate.reach(.max) }
        try await group.next()
        group.cancelAll()
      }
    }
  }

  /// Lets answers pass one after another.
  final class Turnstile: Sendable {
    private struct State {
      var passed = 0
      var failure: (any Error)?
      var waiting: [(count: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    private let state = Mutex(State())

    /// Lets the next one through.
    func pass() {
      let ready = state.withLock { state in
        state.passed += 1
        let ready = state.waiting.filter { $0.count <= state.passed }
        state.waiting.removeAll { $0.count <= state.passed }
        return ready
      }
      for waiter in ready { waiter.continuation.resume() }
    }

    /// Lets nobody through any more.
    func fail(_ error: any Error) {
      let (error, waiting) = state.withLock { state in
        let first = state.failure ?? error
        state.failure = first
        defer { state.waiting = [] }
        return (first, state.waiting)
      }
      for waiter in waiting { waiter.continuation.resume(throwing: error) }
    }

    /// Waits until so many have passed.
    ///
    /// - Throws: What ``fail(_:)`` was called with, which a cancelled task does for all.
    func reach(_ count: Int) async throws {
      try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          let outcome = state.withLock { state -> Result<Void, any Error>? in
            if let failure = state.failure { return .failure(failure) }
            if state.passed >= count { return .success(()) }
            state.waiting.append((count, continuation))
            return nil
          }
          if let outcome { continuation.resume(with: outcome) }
        }
      } onCancel: {
        fail(CancellationError())
      }
    }
  }
#endif
