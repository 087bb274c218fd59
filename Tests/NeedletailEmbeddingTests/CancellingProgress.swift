import NeedletailTensor
import Synchronization

/// The task that a progress report cancels, and how far it came.
final class CancellingProgress: Sendable {
  private let state = Mutex<(task: Task<Matrix, any Error>?, done: Int, isCancelled: Bool)>((nil, 0, false))

  var done: Int { state.withLock { $0.done } }

  func watch(_ task: Task<Matrix, any Error>) {
    let isLate = state.withLock { state in
      state.task = task
      return state.isCancelled
    }
    if isLate { task.cancel() }
  }

  func report(_ count: Int) {
    let task = state.withLock { state in
      state.done = max(state.done, count)
      state.isCancelled = true
      return state.task
    }
    task?.cancel()
  }
}
