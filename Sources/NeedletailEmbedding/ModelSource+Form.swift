internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension ModelSource {
  /// What a model makes of a text.
  public enum Form: Sendable, Equatable {
    /// One vector: ``Embedder``.
    case dense
    /// Weights of features, most of them zero: ``SparseEmbedder``.
    case sparse
    /// A vector for each token: ``MultiVectorEmbedder``.
    case multiVector
  }

  /// What the model's folder says it makes of a text; dense where it says nothing.
  ///
  /// - Throws: ``EmbeddingError`` if there is no such folder or its settings cannot be read.
  public func form() throws -> Form {
    guard let url = try folder() else { return .dense }
    let folder = try ModelFolder(url)
    switch try folder.modelType() {
    case "SparseEncoder": return .sparse
    case "MultiVectorEncoder", "ColBERT": return .multiVector
    case nil where !folder.has("modules.json"):
      let names = try folder.json("config.json")?.optional("architectures")?.elements.compactMap(\.string) ?? []
      return names.contains("HF_ColBERT") ? .multiVector : .dense
    default: return .dense
    }
  }
}
