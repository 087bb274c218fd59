#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Tells whether something in some folders may have changed.
///
/// On Linux the system says so (inotify). Elsewhere, and where it has no watches left, the answer is always yes after a
/// while, and who asks has to look.
final class FolderEvents {
  private static let lookEvery = Duration.seconds(2)
  private static let step = Duration.milliseconds(100)

  #if os(Linux)
    private let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    /// What the system calls the folders that are watched.
    private var watches: Set<Int32> = []
    private var isComplete = true

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Watches folders, those that are watched already included.
    ///
    /// - Returns: Whether one of them is new: what happened there before is not known.
    func watch(_ folders: [String]) -> Bool {
      guard descriptor >= 0 else {
        isComplete = false
        return false
      }
      let events = UInt32(
        IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_ONLYDIR)
      var current: Set<Int32> = []
      isComplete = true
      for folder in folders {
        let watch = unsafe inotify_add_watch(descriptor, folder, events)
        // A folder that is gone by now was an event in the one above it.
        if watch >= 0 { current.insert(watch) } else if errno != ENOENT { isComplete = false }
      }
      defer { watches = current }
      return !current.isSubset(of: watches)
    }

    /// Takes what the system says; whether it says anything.
    private func hasEvents() -> Bool {
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      var found = false
      while unsafe read(descriptor, &buffer, buffer.count) > 0 { found = true }
      return found
    }
  #else
    private let isComplete = false
    func watch(_ folders: [String]) -> Bool { false }
    private func hasEvents() -> Bool { false }
  #endif

  /// Waits until something may have changed, and then until nothing did for a moment.
  ///
  /// - Throws: `CancellationError`.
  func wait() async throws {
    let start = ContinuousClock.now
    while !hasEvents() {
      if !isComplete, ContinuousClock.now - start > Self.lookEvery { return }
      try await Task.sleep(for: Self.step)
    }
    // A program that writes many files is not to be followed one by one, but neither to be waited for for ever.
    let first = ContinuousClock.now
    repeat { try await Task.sleep(for: Self.step) } while hasEvents() && ContinuousClock.now - first < Self.lookEvery
  }
}
