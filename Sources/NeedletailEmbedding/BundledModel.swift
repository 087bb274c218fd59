internal import CNeedletailAssets
internal import NeedletailModels
internal import NeedletailTensor
internal import NeedletailTokenizers

/// The static model inside the program: its table, its tokenizer, and a normalisation.
enum BundledModel {
  /// What errors and the identity of the model call its files.
  static let tableName = "bundled model"
  static let vocabularyName = "bundled vocabulary"

  static func pipeline(kernels: Kernels) throws -> Pipeline {
    let store = try TensorStore(table)
    return Pipeline(
      tokenizer: try tokenizer(), encoder: .table(try StaticEncoder(store: store, kernels: kernels)),
      modules: [.normalize], prompts: .none, kernels: kernels, maximumLength: nil, warning: nil)
  }

  static func tokenizer() throws -> Tokenizer {
    let file = vocabulary
    return try Tokenizer(vocabulary: file.bytes(0..<file.count), subject: vocabularyName)
  }

  /// The table, as a safetensors file.
  static var table: MappedFile { unsafe file(nt_asset_bundled_model, tableName) }

  /// The vocabulary, a token a line.
  static var vocabulary: MappedFile { unsafe file(nt_asset_bundled_vocabulary, vocabularyName) }

  private static func file(_ asset: nt_asset, _ name: String) -> MappedFile {
    unsafe MappedFile(constant: asset.bytes, count: asset.count, name: name)
  }
}
