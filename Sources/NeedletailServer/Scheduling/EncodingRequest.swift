#if Server
  package import NeedletailTokenizers
  internal import Synchronization

  /// The texts of one caller on their way through an ``EncodingQueue``: where each row goes, and who waits.
  ///
  /// Its methods say what to do next; the callers do it outside the lock.
  package final class EncodingRequest<Variant: Hashable & Sendable, Row: Sendable>: Sendable {
    /// What all rows are together.
    package struct Answer: Sendable {
      package var rows: [Row] = []
      /// From the arrival to the first batch.
      package var queued = Duration.zero
      /// From the first batch to the last row.
      package var computed = Duration.zero
    }

    private struct State {
      var rows: [Row?]
      var left: Int
      var begun: ContinuousClock.Instant?
      var continuation: CheckedContinuation<Answer, any Error>?
      /// What ended it early.
      var failure: (any Error)?
    }

    /// Texts that are batched together are computed the same way.
    package let variant: Variant
    package let tokens: PackedTokens
    package let deadline: ContinuousClock.Instant
    private let arrival = ContinuousClock.now
    private let state: Mutex<State>

    package init(_ tokens: PackedTokens, variant: Variant, deadline: ContinuousClock.Instant) {
      (self.tokens, self.variant, self.deadline) = (tokens, variant, deadline)
      state = Mutex(State(rows: Array(repeating: nil, count: tokens.count), left: tokens.count))
    }

    /// Whether nobody wants the rest any more.
    package var isOver: Bool { state.withLock { $0.failure != nil || $0.left == 0 } }

    /// Keeps who waits; resumes at once where all is over.
    package func await(_ continuation: CheckedContinuation<Answer, any Error>) {
      let finished = state.withLock { state in
        state.continuation = continuation
        return completion(&state)
      }
      finished?()
    }

    /// Notes that a batch with texts of this request begins.
    package func begin(_ now: ContinuousClock.Instant) {
      state.withLock { if $0.begun == nil { $0.begun = now } }
    }

    /// Takes the rows of some texts.
    package func finish(_ texts: Range<Int>, _ rows: ArraySlice<Row>) {
      let finished = state.withLock { state in
        for (text, row) in zip(texts, rows) {
          if state.rows[text] == nil { state.left -= 1 }
          state.rows[text] = row
        }
        return completion(&state)
      }
      finished?()
    }

    /// Ends the request; the first reason stays.
    package func fail(_ error: any Error) {
      let finished = state.withLock { state in
        if state.failure == nil { state.failure = error }
        return completion(&state)
      }
      finished?()
    }

    /// What resumes the caller, where one waits and nothing is left to wait for.
    private func completion(_ state: inout State) -> (@Sendable () -> Void)? {
      guard let continuation = state.continuation else { return nil }
      if let failure = state.failure {
        state.continuation = nil
        return { continuation.resume(throwing: failure) }
      }
      guard state.left == 0 else { return nil }
      state.continuation = nil
      let now = ContinuousClock.now
      let begun = state.begun ?? now
      let answer = Answer(
        rows: state.rows.compactMap(\.self), queued: begun - arrival, computed: now - begun)
      return { continuation.resume(returning: answer) }
    }
  }
#endif
