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
  /// - Complexity: O(bytes of the model's files).
  public var identity: String {
    var hash = SHA256()
    hash.update(
      data: Array("\(configuration.prompt) \(dimension) \(maximumLength ?? 0) \(kernels.name)".utf8))
    if let folder {
      let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
      for name in names.sorted() where name.hasSuffix(".json") || name.hasSuffix(".txt") || name.hasSuffix(".safetensors") {
        hash.update(data: Array("\(name)\0".utf8))
        guard let file = try? MappedFile(folder.appending(path: name)) else { continue }
        for start in stride(from: 0, to: file.count, by: 1 << 22) {
          hash.update(data: file.bytes(start..<min(start + (1 << 22), file.count)))
        }
      }
    }
    return hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
