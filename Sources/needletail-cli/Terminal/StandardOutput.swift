import Needletail
import NeedletailTensor
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard output, for data; a place that takes no more is an error, unlike with `print`.
enum StandardOutput {
  /// Whether a person reads along.
  static let isTerminal = isatty(STDOUT_FILENO) == 1

  /// Whether colours are welcome: in a terminal that has them, unless `NO_COLOR` is set to anything.
  static let showsColors: Bool = {
    let environment = ProcessInfo.processInfo.environment
    return isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }()

  private static let pending = Mutex<[UInt8]>([])
  private static let bufferSize = 1 << 16

  /// Writes a text and ends it, as a line unless told otherwise.
  static func print(_ text: String = "", terminator: String = "\n") throws {
    try write(Array((text + terminator).utf8))
  }

  /// Writes bytes.
  static func write(_ bytes: [UInt8]) throws {
    let isFull = pending.withLock { pending in
      pending.append(contentsOf: bytes)
      return isTerminal || pending.count >= bufferSize
    }
    if isFull { try flush() }
  }

  /// Writes what waits in memory.
  static func flush() throws {
    let bytes = pending.withLock { pending in
      defer { pending.removeAll(keepingCapacity: true) }
      return pending
    }
    guard !bytes.isEmpty else { return }
    let output = try OutputFile("-")
    try output.append(bytes)
    try output.commit()
  }
}
