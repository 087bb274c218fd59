#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The lines of a file or of standard input, in memory for one line and one piece of the file.
///
/// A line ends at a line feed, or a carriage return and a line feed. Reading stops soon after the task is cancelled,
/// even while nothing arrives.
package final class LineSource {
  /// The input as errors name it.
  package let subject: String
  /// The file's size, where it has one.
  package let size: Int?
  /// How many bytes were read so far.
  package private(set) var bytesRead = 0
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var position = 0
  private var isAtEnd = false

  /// The longest line, bytes.
  static let maximumLine = 256 << 20
  private static let pieceSize = 1 << 18

  /// Opens an input.
  ///
  /// - Parameter path: A file, or `-` for standard input.
  /// - Throws: ``EmbeddingError`` with code `.unreadable`.
  package init(_ path: String) throws(EmbeddingError) {
    subject = path == "-" ? "standard input" : path
    descriptor = path == "-" ? dup(STDIN_FILENO) : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(subject) }
    var status = stat()
    let isKnown = unsafe fstat(descriptor, &status) == 0
    guard !isKnown || status.st_mode & S_IFMT != S_IFDIR else {
      close(descriptor)
      throw EmbeddingError(.unreadable, subject, "is a folder where a file was expected")
    }
    size = isKnown && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  deinit { close(descriptor) }

  /// The next line, or `nil` after the last.
  ///
  /// - Parameter keepingEnd: Whether the line's end is part of it.
  /// - Throws: ``EmbeddingError`` if the file cannot be read or a line is longer than 256 MB; `CancellationError`.
  package func next(keepingEnd: Bool = false) throws -> ArraySlice<UInt8>? {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { position = end + 1 }
        if keepingEnd { return buffer[position...end] }
        let hasReturn = end > position && buffer[end - 1] == UInt8(ascii: "\r")
        return buffer[position..<(hasReturn ? end - 1 : end)]
      }
      if isAtEnd {
        guard position < buffer.count else { return nil }
        defer { position = buffer.count }
        return buffer[position...]
      }
      guard buffer.count - position <= Self.maximumLine else {
        throw EmbeddingError(
          .malformed, subject, "has a line of more than \(Self.maximumLine >> 20) MB; cut it into texts")
      }
      let pending = buffer.count - position
      try fill()
      searched = position + pending
    }
  }

  /// Drops what was given and adds the next piece of the file.
  private func fill() throws {
    buffer.removeFirst(position)
    position = 0
    try waitForInput()
    let before = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: Self.pieceSize))
    var count = -1
    repeat {
      count = unsafe buffer.withUnsafeMutableBytes {
        unsafe read(descriptor, $0.baseAddress.map { unsafe $0 + before }, Self.pieceSize)
      }
    } while count < 0 && errno == EINTR
    buffer.removeLast(Self.pieceSize - max(count, 0))
    guard count >= 0 else { throw Self.failure(subject) }
    bytesRead += count
    isAtEnd = count == 0
  }

  /// Whether a whole line is here, or the end; asking does not wait.
  package var isReady: Bool {
    guard size == nil, !isAtEnd, !buffer[position...].contains(UInt8(ascii: "\n")) else { return true }
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&request, 1, 0) != 0
  }

  private func waitForInput() throws {
    guard size == nil else { return }
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while true {
      try Task.checkCancellation()
      let ready = unsafe poll(&request, 1, 200)
      if ready > 0 || ready < 0 && errno != EINTR { return }
    }
  }

  private static func failure(_ subject: String) -> EmbeddingError {
    EmbeddingError(.unreadable, subject, "cannot be read: \(unsafe String(cString: strerror(errno)))")
  }
}
