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

/// A copy of a model folder that a test may spoil, gone when the value is.
final class ModelCopy: Sendable {
  /// Where it is.
  let url: URL

  /// An empty folder.
  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "needletail-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  /// A copy of another folder.
  init(copying folder: URL) throws {
    url = FileManager.default.temporaryDirectory.appending(path: "needletail-\(UUID().uuidString)")
    try FileManager.default.copyItem(at: folder, to: url)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// A file in it.
  func file(_ path: String) -> URL { url.appending(path: path) }

  /// Writes a file, with the folders above it.
  func write(_ text: String, to path: String) throws { try write(Data(text.utf8), to: path) }

  /// Writes a file, with the folders above it.
  func write(_ data: Data, to path: String) throws {
    let file = file(path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }

  /// Replaces a piece of a text file that must be there.
  func replace(_ old: String, with new: String, in path: String) throws {
    let text = String(decoding: try Data(contentsOf: file(path)), as: UTF8.self)
    let changed = text.replacing(old, with: new)
    precondition(changed != text, "\(path) holds \(old)")
    try write(changed, to: path)
  }

  /// Adds zeros to a file that take no room on the disk.
  func lengthen(_ path: String, to count: Int) throws {
    guard unsafe truncate(file(path).path, off_t(count)) == 0 else { throw CocoaError(.fileWriteUnknown) }
  }

  /// Makes a named pipe, which nobody writes to.
  func pipe(_ path: String) throws {
    guard unsafe mkfifo(file(path).path, 0o600) == 0 else { throw CocoaError(.fileWriteUnknown) }
  }

  /// Removes a file or folder.
  func remove(_ path: String) throws { try FileManager.default.removeItem(at: file(path)) }
}

extension ModelCopy {
  /// The bytes of a file.
  func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: file(path))) }

  /// Writes a file.
  func write(_ bytes: [UInt8], to path: String) throws { try write(Data(bytes), to: path) }
}
