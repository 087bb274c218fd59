internal import Synchronization

/// The state of one piece of parallel work: which items are taken, which are done, and who waits.
///
/// Its methods say what to do next; the callers do it outside the lock.
final class Job: Sendable {
  private struct State {
    var next = 0
    var running = 0
    var error: (any Error)?
    var continuation: CheckedContinuation<Void, any Error>?
  }

  let count: Int
  private let body: @Sendable (Int) throws -> Void
  private let state = Mutex(State())

  init(count: Int, body: @escaping @Sendable (Int) throws -> Void) {
    self.count = count
    self.body = body
  }

  /// Keeps who waits; resumes at once where the job was cancelled before it began.
  func await(_ continuation: CheckedContinuation<Void, any Error>) {
    let (finished, error) = state.withLock { state -> (CheckedContinuation<Void, any Error>?, (any Error)?) in
      state.continuation = continuation
      return (Self.completion(&state, count), state.error)
    }
    if let error { finished?.resume(throwing: error) } else { finished?.resume() }
  }

  func cancel() {
    let finished = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      if state.error == nil { state.error = CancellationError() }
      state.next = count
      return Self.completion(&state, count)
    }
    finished?.resume(throwing: CancellationError())
  }

  /// Takes the next item, or `nil` when all are taken.
  func take() -> Int? {
    state.withLock { state in
      guard state.next < count else { return nil }
      state.next += 1
      state.running += 1
      return state.next - 1
    }
  }

  /// Runs an item that was taken, and resumes the waiting caller after the last one.
  func perform(_ item: Int) {
    var failure: (any Error)?
    do { try body(item) } catch { failure = error }
    let (continuation, error) = state.withLock { state -> (CheckedContinuation<Void, any Error>?, (any Error)?) in
      state.running -= 1
      if let failure {
        if state.error == nil { state.error = failure }
        state.next = count
      }
      return (Self.completion(&state, count), state.error)
    }
    if let error { continuation?.resume(throwing: error) } else { continuation?.resume() }
  }

  private static func completion(_ state: inout State, _ count: Int) -> CheckedContinuation<Void, any Error>? {
    guard state.next >= count, state.running == 0 else { return nil }
    defer { state.continuation = nil }
    return state.continuation
  }
}
