internal import CZlib

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The bytes of one open file, read in pieces; gzip files are decompressed on the way.
@safe final class ByteSource {
  /// The file as errors name it.
  let subject: String
  /// The state of the file when it was opened.
  let status: FileStatus?
  /// How many bytes of the file were read, before decompression.
  private(set) var bytesRead = 0
  /// -1 for bytes in memory.
  private let descriptor: Int32
  /// zlib's reader, which owns the descriptor, where the file is compressed.
  private let compressed: gzFile?

  /// What is still to be read of bytes in memory.
  private var memory: ArraySlice<UInt8> = []

  /// Gives bytes that are in memory.
  init(_ bytes: [UInt8], subject: String) {
    self.subject = subject
    memory = bytes[...]
    descriptor = -1
    status = nil
    unsafe compressed = nil
  }

  /// Opens a file; `-` is standard input.
  ///
  /// - Parameter decompressing: Whether to decompress a file whose name ends in `.gz`.
  init(_ path: String, decompressing: Bool = true) throws(FileSearchError) {
    subject = path
    descriptor = path == "-" ? dup(STDIN_FILENO) : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path) }
    status = FileStatus(descriptor: descriptor)
    if status?.kind == .folder {
      close(descriptor)
      throw FileSearchError(.unreadable, path, "is a folder where a file was expected")
    }
    unsafe compressed = decompressing && path.hasSuffix(".gz") ? gzdopen(descriptor, "rb") : nil
    unsafe gzbuffer(compressed, 1 << 16)
  }

  deinit {
    if let compressed = unsafe compressed { unsafe gzclose(compressed) } else if descriptor >= 0 { close(descriptor) }
  }

  /// Replaces the content of `buffer` by the next bytes; by none at the end.
  ///
  /// - Parameter size: How many bytes at most.
  func read(into buffer: inout [UInt8], size: Int = 1 << 16) throws(FileSearchError) {
    if descriptor < 0 {
      buffer = Array(memory.prefix(size))
      memory = memory.dropFirst(size)
      bytesRead += buffer.count
      return
    }
    let descriptor = descriptor
    let compressed = unsafe compressed
    let isCompressed = unsafe compressed != nil
    var count = 0
    repeat {
      buffer = unsafe [UInt8](unsafeUninitializedCapacity: size) { bytes, filled in
        if let compressed = unsafe compressed {
          count = Int(unsafe gzread(compressed, bytes.baseAddress, UInt32(size)))
        } else {
          #if canImport(Glibc)
            count = unsafe Glibc.read(descriptor, bytes.baseAddress, size)
          #elseif canImport(Musl)
            count = unsafe Musl.read(descriptor, bytes.baseAddress, size)
          #else
            count = unsafe Darwin.read(descriptor, bytes.baseAddress, size)
          #endif
        }
        filled = max(count, 0)
      }
    } while count < 0 && !isCompressed && errno == EINTR
    if let compressed = unsafe compressed, count <= 0 {
      var code: Int32 = 0
      unsafe gzerror(compressed, &code)
      guard code == Z_OK || code == Z_STREAM_END else {
        throw FileSearchError(.malformed, subject, "the compressed data is damaged or ends early")
      }
    } else if count < 0 {
      throw Self.failure(subject)
    }
    if let compressed = unsafe compressed { bytesRead = Int(unsafe gzoffset(compressed)) } else { bytesRead += count }
  }

  private static func failure(_ path: String) -> FileSearchError {
    FileSearchError(.unreadable, path, "cannot be read: \(unsafe String(cString: strerror(errno)))")
  }
}
