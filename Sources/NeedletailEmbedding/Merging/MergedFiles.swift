internal import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What a merged folder takes over from its base: everything but the transformer's weights, in whatever format.
struct MergedFiles {
  /// The weight files that are not taken over though nothing replaces them one by one, as paths below the folder.
  private(set) var leftOut: [String] = []
  /// Where each file comes from, by its path in the new folder.
  private var sources: [String: URL] = [:]

  private static let pieceSize = 1 << 20
  private static let maximumDepth = 8
  /// How transformers and others call the weights of a whole model, by beginning and ending.
  private static let weights: [(start: String, end: String)] = [
    ("model", ".safetensors"), ("model", ".safetensors.index.json"), ("pytorch_model", ".bin"),
    ("pytorch_model", ".bin.index.json"), ("consolidated", ".safetensors"), ("consolidated", ".pth"),
    ("adapter_model", ".safetensors"), ("adapter_model", ".bin"), ("tf_model", ".h5"), ("tf_model", ".h5.index.json"),
    ("flax_model", ".msgpack"), ("flax_model", ".msgpack.index.json"), ("rust_model", ".ot"), ("model.ckpt", ""),
    ("", ".onnx"), ("", ".onnx_data"), ("", ".gguf"), ("", ".tflite"), ("", ".mlmodel"),
  ]
  /// Endings of files in folders that are no module's, where they hold the model once more.
  private static let exports = [".bin", ".safetensors", ".pt", ".pth", ".h5", ".msgpack", ".ot", ".xml"]

  /// Lists what is taken over.
  ///
  /// - Parameters:
  ///   - folder: The model.
  ///   - base: Where its transformer's configuration and weights are.
  ///   - path: The transformer's place in the folder.
  ///   - modules: The places of the other modules.
  ///   - replaced: The files that the new weights stand for.
  init(_ folder: ModelFolder, base: ModelFolder, path: String, modules: [String], replaced: [String]) throws {
    let replaced = Set(replaced)
    let root = try folder.module(path)
    let prefix = path.isEmpty ? "" : path + "/"
    if root.url != base.url {
      // What stands beside an adapter says how the base is used; the base says what it is, and reads texts where there
      // is no tokenizer beside the adapter.
      let own = ["modules.json", ModelFolder.settings, "README.md"]
      for name in try Self.list(base.url) where !Self.isFolder(base.file(name)) && !Self.isWeights(name) {
        let isTaken = root.has("tokenizer_config.json") ? name.hasSuffix("config.json") : true
        let isSettings = name.hasPrefix("tokenizer") || name.hasPrefix("sentence_")
        guard isTaken, !own.contains(name), !root.has("tokenizer_config.json") || !isSettings else { continue }
        sources[prefix + name] = base.file(name)
      }
    }
    var pending = [(path: "", depth: 0)]
    while let next = pending.popLast() {
      for name in try Self.list(folder.file(next.path)) {
        let file = next.path.isEmpty ? name : "\(next.path)/\(name)"
        let url = folder.file(file)
        if Self.isFolder(url) {
          // Stores of models link files, never folders; such a link could lead anywhere.
          guard !Self.isLink(url), next.depth < Self.maximumDepth else {
            throw EmbeddingError(
              .unsupported, url.path, "is a link to a folder or too deep in others; copy the model without it")
          }
          pending.append((file, next.depth + 1))
          continue
        }
        if replaced.contains(url.path) || (next.path == path && name == "adapter_config.json") { continue }
        let isModule = modules.contains { !$0.isEmpty && (next.path == $0 || next.path.hasPrefix($0 + "/")) }
        let isOld =
          next.path == path
          ? Self.isWeights(name)
          : !isModule && (Self.isWeights(name) || Self.exports.contains(where: name.hasSuffix))
        if isOld {
          if root.url == base.url || !name.hasPrefix("adapter_model") { leftOut.append(file) }
        } else {
          sources[file] = url
        }
      }
    }
    leftOut.sort()
  }

  /// Copies the files, links followed.
  func copy(to folder: URL) throws {
    for (path, source) in sources.sorted(by: { $0.key < $1.key }) {
      let target = folder.appending(path: path)
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      let mapped = try MappedFile(source)
      let file = try OutputFile(target.path)
      for start in stride(from: 0, to: mapped.count, by: Self.pieceSize) {
        try file.append(mapped.bytes(start..<min(start + Self.pieceSize, mapped.count)))
      }
      try file.commit()
    }
  }

  private static func isWeights(_ name: String) -> Bool {
    weights.contains { name.hasPrefix($0.start) && ($0.end.isEmpty || name.hasSuffix($0.end)) }
  }

  /// The names in a folder, hidden ones aside, which programs keep their own things in.
  private static func list(_ folder: URL) throws(EmbeddingError) -> [String] {
    do {
      // The trailing slash makes a link to a folder that folder.
      return try FileManager.default.contentsOfDirectory(atPath: folder.path + "/").filter { !$0.hasPrefix(".") }
        .sorted()
    } catch { throw EmbeddingError(.unreadable, folder.path, "cannot be listed") }
  }

  private static func isLink(_ url: URL) -> Bool {
    var status = stat()
    return unsafe lstat(url.path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  private static func isFolder(_ url: URL) -> Bool {
    var status = stat()
    return unsafe stat(url.path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
