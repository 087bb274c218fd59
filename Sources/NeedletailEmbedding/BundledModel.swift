internal import CNeedletailAssets
internal import NeedletailModels
internal import NeedletailTensor
internal import NeedletailTokenizers

/// The static model inside the program: its table, its tokenizer, and a normalisation.
enum BundledModel {
  static func pipeline(kernels: Kernels) throws -> Pipeline {
    throw EmbeddingError(.unsupported, "bundled model", "this build has no bundled model")
  }
}
