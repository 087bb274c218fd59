#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Needletail

/// Further runs of this program.
enum OwnProgram {
  /// A run that was started.
  struct Run {
    fileprivate let process: pid_t

    /// Waits for its end.
    ///
    /// - Throws: `EmbeddingError` where it does not end well.
    func end() throws {
      var status: Int32 = 0
      while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
      guard status == 0 else { throw try OwnProgram.failure("ended with an error") }
    }
  }

  /// Starts this program again.
  ///
  /// - Parameters:
  ///   - arguments: What it is to do; its standard output goes nowhere.
  ///   - isHeard: Whether its standard error is that of this run.
  static func start(_ arguments: [String], isHeard: Bool = false) throws -> Run {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = unsafe posix_spawn_file_actions_t()
    #endif
    unsafe posix_spawn_file_actions_init(&actions)
    defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
    for descriptor in isHeard ? [STDOUT_FILENO] : [STDOUT_FILENO, STDERR_FILENO] {
      _ = unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
    }
    let program = try path()
    var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    var child = pid_t()
    guard unsafe posix_spawn(&child, program, &actions, nil, &words, environ) == 0 else {
      throw try failure("cannot be started again")
    }
    return Run(process: child)
  }

  private static func failure(_ reason: String) throws -> EmbeddingError {
    EmbeddingError(.unreadable, try path(), "\(reason) while it is measured")
  }

  /// Where the running program is.
  private static func path() throws -> String {
    #if canImport(Darwin)
      var size = UInt32(4096)
      var bytes = [CChar](repeating: 0, count: Int(size))
      guard unsafe _NSGetExecutablePath(&bytes, &size) == 0 else {
        throw EmbeddingError(.unreadable, "needletail", "does not know where it is")
      }
      return unsafe String(cString: bytes)
    #else
      return "/proc/self/exe"
    #endif
  }
}
