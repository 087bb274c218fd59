#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A regular file, open for reading from its start to its end.
///
/// Descriptions, vocabularies and texts are read into memory and not mapped: another program may shorten them at any
/// time, which ends a process that has mapped them. Pipes, devices and folders are refused, and none of them makes
/// opening wait.
package struct RegularFile: ~Copyable {
  /// What errors call the file.
  package let name: String
  /// Its length when it was opened, bytes.
  package let size: Int
  private let descriptor: Int32

  /// Why a file cannot be read.
  package struct Failure: Error, CustomStringConvertible {
    /// What errors call the file.
    package let name: String
    /// The system's reason, or ours.
    package let message: String
    /// The number of the line that is at fault; `nil` where it is the file.
    package let line: Int?
    /// The file, with the number of the line where it is known.
    package var place: String { line.map { "\(name):\($0)" } ?? name }
    /// Place and reason, in one line.
    package var description: String { "\(place): \(message)" }

    init(name: String, message: String, line: Int? = nil) {
      self.name = name
      self.message = message
      self.line = line
    }
  }

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: Where it is.
  ///   - name: What errors call it, which is the path as the user gave it.
  package init(_ path: String, name: String) throws(Failure) {
    // Without O_NONBLOCK, opening a named pipe would wait for its writer; regular files know no difference.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.failure(name, "cannot be opened") }
    var status = stat()
    let examined = unsafe fstat(descriptor, &status) == 0
    guard examined, status.st_mode & S_IFMT == S_IFREG else {
      let isFolder = examined && status.st_mode & S_IFMT == S_IFDIR
      let error =
        examined
        ? Failure(name: name, message: isFolder ? "is a folder, not a regular file" : "is not a regular file")
        : Self.failure(name, "cannot be examined")
      _ = close(descriptor)
      throw error
    }
    self.name = name
    self.size = Int(status.st_size)
    self.descriptor = descriptor
  }

  deinit { _ = close(descriptor) }

  /// The next bytes, at most `count` of them; none at the end.
  package func next(_ count: Int) throws(Failure) -> [UInt8] {
    var failed: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
      var result = unsafe read(descriptor, buffer.baseAddress, count)
      while result < 0, errno == EINTR { result = unsafe read(descriptor, buffer.baseAddress, count) }
      if result < 0 { failed = errno }
      used = max(0, result)
    }
    guard failed == 0 else {
      errno = failed
      throw Self.failure(name, "cannot be read")
    }
    return bytes
  }

  /// The bytes of a whole file.
  ///
  /// - Parameters:
  ///   - path: Where it is.
  ///   - name: What errors call it.
  ///   - limit: The most that is read, bytes; a longer file is refused.
  package static func bytes(_ path: String, name: String, limit: Int) throws(Failure) -> [UInt8] {
    let file = try RegularFile(path, name: name)
    guard file.size <= limit else {
      throw Failure(name: name, message: "has \(file.size) bytes, too many: at most \(limit) are read")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(file.size)
    while bytes.count <= limit {
      let piece = try file.next(min(max(file.size - bytes.count, 1 << 12), 1 << 20))
      if piece.isEmpty { return bytes }
      bytes += piece
    }
    throw Failure(name: name, message: "has too many bytes: at most \(limit) are read")
  }

  private static func failure(_ name: String, _ what: String) -> Failure {
    let number = errno
    return Failure(name: name, message: unsafe "\(what): \(String(cString: strerror(number)))")
  }
}
