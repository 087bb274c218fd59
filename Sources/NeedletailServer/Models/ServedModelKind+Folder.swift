#if Server
  internal import NeedletailJSON

  #if canImport(FoundationEssentials)
    internal import FoundationEssentials
  #else
    internal import Foundation
  #endif

  extension ServedModelKind {
    /// What the model of a folder gives, as its descriptions say it; loading it finds out whether they are right.
    init(of folder: URL) {
      let config = Self.json(folder, "config.json")
      if let type = Self.json(folder, "config_sentence_transformers.json")?["model_type"]?.string {
        switch type {
        case "CrossEncoder": self = Self.scores(config)
        case "SparseEncoder": self = .sparse
        case "MultiVectorEncoder", "ColBERT": self = .multiVector
        default: self = .dense
        }
        return
      }
      if let modules = Self.json(folder, "modules.json") {
        let types = modules.elements.compactMap { $0["type"]?.string }
        self = types.contains { $0.contains("Splade") || $0.contains("sparse_encoder") } ? .sparse : .dense
        return
      }
      let names = config?["architectures"]?.elements.compactMap(\.string) ?? []
      if names.contains("HF_ColBERT") {
        self = .multiVector
      } else {
        self = names.contains { $0.hasSuffix("ForSequenceClassification") } ? Self.scores(config) : .dense
      }
    }

    /// Whether a model that scores pairs gives one score or several, by its names for them.
    private static func scores(_ config: JSON?) -> ServedModelKind {
      let labels = config?["id2label"].map { $0.kind == .object ? $0.count : 1 } ?? config?["num_labels"]?.integer ?? 1
      return labels > 1 ? .classifier : .crossEncoder
    }

    private static func json(_ folder: URL, _ name: String) -> JSON? {
      guard let data = try? Data(contentsOf: folder.appending(path: name)), data.count < 1 << 24 else { return nil }
      return try? JSONDocument(parsing: [UInt8](data), subject: name).root
    }
  }
#endif
