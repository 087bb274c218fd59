internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The right to write to a collection: one holder at a time on this machine, over as soon as its process ends.
final class WriterLock: Sendable {
  /// `nil` once it was given back.
  private let descriptor: Mutex<Int32?>

  /// Takes the right.
  ///
  /// - Parameters:
  ///   - path: The lock's file, made where it is not there. It holds the number of the process that writes.
  ///   - collection: What errors name.
  /// - Throws: ``RetrievalError`` with code `.busy` naming the process that has the right, or `.unwritable`.
  init(_ path: String, of collection: String) throws(RetrievalError) {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(collection) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let isTaken = errno == EWOULDBLOCK
      let holder = Self.holder(descriptor)
      defer { close(descriptor) }
      guard isTaken else { throw Self.failure(collection) }
      throw RetrievalError(
        .busy, collection,
        "is being written by \(holder.map { "process \($0)" } ?? "another process"); wait for it, or open it for reading"
      )
    }
    // What is written here only helps to read the error above.
    let text = Array("\(getpid())\n".utf8)
    _ = ftruncate(descriptor, 0)
    _ = unsafe pwrite(descriptor, text, text.count, 0)
    self.descriptor = Mutex(descriptor)
  }

  deinit { release() }

  /// Gives the right back.
  func release() {
    descriptor.withLock { descriptor in
      guard let held = descriptor else { return }
      // A program that is being started has a copy of the descriptor for a moment, which would keep the lock.
      flock(held, LOCK_UN)
      close(held)
      descriptor = nil
    }
  }

  private static func holder(_ descriptor: Int32) -> Int? {
    var bytes = [UInt8](repeating: 0, count: 20)
    let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return Int(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }

  private static func failure(_ collection: String) -> RetrievalError {
    RetrievalError(.unwritable, collection, unsafe "cannot be locked for writing: \(String(cString: strerror(errno)))")
  }
}
