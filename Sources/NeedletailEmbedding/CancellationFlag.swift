internal import Synchronization

/// Tells the threads that compute an embedding that the task that waits for it was cancelled, so that they stop between
/// two layers of a model.
final class CancellationFlag: Sendable {
  private let isSet = Atomic(false)

  func set() { isSet.store(true, ordering: .relaxed) }

  func check() throws(CancellationError) {
    if isSet.load(ordering: .relaxed) { throw CancellationError() }
  }
}
