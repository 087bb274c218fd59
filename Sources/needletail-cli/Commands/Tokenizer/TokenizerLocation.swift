import ArgumentParser
import Needletail
import NeedletailEmbedding

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The file that a tokenizer is read from.
struct TokenizerLocation {
  let file: URL
  /// The text of a `tokenizer.json`; `nil` for older files.
  let json: [UInt8]?

  /// - Parameter file: A tokenizer file.
  init(file: URL) throws {
    self.file = file
    json = file.pathExtension == "json" ? try Array(Data(contentsOf: file)) : nil
  }

  /// - Parameter name: A file, a model folder, or a model of the hub.
  init(_ name: String) throws {
    if Self.isFile(URL(filePath: name)) {
      try self.init(file: URL(filePath: name))
      return
    }
    guard let folder = try ModelSource(name).folder() else {
      throw ValidationError("the bundled model has no tokenizer file; name a file, a folder or a model that was pulled")
    }
    // A sentence-transformers folder may keep the tokenizer with its first module.
    for place in ["", "0_StaticEmbedding", "0_Transformer", "0_WordEmbeddings"] {
      let candidate = folder.appending(path: place)
      for file in ["tokenizer.json", "vocab.txt", "vocab.json"].map({ candidate.appending(path: $0) })
      where Self.isFile(file) {
        try self.init(file: file)
        return
      }
    }
    throw TokenizerError(
      .unreadable, "expected a tokenizer.json or a vocab.txt in this folder", subject: folder.relativePath)
  }

  /// The tokenizer itself.
  func tokenizer() throws -> Tokenizer {
    file.lastPathComponent == "vocab.json"
      ? try Tokenizer(folder: file.deletingLastPathComponent()) : try Tokenizer(contentsOf: file)
  }

  private static func isFile(_ url: URL) -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.resolvingSymlinksInPath().path)
    return attributes?[.type] as? FileAttributeType == .typeRegular
  }
}
