import Needletail
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Where a new tokenizer goes: a folder, or a file for its `tokenizer.json` alone.
enum TokenizerDestination {
  case file(String)
  case folder(URL)

  /// Looks at the place before the work begins.
  ///
  /// - Throws: ``TensorError`` where a tokenizer, or something else, is in the way.
  init(_ path: String) throws {
    let place = URL(filePath: path)
    var isFolder = false
    if let kind = try? FileManager.default.attributesOfItem(atPath: place.path)[.type] as? FileAttributeType {
      isFolder = kind == .typeDirectory
      guard isFolder || path.hasSuffix(".json") else {
        throw TensorError(.unwritable, path, "is a file; a tokenizer goes into a folder, or into a file named .json")
      }
    }
    if path == "-" || (!isFolder && path.hasSuffix(".json")) {
      self = .file(path)
      return
    }
    for name in ["tokenizer.json", "tokenizer_config.json"]
    where FileManager.default.fileExists(atPath: place.appending(path: name).path) {
      throw TensorError(.unwritable, path, "has a \(name) already; choose another folder or remove it")
    }
    self = .folder(place)
  }

  /// Writes the files; each gets its name when it is complete, `tokenizer.json` last.
  func write(_ trained: TrainedTokenizer) throws {
    switch self {
    case .file(let path): try Self.write(trained.tokenizerJSON, path)
    case .folder(let folder):
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Self.write(trained.configurationJSON, folder.appending(path: "tokenizer_config.json").path)
      try Self.write(trained.tokenizerJSON, folder.appending(path: "tokenizer.json").path)
    }
  }

  private static func write(_ bytes: [UInt8], _ path: String) throws {
    let file = try OutputFile(path)
    try file.append(bytes)
    try file.commit()
  }
}
