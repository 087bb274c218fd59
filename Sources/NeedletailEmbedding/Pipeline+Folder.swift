internal import FoundationEssentials
internal import NeedletailJSON
internal import NeedletailModels
internal import NeedletailTensor
internal import NeedletailTokenizers

extension Pipeline {
  /// Executes a folder: each module of `modules.json` in turn, anything unknown an error that names it.
  init(_ folder: ModelFolder, kernels: Kernels, team: ComputeTeam) async throws {
    let list = try ModuleList(folder)
    guard let first = list.entries.first else { throw EmbeddingError(.malformed, folder.url.path, "lists no modules") }
    let root = try folder.module(first.path)
    var rest = list.entries.dropFirst()
    switch first.kind {
    case .staticEmbedding:
      encoder = .table(try StaticEncoder(store: TensorStore(folder: root.url), kernels: kernels))
      maximumLength = nil
      lowercases = false
    default:
      let transformer = try await Self.transformer(root, kernels: kernels, team: team)
      var pooling = Pooling.mean
      if list.warning == nil {
        guard let entry = rest.first, entry.kind == .pooling else {
          throw EmbeddingError(
            .unsupported, folder.file("modules.json").path, "a Pooling module should follow the Transformer")
        }
        pooling = try Pooling(folder.module(entry.path), hiddenSize: transformer.hiddenSize)
        rest = rest.dropFirst()
      }
      encoder = .transformer(transformer, pooling)
      let settings = try Self.sentenceSettings(root)
      maximumLength = try Self.maximumLength(settings, root, limit: transformer.configuration.maximumLength)
      lowercases = try Self.reading(root, "sentence_bert_config.json") {
        try settings?.boolean("do_lower_case", default: false) ?? false
      }
    }
    tokenizer = try Tokenizer(folder: root.url)
    prompts = try Prompts(folder)
    warning = list.warning
    self.kernels = kernels
    var modules: [VectorModule] = []
    var dimension =
      switch encoder {
      case .transformer(let encoder, let pooling): pooling.dimension(hiddenSize: encoder.hiddenSize)
      case .table(let table): table.dimension
      }
    for entry in rest {
      guard let module = try VectorModule(entry, in: folder, dimension: dimension, kernels: kernels) else { continue }
      dimension = module.dimension(dimension)
      modules.append(module)
    }
    self.modules = modules
  }

  private static func transformer(
    _ folder: ModelFolder, kernels: Kernels, team: ComputeTeam
  ) async throws -> TransformerEncoder {
    guard let json = try folder.json("config.json") else {
      throw EmbeddingError(.unreadable, folder.file("config.json").path, "the model's configuration is missing")
    }
    let configuration = try EncoderConfiguration(json, subject: folder.file("config.json").path)
    return try await TransformerEncoder(
      configuration: configuration, store: TensorStore(folder: folder.url), kernels: kernels, team: team)
  }

  /// The settings of the Transformer module, under any of the names that they have had.
  private static func sentenceSettings(_ folder: ModelFolder) throws -> JSON? {
    for name in ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"] {
      if let json = try folder.json("sentence_\(name)_config.json") { return json }
    }
    return nil
  }

  /// `max_seq_length` wins; else the tokenizer's `model_max_length`; never more than the encoder has positions.
  private static func maximumLength(_ settings: JSON?, _ folder: ModelFolder, limit: Int) throws -> Int {
    try reading(folder, "sentence_bert_config.json") {
      if let settings, settings.optional("max_seq_length") != nil {
        return min(limit, try settings.integer("max_seq_length", in: 1...Int(Int32.max)))
      }
      let tokenizer = try folder.json("tokenizer_config.json")
      // Tokenizers without a limit of their own say 10³⁰.
      guard let value = tokenizer?.optional("model_max_length")?.double, value >= 1, value < Double(limit) else {
        return limit
      }
      return Int(value)
    }
  }

  private static func reading<Value>(_ folder: ModelFolder, _ file: String, _ body: () throws -> Value) throws -> Value
  {
    do { return try body() } catch let error as JSONError {
      throw EmbeddingError(.malformed, folder.file(file).path, "\(error)")
    }
  }
}
