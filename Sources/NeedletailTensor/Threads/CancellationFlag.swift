internal import Synchronization

/// Tells work on other threads that the task that waits for it was cancelled.
package final class CancellationFlag: Sendable {
  private let flag = Atomic(false)

  package init() {}

  /// Whether the work is to end.
  package var isSet: Bool { flag.load(ordering: .relaxed) }

  package func set() { flag.store(true, ordering: .relaxed) }

  package func check() throws(CancellationError) {
    if isSet { throw CancellationError() }
  }
}
