internal import Crypto
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension Embedder {
  /// A name for what decides the vectors: equal for equal weights, files and settings, as SHA-256 in hexadecimal.
  ///
  /// - Throws: ``EmbeddingError`` with code `.unreadable` if a file of the model can no longer be read.
  /// - Complexity: O(bytes of the model's files).
  public func identity() throws -> String {
    var hash = SHA256()
    hash.update(data: Array("\(configuration.prompt) \(dimension) \(maximumLength ?? 0) \(kernels.name)".utf8))
    if let folder {
      let names: [String]
      do { names = try FileManager.default.subpathsOfDirectory(atPath: folder.path) } catch {
        throw EmbeddingError(.unreadable, folder.path, "cannot be listed: \(error)")
      }
      for name in names.sorted() where Self.decidingExtensions.contains(where: name.hasSuffix) {
        Self.add(name, try MappedFile(folder.appending(path: name)), to: &hash)
      }
    } else {
      for file in [BundledModel.table, BundledModel.vocabulary] { Self.add(file.path, file, to: &hash) }
    }
    return hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The files of a model folder that can change a vector.
  private static let decidingExtensions = [".json", ".txt", ".safetensors"]
  /// Bytes that are hashed at a time.
  private static let pieceSize = 1 << 22

  private static func add(_ name: String, _ file: MappedFile, to hash: inout SHA256) {
    hash.update(data: Array("\(name)\0\(file.count)\0".utf8))
    for start in stride(from: 0, to: file.count, by: pieceSize) {
      hash.update(data: file.bytes(start..<min(start + pieceSize, file.count)))
    }
  }
}
