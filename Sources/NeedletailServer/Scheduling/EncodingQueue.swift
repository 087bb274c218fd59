#if Server
  package import NeedletailTensor
  package import NeedletailTokenizers
  internal import Synchronization

  /// The time that a caller gave is over.
  package struct DeadlinePassed: Error {}

  /// Takes the texts of all callers to one model in batches of a token budget: a thread that is free takes what waits,
  /// and nobody waits for a batch to fill.
  ///
  /// Each batch is one piece of work for the team, so that tokenizing and searching get their turns between batches. A
  /// text that fails fails alone.
  package final class EncodingQueue<Variant: Hashable & Sendable, Row: Sendable>: Sendable {
    package typealias Request = EncodingRequest<Variant, Row>

    /// How much may wait and how it is cut.
    package struct Limits: Sendable {
      /// About how many tokens a thread computes at a time.
      package var batchTokens: Int
      /// Tokens that may wait; more are refused.
      package var waitingTokens: Int

      package init(batchTokens: Int = 512, waitingTokens: Int = 1 << 20) {
        (self.batchTokens, self.waitingTokens) = (batchTokens, waitingTokens)
      }
    }

    /// What is noted about each batch.
    package struct Batch: Sendable {
      package let texts: Int
      package let tokens: Int
      package let duration: Duration
    }

    /// Why a request was not taken.
    package struct Overloaded: Error {
      /// When it is worth asking again.
      package let retryAfter: Duration
    }

    private struct State {
      var waiting = WaitingTexts<Variant, Row>()
      /// Batches that are computed or wait for their thread.
      var running = 0
      /// Tokens a second, of late.
      var speed = 0.0
    }

    /// Computes the rows of a batch on one thread.
    package typealias Body =
      @Sendable (_ tokens: PackedTokens, _ variant: Variant, _ crew: Crew?, _ check: () throws -> Void) throws -> [Row]

    private let team: ComputeTeam
    private let limits: Limits
    /// Whether the steps of a single batch are worth sharing among the threads.
    private let sharesSteps: Bool
    private let body: Body
    private let observe: @Sendable (Batch) -> Void
    private let state = Mutex(State())

    /// Tokens for which it pays to go through the weights once more, so that another thread has work.
    private static var leastTokens: Int { 64 }

    package init(
      team: ComputeTeam, limits: Limits = .init(), sharesSteps: Bool, observe: @escaping @Sendable (Batch) -> Void,
      _ body: @escaping Body
    ) {
      (self.team, self.limits, self.sharesSteps, self.observe, self.body) = (team, limits, sharesSteps, observe, body)
    }

    /// What waits for a batch now.
    package var waiting: (texts: Int, tokens: Int) { state.withLock { ($0.waiting.texts, $0.waiting.tokens) } }

    /// The rows of texts, in their order.
    ///
    /// - Parameters:
    ///   - tokens: The texts.
    ///   - variant: How they are computed.
    ///   - deadline: When the caller no longer wants them.
    ///   - client: Who wants them; where it goes away, they are not computed.
    /// - Throws: ``Overloaded``, ``DeadlinePassed``, `CancellationError`, or what the model throws.
    package func rows(
      of tokens: PackedTokens, _ variant: Variant, deadline: ContinuousClock.Instant, client: ClientPresence? = nil
    ) async throws -> Request.Answer {
      guard ContinuousClock.now < deadline else { throw DeadlinePassed() }
      let request = Request(tokens, variant: variant, deadline: deadline)
      let listening = client?.whenGone { request.fail(CancellationError()) }
      defer { if let listening { client?.forget(listening) } }
      let isOneBatch = tokens.count == 1 || tokens.ids.count <= limits.batchTokens
      let (refusal, leads) = state.withLock { state -> (Overloaded?, Bool) in
        if state.waiting.texts > 0, state.waiting.tokens + tokens.ids.count > limits.waitingTokens {
          return (Overloaded(retryAfter: .seconds(Double(state.waiting.tokens) / max(state.speed, 1000))), false)
        }
        if sharesSteps, isOneBatch, state.running == 0, state.waiting.texts == 0 {
          state.running += 1
          return (nil, true)
        }
        state.waiting.add(request, isLarge: tokens.ids.count > limits.batchTokens)
        return (nil, false)
      }
      if let refusal { throw refusal }
      return try await withTaskCancellationHandler {
        if leads {
          // The caller may be on an event loop, and this thread may lead.
          await withTaskExecutorPreference(globalConcurrentExecutor) { await lead(request) }
        } else {
          start()
        }
        return try await withCheckedThrowingContinuation { request.await($0) }
      } onCancel: {
        request.fail(CancellationError())
      }
    }

    /// Computes a request that found nobody before it, with the threads that have nothing else to do.
    private func lead(_ request: Request) async {
      let parts = [WaitingTexts<Variant, Row>.Part(request: request, texts: 0..<request.tokens.count)]
      do {
        try await team.lead(isShort: request.tokens.ids.count <= Self.leastTokens) { crew in
          self.compute(parts, crew)
        }
      } catch {
        request.fail(error)
      }
      batchEnded()
    }

    /// Starts as many batches as there are free threads and work for them.
    private func start() {
      let count = state.withLock { state in
        let useful = (state.waiting.tokens + Self.leastTokens - 1) / Self.leastTokens
        let count = min(team.threads - state.running, max(useful, state.waiting.texts > 0 ? 1 : 0))
        guard count > 0 else { return 0 }
        state.running += count
        return count
      }
      for _ in 0..<count { dispatch() }
    }

    private func dispatch() {
      if !team.dispatch({ self.runBatch() }) {
        let stranded = state.withLock { state in
          state.running -= 1
          return state.waiting.removeAll()
        }
        let error = TensorError(.unsupported, "threads", "no thread can be started: the system has no room for one")
        for request in stranded { request.fail(error) }
      }
    }

    /// Computes one batch on this thread, and leaves the next one to whichever thread is free.
    private func runBatch() {
      let now = ContinuousClock.now
      var expired: [Request] = []
      let parts = state.withLock { state in
        // What waits is shared with the threads that are free.
        let idle = max(0, team.threads - state.running)
        let share = max(Self.leastTokens, state.waiting.tokens / (idle + 1))
        return state.waiting.take(budget: min(limits.batchTokens, share), now: now) { expired.append($0) }
      }
      for request in expired { request.fail(DeadlinePassed()) }
      if !parts.isEmpty { compute(parts, nil) }
      batchEnded()
    }

    /// A batch is over: the next one is begun where texts wait.
    private func batchEnded() {
      let goesOn = state.withLock { state in
        if state.waiting.texts > 0 { return true }
        state.running -= 1
        return false
      }
      if goesOn { dispatch() }
    }

    private func compute(_ parts: [WaitingTexts<Variant, Row>.Part], _ crew: Crew?) {
      let begun = ContinuousClock.now
      for part in parts { part.request.begin(begun) }
      var batch = PackedTokens()
      for part in parts {
        for text in part.texts {
          let range = part.request.tokens.range(text)
          batch.append(ids: part.request.tokens.ids[range], typeIDs: part.request.tokens.typeIDs[range])
        }
      }
      do {
        let rows = try body(batch, parts[0].request.variant, crew) {
          if parts.allSatisfy(\.request.isOver) { throw CancellationError() }
        }
        var first = 0
        for part in parts {
          part.request.finish(part.texts, rows[first..<first + part.texts.count])
          first += part.texts.count
        }
        let duration = ContinuousClock.now - begun
        note(batch.ids.count, duration)
        observe(Batch(texts: batch.count, tokens: batch.ids.count, duration: duration))
      } catch  where parts.count == 1 && parts[0].texts.count == 1 {
        parts[0].request.fail(error)
      } catch is CancellationError {
        for part in parts { part.request.fail(CancellationError()) }
      } catch {
        // One of them is to blame: each is computed alone.
        for part in parts where !part.request.isOver {
          for text in part.texts {
            compute([WaitingTexts<Variant, Row>.Part(request: part.request, texts: text..<text + 1)], nil)
          }
        }
      }
    }

    /// Keeps how fast the team is of late, for those who are sent away.
    private func note(_ tokens: Int, _ duration: Duration) {
      let seconds = duration / .seconds(1)
      guard seconds > 0 else { return }
      let speed = Double(tokens) / seconds * Double(team.threads)
      state.withLock { $0.speed = $0.speed == 0 ? speed : 0.9 * $0.speed + 0.1 * speed }
    }
  }
#endif
