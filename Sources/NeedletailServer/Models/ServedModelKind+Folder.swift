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
      if let type = Self.json(folder, "config_sentence_transformers.json")?["model_type"]?.string {
        switch type {
        case "CrossEncoder": self = .crossEncoder
        case "SparseEncoder": self = .sparse
        case "MultiVectorEncoder": self = .multiVector
        default: self = .dense
        }
        return
      }
      if let modules = Self.json(folder, "modules.json") {
        let types = modules.elements.compactMap { $0["type"]?.string }
        self = types.contains { $0.contains("Splade") || $0.contains("sparse_encoder") } ? .sparse : .dense
        return
      }
      let names = Self.json(folder, "config.json")?["architectures"]?.elements.compactMap(\.string) ?? []
      self = names.contains { $0.hasSuffix("ForSequenceClassification") } ? .crossEncoder : .dense
    }

    private static func json(_ folder: URL, _ name: String) -> JSON? {
      guard let data = try? Data(contentsOf: folder.appending(path: name)), data.count < 1 << 24 else { return nil }
      return try? JSONDocument(parsing: [UInt8](data), subject: name).root
    }
  }
#endif
