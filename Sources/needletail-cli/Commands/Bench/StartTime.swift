#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Needletail

/// How long the program takes from its start to its end.
enum StartTime {
  /// Starts this program several times, one after another.
  ///
  /// - Parameter arguments: What it is to do; its output goes nowhere.
  /// - Returns: Seconds, the median.
  static func median(of runs: Int, arguments: [String]) throws -> Double {
    let program = try path()
    // The first run reads the program and the model into the system's cache.
    _ = try seconds(program, arguments)
    return try (0..<runs).map { _ in try seconds(program, arguments) }.sorted()[runs / 2]
  }

  private static func seconds(_ program: String, _ arguments: [String]) throws -> Double {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = unsafe posix_spawn_file_actions_t()
    #endif
    unsafe posix_spawn_file_actions_init(&actions)
    defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
    for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
      _ = unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
    }
    var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    let start = ContinuousClock.now
    var child = pid_t()
    guard unsafe posix_spawn(&child, program, &actions, nil, &words, environ) == 0 else { throw failure(program) }
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0 && errno == EINTR {}
    guard status == 0 else { throw failure(program) }
    return (ContinuousClock.now - start) / .seconds(1)
  }

  private static func failure(_ program: String) -> EmbeddingError {
    EmbeddingError(.unreadable, program, "cannot be started again to measure its start")
  }

  /// Where the running program is.
  private static func path() throws -> String {
    #if canImport(Darwin)
      var size = UInt32(4096)
      var bytes = [CChar](repeating: 0, count: Int(size))
      guard unsafe _NSGetExecutablePath(&bytes, &size) == 0 else { throw failure("needletail") }
      return unsafe String(cString: bytes)
    #else
      return "/proc/self/exe"
    #endif
  }
}
