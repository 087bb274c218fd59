import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Turns Ctrl-C and a polite request to end into the cancellation of a task, which then puts its things in order.
///
/// A second Ctrl-C, or five seconds without an end, ends the process at once.
final class Interruption: Sendable {
  private struct State {
    var task: Task<Void, any Error>?
    var signal: Int32?
  }

  private let state = Mutex(State())
  private static let patience: UInt32 = 5

  /// Begins to wait for signals; must come before any other thread starts, so that none of them takes the signals.
  init() {
    var signals = Self.signals
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    let context = unsafe Unmanaged.passRetained(self).toOpaque()
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    unsafe pthread_create(
      &thread, nil,
      { context in
        #if canImport(Darwin)
          let interruption = unsafe Unmanaged<Interruption>.fromOpaque(context).takeRetainedValue()
        #else
          guard let context = unsafe context else { return nil }
          let interruption = unsafe Unmanaged<Interruption>.fromOpaque(context).takeRetainedValue()
        #endif
        interruption.wait()
        return nil
      }, context)
  }

  /// Names the task that a signal cancels.
  func cancels(_ task: Task<Void, any Error>) {
    let isLate = state.withLock { state in
      state.task = task
      return state.signal != nil
    }
    if isLate { task.cancel() }
  }

  /// 128 + the signal that came, as shells count; 130 where none came.
  var exitStatus: Int32 { 128 + (state.withLock { $0.signal } ?? SIGINT) }

  private static var signals: sigset_t {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGINT)
    unsafe sigaddset(&signals, SIGTERM)
    return signals
  }

  private func wait() {
    var signals = Self.signals
    var signal: Int32 = 0
    guard unsafe sigwait(&signals, &signal) == 0 else { return }
    let task = state.withLock { state in
      state.signal = signal
      return state.task
    }
    task?.cancel()
    // From now on the system's own way: the next Ctrl-C ends the process.
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    sleep(Self.patience)
    _exit(128 + signal)
  }
}
