#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A file that is being written and has its name only once it is complete: readers see the old one, the new one or
/// none, never half of one.
///
/// Bytes go to a hidden file beside the place; ``commit()`` syncs and renames it, and without that it is removed when
/// the object goes. Standard output has no such second thoughts: its bytes are out when they are written.
package final class OutputFile {
  /// The path as errors name it; `-` is standard output.
  package let path: String
  /// The hidden file, and the file whose name it gets: where a symbolic link points, the link's target.
  private let partial: (path: String, target: String)?
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private static let bufferSize = 1 << 18

  /// Begins a file.
  ///
  /// - Parameter path: Where it will be; `-` is standard output. An existing file stays until ``commit()``.
  /// - Throws: ``TensorError`` with code `.unwritable` naming the file.
  package init(_ path: String) throws(TensorError) {
    self.path = path
    if path == "-" {
      partial = nil
      descriptor = STDOUT_FILENO
      return
    }
    var status = stat()
    let exists = unsafe stat(path, &status) == 0
    let kind = status.st_mode & S_IFMT
    guard !exists || kind != S_IFDIR else {
      throw TensorError(.unwritable, path, "is a folder where a file was expected")
    }
    // What is no regular file, such as a pipe or /dev/null, is written as it is.
    if exists, kind != S_IFREG {
      partial = nil
      descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
    } else {
      let target = exists ? Self.resolved(path) : path
      let name = Self.hiddenName(for: target)
      partial = (name, target)
      descriptor = unsafe open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if exists, descriptor >= 0 { _ = fchmod(descriptor, status.st_mode & 0o7777) }
    }
    guard descriptor >= 0 else { throw Self.failure(path) }
  }

  private init(spool path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
    partial = nil
  }

  /// A nameless file for bytes that must wait for what stands before them; it goes with the object.
  ///
  /// - Parameter path: The file that the bytes are for: they wait on the same disk, those for standard output in the
  ///   folder for temporary files.
  package static func spool(for path: String) throws(TensorError) -> OutputFile {
    let folder = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
    let name = hiddenName(for: path == "-" || path.hasPrefix("/dev/") ? "\(folder)/needletail" : path)
    let descriptor = unsafe open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(path) }
    unsafe unlink(name)
    return OutputFile(spool: path, descriptor: descriptor)
  }

  deinit {
    if descriptor > STDERR_FILENO { close(descriptor) }
    if let partial, !isCommitted { unsafe unlink(partial.path) }
  }

  private var isCommitted = false

  /// Adds bytes at the end.
  package func append(_ bytes: some Sequence<UInt8>) throws(TensorError) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Adds numbers at the end, little-endian.
  package func append(_ values: ArraySlice<Float>) throws(TensorError) {
    for value in values {
      let bits = value.bitPattern.littleEndian
      unsafe withUnsafeBytes(of: bits) { unsafe buffer.append(contentsOf: $0) }
    }
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Adds bytes at the end, in few large writes.
  package func append(_ bytes: RawSpan) throws(TensorError) {
    var rest = bytes
    while !rest.isEmpty {
      let piece = rest.extracting(first: Self.bufferSize)
      unsafe piece.withUnsafeBytes { unsafe buffer.append(contentsOf: $0) }
      if buffer.count >= Self.bufferSize { try flush() }
      rest = rest.extracting(droppingFirst: piece.byteCount)
    }
  }

  /// Adds all bytes of a spool.
  package func append(contentsOf spool: OutputFile) throws(TensorError) {
    try spool.flush()
    var piece = [UInt8](repeating: 0, count: Self.bufferSize)
    var offset = 0
    while true {
      let count = unsafe piece.withUnsafeMutableBytes {
        unsafe pread(spool.descriptor, $0.baseAddress, $0.count, off_t(offset))
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Self.failure(path) }
      if count == 0 { return }
      try append(piece[..<count])
      offset += count
    }
  }

  /// Writes what waits in memory.
  package func flush() throws(TensorError) {
    var done = 0
    while done < buffer.count {
      let count = unsafe buffer.withUnsafeBytes {
        unsafe write(descriptor, $0.baseAddress.map { unsafe $0 + done }, $0.count - done)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Self.failure(path) }
      done += count
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Whether bytes that were written can be changed until ``commit()``.
  package var isChangeable: Bool { partial != nil }

  /// Writes bytes over those at the beginning of the file, which ``isChangeable``.
  package func replaceStart(with bytes: [UInt8]) throws(TensorError) {
    try flush()
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe pwrite(descriptor, $0.baseAddress.map { unsafe $0 + done }, $0.count - done, off_t(done))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.failure(path) }
      done += count
    }
  }

  /// Completes the file: everything is on the disk, and it has its name.
  package func commit() throws(TensorError) {
    try flush()
    guard let partial else { return }
    guard Self.sync(descriptor), unsafe rename(partial.path, partial.target) == 0 else { throw Self.failure(path) }
    isCommitted = true
    // The name is in the folder, which some file systems cannot sync; a disk that fails is another matter.
    let folder = unsafe open(String(Self.folder(of: partial.target)), O_RDONLY | O_CLOEXEC)
    guard folder >= 0 else { return }
    defer { close(folder) }
    if !Self.sync(folder), errno == EIO { throw Self.failure(path) }
  }

  /// Copies a file as it is.
  ///
  /// - Throws: ``TensorError`` with code `.unreadable` or `.unwritable`.
  package static func copy(_ source: String, to target: String) throws(TensorError) {
    let file = try MappedFile(URL(filePath: source))
    let copy = try OutputFile(target)
    try MappedRegion(file, 0..<file.count).withBytes { (bytes) throws(TensorError) in try copy.append(bytes) }
    try copy.commit()
  }

  /// Waits until the disk has all of a file, or the names in a folder.
  ///
  /// - Throws: ``TensorError`` with code `.unwritable`.
  package static func sync(_ path: String) throws(TensorError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    guard sync(descriptor) else { throw failure(path) }
  }

  /// Waits until the disk has what was written.
  private static func sync(_ descriptor: Int32) -> Bool {
    #if canImport(Darwin)
      fcntl(descriptor, F_FULLFSYNC) == 0 || fsync(descriptor) == 0
    #else
      fsync(descriptor) == 0
    #endif
  }

  /// The file that a path leads to, symbolic links followed.
  private static func resolved(_ path: String) -> String {
    guard let name = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(name) }
    return unsafe String(cString: name)
  }

  private static func folder(of path: String) -> Substring {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : path[..<slash]
  }

  /// A name beside the file that nobody else uses; at most 255 bytes long, as most file systems want it.
  private static func hiddenName(for path: String) -> String {
    let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let mark = String(UInt64.random(in: 0 ... .max), radix: 36)
    let start = String(decoding: path[slash...].utf8.prefix(100), as: UTF8.self)
    return "\(path[..<slash]).\(start).unfinished-\(mark)"
  }

  private static func failure(_ path: String) -> TensorError {
    let reason = unsafe String(cString: strerror(errno))
    return TensorError(.unwritable, path == "-" ? "standard output" : path, "cannot be written: \(reason)")
  }
}
