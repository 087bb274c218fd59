internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// One entry of `modules.json`.
struct ModuleEntry: Sendable {
  /// The modules that sentence-transformers defines and Needletail executes, by the last part of their type.
  enum Kind: String, Sendable {
    case transformer = "Transformer"
    case staticEmbedding = "StaticEmbedding"
    case pooling = "Pooling"
    case dense = "Dense"
    case normalize = "Normalize"
    case layerNorm = "LayerNorm"
    case dropout = "Dropout"
  }

  let kind: Kind
  let path: String
}

/// What `modules.json` lists, in order; for a plain transformers folder, what sentence-transformers would assume.
struct ModuleList: Sendable {
  let entries: [ModuleEntry]
  /// What was assumed because the folder does not say it, for the user to read.
  let warning: String?

  init(_ folder: ModelFolder) throws(EmbeddingError) {
    guard let json = try folder.json("modules.json") else {
      guard folder.has("config.json") || folder.has("adapter_config.json") else {
        throw EmbeddingError(
          .unreadable, folder.url.path, "has neither modules.json nor config.json; is it a model folder?")
      }
      entries = [ModuleEntry(kind: .transformer, path: "")]
      warning = "\(folder.url.path) has no modules.json: using mean pooling without normalisation"
      return
    }
    do {
      entries = try json.expect(.array, "modules.json").elements.map { entry throws(JSONError) in
        let type = try entry.string("type")
        guard type.hasPrefix("sentence_transformers."), let name = type.split(separator: ".").last,
          let kind = ModuleEntry.Kind(rawValue: String(name))
        else { throw entry.error(.outOfRange, "the module type \"\(type)\" is not supported") }
        return ModuleEntry(kind: kind, path: try entry.string("path", default: ""))
      }
    } catch {
      throw EmbeddingError(
        error.code == .outOfRange ? .unsupported : .malformed, error, subject: folder.file("modules.json").path)
    }
    warning = nil
    guard let first = entries.first, first.kind == .transformer || first.kind == .staticEmbedding else {
      throw EmbeddingError(
        .unsupported, folder.file("modules.json").path, "the first module should be Transformer or StaticEmbedding")
    }
    guard !entries.dropFirst().contains(where: { $0.kind == .transformer || $0.kind == .staticEmbedding }) else {
      throw EmbeddingError(.unsupported, folder.file("modules.json").path, "lists a second encoder")
    }
  }
}
