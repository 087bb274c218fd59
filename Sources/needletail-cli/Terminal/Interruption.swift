import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Turns Ctrl-C, a polite request to end and the loss of the terminal into the cancellation of a task, which then puts
/// its things in order.
///
/// A second Ctrl-C, or five seconds without an end, ends the process at once.
final class Interruption: Sendable {
  private struct State {
    var task: Task<Void, any Error>?
    var signal: Int32?
  }

  private let state = Mutex(State())
  private static let patience: UInt32 = 5
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  /// Where the handler writes the number of a signal, and a thread reads it: a handler may do nothing else.
  private static let channel: (reading: Int32, writing: Int32) = {
    var descriptors: [Int32] = [-1, -1]
    guard unsafe pipe(&descriptors) == 0 else { return (-1, -1) }
    return (descriptors[0], descriptors[1])
  }()

  /// Begins to wait for signals; where that cannot be, they end the process as ever.
  init() {
    guard Self.channel.reading >= 0 else { return }
    let context = unsafe Unmanaged.passRetained(self).toOpaque()
    #if canImport(Glibc)
      var thread = pthread_t()
    #else
      var thread: pthread_t?
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
    for number in Self.signals {
      signal(number) { number in
        let before = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = unsafe write(Interruption.channel.writing, &byte, 1)
        errno = before
      }
    }
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

  private func wait() {
    var byte: UInt8 = 0
    var count = 0
    repeat { count = unsafe read(Self.channel.reading, &byte, 1) } while count < 0 && errno == EINTR
    guard count == 1 else { return }
    let number = Int32(byte)
    // From now on the system's own way: the next signal ends the process.
    for number in Self.signals { signal(number, SIG_DFL) }
    let task = state.withLock { state in
      state.signal = number
      return state.task
    }
    task?.cancel()
    sleep(Self.patience)
    _exit(128 + number)
  }
}
