internal import Synchronization

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The threads that compute, as many as were asked for, asleep whenever there is nothing to do.
///
/// Work comes as a number of independent items, each worth a millisecond or more; the threads take them in order. The
/// result of an item may depend on its number only, never on the thread or on what ran before, so that the number of
/// threads changes nothing but the time. A caller waits without blocking a thread of the concurrency runtime;
/// one short piece of work it may lead itself.
public final class ComputeTeam: Sendable {
  /// How many threads compute.
  public let threads: Int
  /// More threads than this help nobody.
  package static let maximumThreads = 1024
  private let queue = WorkQueue()

  /// Creates a team; its threads start with the first work.
  ///
  /// - Parameter threads: 1 to 1,024; the processors that this process may use by default.
  public init(threads: Int? = nil) {
    self.threads = min(max(1, threads ?? ProcessInfo.processInfo.activeProcessorCount), Self.maximumThreads)
  }

  deinit { queue.stop() }

  /// Runs `body` once for each item and returns when all are done.
  ///
  /// Cancelling the task, or an error of one item, skips the items that have not begun.
  ///
  /// - Parameters:
  ///   - count: How many items there are.
  ///   - body: The work for one item.
  /// - Throws: The first error of an item; `CancellationError`; ``TensorError`` if no thread can be started.
  public func run(_ count: Int, _ body: @escaping @Sendable (_ item: Int) throws -> Void) async throws {
    try Task.checkCancellation()
    guard count > 0 else { return }
    guard queue.startThreads(threads) else {
      throw TensorError(.unsupported, "threads", "no thread can be started: the system has no room for one")
    }
    let job = Job(count: count, body: body)
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        job.await(continuation)
        queue.add(job)
      }
    } onCancel: {
      job.cancel()
    }
  }

  /// Has one thread run `body` when its turn comes; nobody waits for it.
  ///
  /// - Returns: Whether it will be run: `false` where the system has no room for a thread.
  package func dispatch(_ body: @escaping @Sendable () -> Void) -> Bool {
    guard queue.startThreads(threads) else { return false }
    queue.add(Job(count: 1) { _ in body() })
    return true
  }

  /// Runs one piece of work whose steps the whole team shares, for work that is too small to wait for its turns.
  ///
  /// The threads that help leave as soon as other work comes, so that a busy team does one piece of work a thread.
  ///
  /// - Parameters:
  ///   - isShort: Whether the work takes so little time, a few milliseconds, that the caller's thread leads: it would
  ///     wait for another one to wake nearly as long.
  ///   - body: Leads the crew; runs once.
  /// - Throws: What ``run(_:_:)`` throws.
  package func lead(isShort: Bool, _ body: @escaping @Sendable (_ crew: Crew) throws -> Void) async throws {
    let crew = Crew(threads: min(threads, Self.mostHelpful))
    let queue = queue
    @Sendable func help() {
      let arrivals = queue.arrivals.load(ordering: .relaxed)
      crew.help { queue.arrivals.load(ordering: .relaxed) != arrivals }
    }
    guard isShort else {
      return try await run(crew.threads) { item in
        guard item == 0 else { return help() }
        defer { crew.dismiss() }
        try body(crew)
      }
    }
    try Task.checkCancellation()
    let helpers = Job(count: crew.threads - 1) { _ in help() }
    // Without a thread to help the work is done all the same.
    if helpers.count > 0, queue.startThreads(threads) { queue.add(helpers) }
    defer {
      crew.dismiss()
      helpers.cancel()
    }
    try body(crew)
  }

  /// More threads than this have too little of a step each.
  private static let mostHelpful = 16

  /// Computes a value for each item, in the order of the items.
  public func map<Value: Sendable>(
    _ count: Int, _ transform: @escaping @Sendable (_ item: Int) throws -> Value
  ) async throws -> [Value] {
    let results = Mutex([Value?](repeating: nil, count: count))
    let shared = Shared(results)
    try await run(count) { item in
      let value = try transform(item)
      shared.value.withLock { $0[item] = value }
    }
    return shared.value.withLock { $0.compactMap(\.self) }
  }
}

/// Gives a `Mutex` a place that escaping closures can share.
private final class Shared<Value>: Sendable {
  let value: Mutex<Value>
  init(_ value: consuming sending Mutex<Value>) { self.value = value }
}
