#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A new file that nobody sees until it is complete: it is written under another name and renamed at the end.
///
/// `@unchecked Sendable`: one task at a time uses it.
final class CacheFileWriter: @unchecked Sendable {
  /// How many bytes were written.
  private(set) var size = 0
  private let path: String
  private let temporary: String
  private var descriptor: Int32

  /// What the names of unfinished files start with.
  static let temporaryPrefix = ".unfinished-"

  /// Starts a file whose folder exists.
  init(_ path: String) throws(FileSearchError) {
    self.path = path
    let folder = path[..<(path.utf8.lastIndex(of: slash) ?? path.startIndex)]
    temporary = "\(folder)/\(Self.temporaryPrefix)\(getpid())-\(UInt64.random(in: 0 ... .max))"
    descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure(temporary) }
  }

  deinit {
    if descriptor >= 0 {
      close(descriptor)
      unsafe unlink(temporary)
    }
  }

  func write(_ bytes: [UInt8]) throws(FileSearchError) { try write(bytes, width: 1) }

  func write(_ numbers: [Float]) throws(FileSearchError) { try write(numbers, width: 4) }

  private func write<Element>(_ elements: [Element], width: Int) throws(FileSearchError) {
    let end = elements.count * width
    var done = 0
    while done < end {
      let count = unsafe elements.withUnsafeBytes { bytes in
        #if canImport(Glibc)
          unsafe Glibc.write(descriptor, bytes.baseAddress.map { unsafe $0 + done }, end - done)
        #elseif canImport(Musl)
          unsafe Musl.write(descriptor, bytes.baseAddress.map { unsafe $0 + done }, end - done)
        #else
          unsafe Darwin.write(descriptor, bytes.baseAddress.map { unsafe $0 + done }, end - done)
        #endif
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Self.failure(temporary) }
      done += count
    }
    size += end
  }

  /// Gives the file its name, in place of what had the name before.
  func finish() throws(FileSearchError) {
    guard unsafe rename(temporary, path) == 0 else { throw Self.failure(path) }
    close(descriptor)
    descriptor = -1
  }

  private static func failure(_ path: String) -> FileSearchError {
    FileSearchError(.cache, path, "the cache cannot be written: \(unsafe String(cString: strerror(errno)))")
  }
}

/// A file of the cache that is read from its beginning.
///
/// `@unchecked Sendable`: one task at a time uses it.
final class CacheFileReader: @unchecked Sendable {
  /// How many bytes are still to be read.
  private(set) var remaining: Int
  /// The last change of the file, which is its last use, in nanoseconds since 1970.
  let modified: Int
  private let descriptor: Int32

  /// Opens a file; `nil` where there is none.
  init?(_ path: String) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    guard let status = FileStatus(descriptor: descriptor), status.kind == .file else {
      close(descriptor)
      return nil
    }
    self.descriptor = descriptor
    remaining = status.size
    modified = status.modified
  }

  deinit { close(descriptor) }

  /// The next `count` bytes; `nil` where they are not there.
  func bytes(_ count: Int) -> [UInt8]? {
    guard count >= 0, count <= remaining else { return nil }
    var isComplete = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      isComplete = unsafe fill(UnsafeMutableRawBufferPointer(buffer))
      filled = isComplete ? count : 0
    }
    return isComplete ? bytes : nil
  }

  /// The next `count` numbers; `nil` where they are not there.
  func floats(_ count: Int) -> [Float]? {
    guard count >= 0, count <= remaining / 4 else { return nil }
    var isComplete = false
    let floats = unsafe [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      isComplete = unsafe fill(UnsafeMutableRawBufferPointer(buffer))
      filled = isComplete ? count : 0
    }
    return isComplete ? floats : nil
  }

  private func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
    var done = 0
    while done < buffer.count {
      let count = unsafe read(descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return false }
      done += count
    }
    remaining -= done
    return true
  }

  /// Marks the file as used now.
  func touch() { _ = futimens(descriptor, nil) }
}
