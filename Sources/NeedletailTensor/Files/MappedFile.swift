#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A file mapped read-only into memory; its pages are read when they are touched and shared with other processes.
///
/// `@unchecked Sendable`: the mapping is read-only and lives as long as the object. A file that another program
/// truncates while it is mapped ends the process when a lost page is touched, as with every mapped file; Needletail
/// itself replaces files by rename and never shortens them.
@safe public final class MappedFile: @unchecked Sendable {
  /// The file's path.
  public let path: String
  /// The file's size in bytes.
  public let count: Int
  let start: UnsafeRawPointer
  private let storage: Storage

  private enum Storage { case mapping, allocation, program }

  /// Maps a file.
  ///
  /// - Throws: ``TensorError`` with code `.unreadable` if it is missing, no regular file, or cannot be mapped.
  public init(_ url: URL) throws(TensorError) {
    path = url.path
    // Without O_NONBLOCK, opening a named pipe would wait for its writer; regular files know no difference.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.failure(path, "cannot be opened") }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw Self.failure(path, "cannot be examined") }
    guard status.st_mode & S_IFMT == S_IFREG else { throw TensorError(.unreadable, path, "is not a regular file") }
    count = Int(status.st_size)
    guard count > 0 else {
      storage = .allocation
      unsafe start = UnsafeRawPointer(UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 64))
      return
    }
    guard let mapped = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), unsafe mapped != MAP_FAILED
    else { throw Self.failure(path, "cannot be mapped") }
    storage = .mapping
    unsafe start = UnsafeRawPointer(mapped)
  }

  /// A file that the program carries as a constant.
  ///
  /// - Parameters:
  ///   - constant: The first byte; it and those after it are there as long as the program runs.
  ///   - count: How many bytes there are.
  ///   - name: What errors call them.
  package init(constant start: UnsafeRawPointer, count: Int, name: String) {
    path = name
    self.count = count
    storage = .program
    unsafe self.start = start
  }

  deinit {
    switch storage {
    case .mapping: unsafe munmap(UnsafeMutableRawPointer(mutating: start), count)
    case .allocation: unsafe start.deallocate()
    case .program: break
    }
  }

  /// Copies some of the bytes.
  ///
  /// - Parameter range: Must lie within the file.
  public func bytes(_ range: Range<Int>) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "the range lies within the file")
    return unsafe Array(UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count))
  }

  /// How the pages of a mapped file will be read, for the system to act on or not.
  package enum Access: Sendable {
    /// Here and there: pages around are not read ahead.
    case random
    /// Soon and in full.
    case soon
    /// Here and there in memory that should be mapped in large pages, where the system has such for files.
    case randomInLargePages
    /// Not for a while: the pages are given back, and read again where somebody wants them.
    case later
  }

  /// Tells the system how some of the bytes will be read.
  ///
  /// - Parameter range: Must lie within the file.
  package func advise(_ access: Access, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "the range lies within the file")
    guard storage == .mapping, !range.isEmpty else { return }
    let first = range.lowerBound / Int(getpagesize()) * Int(getpagesize())
    let place = unsafe UnsafeMutableRawPointer(mutating: start + first)
    let length = range.upperBound - first
    switch access {
    case .random: unsafe posix_madvise(place, length, POSIX_MADV_RANDOM)
    case .soon: unsafe posix_madvise(place, length, POSIX_MADV_WILLNEED)
    case .later:
      // posix_madvise takes it for a hint that glibc ignores.
      #if os(Linux)
        unsafe madvise(place, length, Int32(MADV_DONTNEED))
      #else
        unsafe posix_madvise(place, length, POSIX_MADV_DONTNEED)
      #endif
    case .randomInLargePages:
      unsafe posix_madvise(place, length, POSIX_MADV_RANDOM)
      // Darwin chooses the size of pages by itself.
      #if os(Linux)
        unsafe madvise(place, length, Int32(MADV_HUGEPAGE))
      #endif
    }
  }

  /// A little-endian number of the file; `nil` where it does not lie inside.
  ///
  /// - Parameter width: Its bytes, at most 8.
  func number(at offset: Int, width: Int) -> UInt64? {
    guard offset >= 0, offset <= count - width else { return nil }
    return (0..<width).reduce(0) { sum, index in
      sum | UInt64(unsafe start.load(fromByteOffset: offset + index, as: UInt8.self)) << UInt64(8 * index)
    }
  }

  private static func failure(_ path: String, _ what: String) -> TensorError {
    TensorError(.unreadable, path, unsafe "\(what): \(String(cString: strerror(errno)))")
  }
}
