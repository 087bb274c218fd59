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
  }
#endif
