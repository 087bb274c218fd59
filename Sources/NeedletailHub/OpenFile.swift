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

/// A file that is open until the last reference to it goes; reads and writes name their offset and share nothing else.
final class OpenFile: Sendable {
  let path: String
  private let descriptor: Int32

  /// Opens an existing regular file or folder.
  ///
  /// - Throws: ``HubError`` with code `.fileSystem` for pipes and devices, which never make this wait.
  convenience init(reading path: String) throws(HubError) {
    try self.init(path, flags: O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .system(errno, path, "could not be examined") }
    guard [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else {
      throw HubError(.fileSystem, path, "is not a regular file")
    }
  }

  /// Opens a file for reading and writing, and creates it where it is missing; its contents stay.
  convenience init(creating path: String, permissions: mode_t = 0o666) throws(HubError) {
    try self.init(path, flags: O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, permissions: permissions)
  }

  private init(_ path: String, flags: Int32, permissions: mode_t = 0) throws(HubError) {
    self.path = path
    descriptor = unsafe open(path, flags, permissions)
    guard descriptor >= 0 else { throw .system(errno, path, "could not be opened") }
  }

  deinit { _ = close(descriptor) }

  /// The length, bytes.
  func size() throws(HubError) -> Int {
    let end = lseek(descriptor, 0, SEEK_END)
    guard end >= 0 else { throw .system(errno, path, "has no length that can be read") }
    return Int(end)
  }

  func truncate(to size: Int) throws(HubError) {
    guard ftruncate(descriptor, off_t(size)) == 0 else { throw .system(errno, path, "could not be shortened") }
  }

  /// Waits until everything written is on the disk.
  func sync() throws(HubError) {
    guard fsync(descriptor) == 0 else { throw .system(errno, path, "could not be written to the disk") }
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(HubError) {
    var done = 0
    while done < bytes.count {
      let written = unsafe bytes[done...].withUnsafeBytes { part in
        unsafe pwrite(descriptor, part.baseAddress, part.count, off_t(offset + done))
      }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw .system(errno, path, "could not be written") }
      done += written
    }
  }

  /// Fills `buffer` from `offset` on as far as the file goes, and returns how many bytes that were.
  func read(into buffer: inout [UInt8], at offset: Int) throws(HubError) -> Int {
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { part in
        unsafe pread(descriptor, part.baseAddress, part.count, off_t(offset))
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .system(errno, path, "could not be read") }
      return count
    }
  }

  /// The bytes from `offset` on, at most `limit` of them.
  func contents(from offset: Int = 0, limit: Int) throws(HubError) -> [UInt8] {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: min(limit, 1 << 16))
    while result.count < limit {
      let count = try read(into: &buffer, at: offset + result.count)
      if count == 0 { break }
      result += buffer[..<min(count, limit - result.count)]
    }
    return result
  }

  /// Takes the advisory lock that Python's `filelock` takes, if nobody else holds it; it goes when the file is closed.
  func tryLock() throws(HubError) -> Bool {
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
    let code = errno
    if code == EWOULDBLOCK || code == EAGAIN || code == EACCES || code == EINTR { return false }
    // A file system without such locks; downloads stay right without them, as every writer writes the same bytes.
    if code == ENOSYS || code == ENOTSUP || code == ENOLCK { return true }
    throw .system(code, path, "could not be locked")
  }
}

/// What the file system says about a path.
struct FileStatus: Sendable {
  let size: Int
  let isFolder: Bool
  let isLink: Bool
  /// When it was last read, or written where that is later; seconds since 1970.
  let lastUse: Int

  /// - Parameter followingLinks: Whether a symbolic link stands for what it points to.
  /// - Returns: `nil` where the path, or what its link points to, is missing.
  init?(_ path: String, followingLinks: Bool = true) {
    var status = stat()
    let result = unsafe followingLinks ? stat(path, &status) : lstat(path, &status)
    guard result == 0 else { return nil }
    size = Int(status.st_size)
    isFolder = status.st_mode & S_IFMT == S_IFDIR
    isLink = status.st_mode & S_IFMT == S_IFLNK
    #if canImport(Darwin)
      lastUse = max(status.st_atimespec.tv_sec, status.st_mtimespec.tv_sec)
    #else
      lastUse = max(status.st_atim.tv_sec, status.st_mtim.tv_sec)
    #endif
  }
}

extension Int {
  /// The sum, or the largest number where it is larger: files with holes can claim any length.
  func saturatingSum(_ other: Int) -> Int {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? (other < 0 ? .min : .max) : sum
  }
}

/// How many bytes may still be written to the disk that holds `path`; `nil` where the system does not tell.
func freeSpace(_ path: String) -> Int? {
  var status = statvfs()
  guard unsafe statvfs(path, &status) == 0 else { return nil }
  let (bytes, overflows) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
  return overflows ? .max : Int(clamping: bytes)
}

/// Gives a file another name in one step: readers see the old or the new one, never half.
func moveFile(_ source: String, to destination: String) throws(HubError) {
  guard unsafe rename(source, destination) == 0 else { throw .system(errno, destination, "could not be put in place") }
}

extension HubError {
  /// The error for a failed call of the operating system.
  static func system(_ number: Int32, _ path: String, _ what: String) -> HubError {
    if number == ENOSPC || number == EDQUOT {
      return HubError(
        .diskFull, path, "\(what): the disk is full; make room and run this again, it goes on where it stopped")
    }
    return HubError(.fileSystem, path, "\(what): \(unsafe String(cString: strerror(number)))")
  }
}
