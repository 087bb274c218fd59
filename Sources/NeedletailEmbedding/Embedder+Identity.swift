internal import Crypto
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

extension Embedder {
  /// The version of Needletail's own arithmetic and of how it reads models.
  ///
  /// To be raised with every change that gives a text another vector, so that stored vectors of before are not compared
  /// with those of after.
  private static let arithmeticVersion = 4

  /// A name for what decides the vectors: equal for equal weights, files and settings, as SHA-256 in hexadecimal.
  ///
  /// Symbolic links are followed: what counts is what the files hold.
  ///
  /// - Throws: ``EmbeddingError`` with code `.unreadable` if a file of the model can no longer be read.
  /// - Complexity: O(bytes of the model's files).
  public func identity() throws -> String { try identity("\(settings) \(kernels.name)") }

  /// A name for the model and its settings, equal for the vectors of every machine: those differ in their last bits.
  ///
  /// - Throws: ``EmbeddingError`` with code `.unreadable` if a file of the model can no longer be read.
  /// - Complexity: O(bytes of the model's files).
  package func modelIdentity() throws -> String { try identity(settings) }

  private func identity(_ settings: String) throws -> String {
    var hash = SHA256()
    hash.update(data: Array(settings.utf8))
    if let folder {
      for folder in [folder] + pipeline.otherFolders + pipeline.adapterFolders {
        for file in try ModelFiles(folder).files { Self.add(file.name, try MappedFile(file.url), to: &hash) }
      }
    } else {
      for file in [BundledModel.table, BundledModel.vocabulary] { Self.add(file.path, file, to: &hash) }
    }
    return Self.hexadecimal(hash.finalize())
  }

  /// A name for how the model's files look from outside: while it stays the same, so does ``identity()``.
  ///
  /// - Returns: `nil` where the files say nothing yet, because one was changed a moment ago, and for the bundled model.
  /// - Throws: ``EmbeddingError`` with code `.unreadable` if the folder can no longer be listed.
  package func fingerprint(now: Date) throws -> String? {
    guard let folder else { return nil }
    let files = try ([folder] + pipeline.otherFolders + pipeline.adapterFolders).flatMap { try ModelFiles($0).files }
    let seconds = now.timeIntervalSince1970
    guard files.allSatisfy({ seconds - Double($0.changed) > 3 }) else { return nil }
    var hash = SHA256()
    hash.update(data: Array("\(settings) \(kernels.name)".utf8))
    for file in files { hash.update(data: Array("\(file.name)\0\(file.fingerprint)\0".utf8)) }
    return Self.hexadecimal(hash.finalize())
  }

  private var settings: String {
    "vectors \(Self.arithmeticVersion) \(configuration.prompt) \(dimension) \(maximumLength ?? 0)"
      + (configuration.precision == .float32 ? "" : " \(configuration.precision.rawValue)")
      + configuration.adapters.map { " + \($0.weight)" }.joined()
      + pipeline.adapterWeights.map { " with \($0)" }.joined() + (pipeline.layer.map { " layer \($0)" } ?? "")
  }

  private static func hexadecimal(_ digest: SHA256.Digest) -> String {
    digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Bytes that are hashed at a time.
  private static let pieceSize = 1 << 22

  private static func add(_ name: String, _ file: MappedFile, to hash: inout SHA256) {
    hash.update(data: Array("\(name)\0\(file.count)\0".utf8))
    for start in stride(from: 0, to: file.count, by: pieceSize) {
      hash.update(data: file.bytes(start..<min(start + pieceSize, file.count)))
    }
  }
}
