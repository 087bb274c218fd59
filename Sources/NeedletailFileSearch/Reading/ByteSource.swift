internal import NeedletailTensor

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The bytes of one open file, or of standard input, read in pieces; gzip data is decompressed on the way.
final class ByteSource {
  /// The file as errors name it.
  let subject: String
  /// The state of the file when it was opened.
  let status: FileStatus?
  /// How many bytes of the file were read, before decompression.
  private(set) var bytesRead = 0
  /// -1 for bytes in memory.
  private let descriptor: Int32
  private let stop: CancellationFlag?
  /// Bytes that are given before those of the file.
  private var memory: ArraySlice<UInt8> = []
  private var compression: Compression

  private enum Compression {
    case none
    /// Gzip data if it begins so.
    case perhaps
    case gzip(Inflater)
  }
  /// What was read but not decompressed yet.
  private var input: ArraySlice<UInt8> = []
  private static let magic: [UInt8] = [0x1F, 0x8B]
  private static let inputSize = 1 << 16

  /// Gives bytes that are in memory.
  init(_ bytes: [UInt8], subject: String) {
    self.subject = subject
    memory = bytes[...]
    descriptor = -1
    status = nil
    stop = nil
    compression = .none
  }

  /// Opens a file; `-` is standard input.
  ///
  /// - Parameters:
  ///   - decompressing: Whether to decompress gzip data in standard input or in a file whose name ends in `.gz`.
  ///   - stop: Ends the reading when it is set, even while nothing arrives.
  init(_ path: String, decompressing: Bool = true, stop: CancellationFlag? = nil) throws(FileSearchError) {
    subject = path
    self.stop = stop
    // A pipe that nobody writes to yet is opened at once and waited for later.
    descriptor = path == "-" ? dup(STDIN_FILENO) : unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.failure(path) }
    status = FileStatus(descriptor: descriptor)
    if status?.kind == .folder {
      close(descriptor)
      throw FileSearchError(.unreadable, path, "is a folder where a file was expected")
    }
    compression = decompressing && (path == "-" || path.hasSuffix(".gz")) ? .perhaps : .none
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The first bytes of the text, at most a megabyte, which are still to be read after that.
  func peek() throws(FileSearchError) -> [UInt8] {
    var head: [UInt8] = []
    var piece: [UInt8] = []
    repeat {
      try read(into: &piece)
      head += piece
    } while !piece.isEmpty && head.count < 1 << 20
    memory = head[...]
    return head
  }

  /// Replaces the content of `buffer` by the next bytes; by none at the end.
  ///
  /// - Parameter size: How many bytes at most.
  func read(into buffer: inout [UInt8], size: Int = 1 << 16) throws(FileSearchError) {
    if !memory.isEmpty || descriptor < 0 {
      buffer = Array(memory.prefix(size))
      memory = memory.dropFirst(size)
      if descriptor < 0 { bytesRead += buffer.count }
      return
    }
    switch compression {
    case .none: try readFile(into: &buffer, size: size)
    case .perhaps:
      try fill(2)
      if input.starts(with: Self.magic) {
        compression = .gzip(Inflater())
      } else {
        compression = .none
        memory = input
        input = []
      }
      try read(into: &buffer, size: size)
    case .gzip(let inflater): try decompress(inflater, into: &buffer, size: size)
    }
  }

  // MARK: Compressed data

  private func decompress(_ inflater: Inflater, into buffer: inout [UInt8], size: Int) throws(FileSearchError) {
    buffer = []
    while buffer.isEmpty {
      if inflater.isBetweenMembers {
        try fill(2)
        // What follows the last member and is none is passed over, as gzip does.
        guard input.starts(with: Self.magic) else { return }
        inflater.startMember()
      }
      try fill(1)
      guard !input.isEmpty, inflater.inflate(&input, into: &buffer, size: size) else {
        throw FileSearchError(.malformed, subject, "the compressed data is damaged or ends early")
      }
    }
  }

  /// Reads on until there are `count` bytes to decompress, or the file ends.
  private func fill(_ count: Int) throws(FileSearchError) {
    var piece: [UInt8] = []
    while input.count < count {
      try readFile(into: &piece, size: Self.inputSize)
      if piece.isEmpty { return }
      input = input.isEmpty ? piece[...] : input + piece
    }
  }

  // MARK: The file itself

  private func readFile(into buffer: inout [UInt8], size: Int) throws(FileSearchError) {
    let descriptor = descriptor
    var count = 0
    repeat {
      try waitForInput()
      buffer = unsafe [UInt8](unsafeUninitializedCapacity: size) { bytes, filled in
        #if canImport(Glibc)
          count = unsafe Glibc.read(descriptor, bytes.baseAddress, size)
        #elseif canImport(Musl)
          count = unsafe Musl.read(descriptor, bytes.baseAddress, size)
        #else
          count = unsafe Darwin.read(descriptor, bytes.baseAddress, size)
        #endif
        filled = max(count, 0)
      }
    } while count < 0 && (errno == EINTR || errno == EAGAIN)
    guard count >= 0 else { throw Self.failure(subject) }
    bytesRead += count
  }

  /// Waits until something arrives, unless the work is to end.
  private func waitForInput() throws(FileSearchError) {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    var isWaiting = true
    while isWaiting {
      if stop?.isSet == true { throw FileSearchError(.cancelled, subject, "the search was cancelled") }
      guard status?.kind != .file else { return }
      let count = unsafe poll(&request, 1, 100)
      isWaiting = count == 0 || count < 0 && errno == EINTR
    }
  }

  private static func failure(_ path: String) -> FileSearchError {
    FileSearchError(.unreadable, path, "cannot be read: \(unsafe String(cString: strerror(errno)))")
  }
}
