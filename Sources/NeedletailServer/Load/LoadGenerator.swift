#if Server
  internal import NIOCore
  internal import NIOPosix

  /// Sends requests to a server and measures the answers, with little work a request, as it shares the machine.
  package struct LoadGenerator: Sendable {
    private let plan: LoadPlan

    package init(_ plan: LoadPlan) {
      precondition(plan.clients > 0 && plan.threads > 0, "a load needs clients and threads")
      self.plan = plan
    }

    /// How many connections are asked for at once.
    private static var together: Int { 64 }

    /// Connects all clients, then begins.
    ///
    /// - Parameter progress: Called ten times a second with the number of requests that have ended.
    /// - Throws: ``LoadError`` where the server cannot be reached; `CancellationError` soon after the task is cancelled.
    package func run(progress: (Int) -> Void = { _ in }) async throws -> LoadReport {
      let threads = min(plan.threads, plan.clients)
      let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
      do {
        let report = try await run(on: Array(group.makeIterator()), progress)
        try await group.shutdownGracefully()
        return report
      } catch {
        try? await group.shutdownGracefully()
        throw error
      }
    }

    private func run(on loops: [any EventLoop], _ progress: (Int) -> Void) async throws -> LoadReport {
      let counters = LoadCounters(plan.end)
      var workers: [(worker: NIOLoopBound<LoadWorker>, loop: any EventLoop, ending: EventLoopFuture<LoadReport>)] = []
      for (share, loop) in loops.enumerated() {
        let ending = loop.makePromise(of: LoadReport.self)
        let worker = try await loop.submit { [plan] in
          NIOLoopBound(
            LoadWorker(plan, share: share, of: loops.count, counters: counters, loop: loop, ending: ending),
            eventLoop: loop)
        }.get()
        workers.append((worker, loop, ending.futureResult))
      }
      var failure: (any Error)?
      do {
        for first in stride(from: 0, to: plan.clients, by: Self.together) {
          try Task.checkCancellation()
          let connecting = (first..<min(first + Self.together, plan.clients)).map { number in
            let (worker, loop, _) = workers[number % workers.count]
            return loop.flatSubmit { worker.value.connect() }
          }
          for connection in connecting { try await connection.get() }
        }
      } catch {
        failure = error
      }
      let begins = failure == nil
      for (worker, loop, _) in workers {
        loop.execute { begins ? worker.value.start() : worker.value.abandon() }
      }
      if let failure, !(failure is CancellationError) {
        throw LoadError(plan.target.host, "no connection to the server: \(failure)")
      }
      try await wait(for: workers.map(\.ending), counters, progress)
      if let failure { throw failure }
      var report = LoadReport()
      for worker in workers { report.add(try await worker.ending.get()) }
      return report
    }

    /// Waits until all have ended; a cancelled task makes them end.
    private func wait(
      for endings: [EventLoopFuture<LoadReport>], _ counters: LoadCounters, _ progress: (Int) -> Void
    ) async throws {
      let isOver = LoadCounters(.requests(0))
      let all = EventLoopFuture.andAllComplete(endings, on: endings[0].eventLoop)
      all.whenComplete { _ in isOver.stop() }
      do {
        while !isOver.isStopped {
          try await Task.sleep(for: .milliseconds(100))
          progress(counters.finished)
        }
      } catch {
        counters.stop()
        try? await all.get()
        throw error
      }
    }
  }
#endif
