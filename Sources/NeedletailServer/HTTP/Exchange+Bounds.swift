#if Server
  /// Work that no queue bounds.
  extension Exchange {
    /// Does work for as long as it is wanted: it is cancelled where the client goes away or the deadline passes.
    ///
    /// - Parameter work: Ends soon after its task is cancelled.
    /// - Throws: ``DeadlinePassed``, `CancellationError`, or what the work throws.
    func whileWanted<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
      guard ContinuousClock.now < deadline else { throw DeadlinePassed() }
      let (presence, departure) = AsyncStream<Void>.makeStream()
      let listening = client?.whenGone { departure.finish() }
      defer { if let listening { client?.forget(listening) } }
      let deadline = deadline
      return try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await work() }
        group.addTask {
          try await Task.sleep(until: deadline, clock: .continuous)
          throw DeadlinePassed()
        }
        group.addTask {
          for await _ in presence {}
          throw CancellationError()
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
      }
    }

    /// Computes vectors, weights or states of texts directly with a model, and notes what it took.
    ///
    /// - Parameters:
    ///   - texts: What is computed.
    ///   - tokens: How many tokens that was.
    func computing<Value: Sendable>(
      _ texts: [String], tokens: (Value) -> Int, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
      let begun = ContinuousClock.now
      let value = try await whileWanted(work)
      let count = tokens(value)
      note {
        $0.inference += ContinuousClock.now - begun
        $0.tokens += count
        $0.characters += texts.reduce(0) { $0 + $1.unicodeScalars.count }
        $0.hasComputed = true
      }
      service.metrics.computed(notes, texts: texts.count)
      return value
    }
  }
#endif
