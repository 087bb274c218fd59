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
    /// What CLIP's folders had before sentence-transformers 5.4.
    case clip = "CLIPModel"
    case staticEmbedding = "StaticEmbedding"
    case pooling = "Pooling"
    case dense = "Dense"
    case normalize = "Normalize"
    case layerNorm = "LayerNorm"
    case dropout = "Dropout"
    case router = "Router"
    case maskedLanguage = "MLMTransformer"
    case spladePooling = "SpladePooling"
    case sparseAutoEncoder = "SparseAutoEncoder"
    case sparseStaticEmbedding = "SparseStaticEmbedding"
    case multiVectorMask = "MultiVectorMask"
    case logitScore = "LogitScore"

    /// Whether it takes texts; other modules take what one of these gives.
    var isEncoder: Bool {
      switch self {
      case .transformer, .clip, .staticEmbedding, .router, .maskedLanguage, .sparseStaticEmbedding: true
      default: false
      }
    }
  }

  let kind: Kind
  let path: String

  init(kind: Kind, path: String) {
    self.kind = kind
    self.path = path
  }

  /// Reads the name of a class; `place` is where it stands.
  init(type: String, path: String, at place: JSON) throws(JSONError) {
    let isKnown = type.hasPrefix("sentence_transformers.") || type == "pylate.models.Dense.Dense"
    guard isKnown, let name = type.split(separator: ".").last, let kind = Kind(rawValue: String(name)) else {
      throw place.error(.outOfRange, "the module type \"\(type)\" is not supported")
    }
    self.init(kind: kind, path: path)
  }
}

/// What `modules.json` lists, in order; for a plain transformers folder, what sentence-transformers would assume.
struct ModuleList: Sendable {
  let entries: [ModuleEntry]
  /// What was assumed because the folder does not say it, for the user to read.
  let warning: String?

  init(entries: [ModuleEntry], warning: String?) {
    self.entries = entries
    self.warning = warning
  }

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
        try ModuleEntry(type: entry.string("type"), path: entry.string("path", default: ""), at: entry)
      }
    } catch {
      throw EmbeddingError(
        error.code == .outOfRange ? .unsupported : .malformed, error, subject: folder.file("modules.json").path)
    }
    warning = nil
    guard let first = entries.first, first.kind.isEncoder else {
      throw EmbeddingError(
        .unsupported, folder.file("modules.json").path, "the first module should be Transformer or StaticEmbedding")
    }
    guard !entries.dropFirst().contains(where: \.kind.isEncoder) else {
      throw EmbeddingError(.unsupported, folder.file("modules.json").path, "lists a second encoder")
    }
  }
}
