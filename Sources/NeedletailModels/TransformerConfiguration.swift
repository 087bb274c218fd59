public import NeedletailJSON
public import NeedletailTensor

/// The sizes and rules of a transformer encoder, read from a `config.json`.
public struct TransformerConfiguration: Sendable {
  /// The value of `model_type`, one of ``supportedModelTypes``.
  public var modelType: String { family.modelType }
  /// Rows of the word table.
  public let vocabularySize: Int
  /// Features of a token state.
  public let hiddenSize: Int
  /// Features of a row of the word, position and segment tables; the states' where nothing else is said.
  public let embeddingSize: Int
  /// Transformer layers.
  public let layers: Int
  /// How many of them have weights of their own; the others repeat them.
  public let layerGroups: Int
  /// Attention heads of a layer.
  public let heads: Int
  /// Features between the two products of a feed-forward block.
  public let intermediateSize: Int
  /// Rows of the position table, those below the first used one included.
  public let maximumPositions: Int
  /// Rows of the segment table; 0 where the family has none.
  public let segments: Int
  /// The function inside the feed-forward block.
  public let activation: Activation
  /// ε of every layer normalisation.
  public let epsilon: Float
  /// The id that positions of the RoBERTa kind count from.
  public let paddingID: Int
  /// Buckets of the relative attention bias; 0 where there is none.
  public let relativeBuckets: Int
  /// Rows of the task table, of which every token gets the first; 0 where there is none.
  public let tasks: Int

  let family: TransformerFamily
  /// Each layer's attention.
  let rules: [LayerRule]
  /// Which products and normalisations have biases.
  let biases: TransformerFamily.Biases

  /// How many layers in a row have the same weights.
  var uses: Int { layerGroups > 0 ? layers / layerGroups : 1 }

  /// How many tokens a text may have at most.
  public var maximumLength: Int {
    family.positions == .afterPadding ? maximumPositions - paddingID - 1 : maximumPositions
  }

  /// The model types that can be read.
  public static let supportedModelTypes = TransformerFamily.all.map(\.modelType)

  /// Reads a configuration.
  ///
  /// - Parameters:
  ///   - json: The object in `config.json`.
  ///   - subject: The file that errors name.
  /// - Throws: ``ModelError`` naming the key or the architecture at fault.
  public init(_ json: JSON, subject: String) throws(ModelError) {
    do { try self.init(reading: json, subject: subject) } catch let error as ModelError { throw error } catch {
      throw ModelError(.configuration, error, subject: subject)
    }
  }

  private init(reading json: JSON, subject: String) throws {
    let modelType = try json.string("model_type")
    guard let family = TransformerFamily.all.first(where: { $0.modelType == modelType }) else {
      throw ModelError(
        .unsupported, subject,
        "model_type \"\(modelType)\" is not supported; supported are "
          + Self.supportedModelTypes.joined(separator: ", "))
    }
    try Self.refuseUnknown(json, subject: subject)
    self.family = family
    let keys = family.configuration
    vocabularySize = try json.integer("vocab_size", in: 1...10_000_000)
    let hiddenSize = try json.integer(keys.hiddenSize, in: 1...65_536)
    self.hiddenSize = hiddenSize
    embeddingSize = try keys.embeddingSize.map { try json.integer($0, in: 1...65_536, default: 128) } ?? hiddenSize
    let layers = try json.integer(keys.layers, in: 0...1024)
    self.layers = layers
    layerGroups = try keys.layerGroups.map { try json.integer($0, in: 1...max(1, layers), default: 1) } ?? layers
    heads = try json.integer(keys.heads, in: 1...1024)
    intermediateSize = try json.integer(keys.intermediateSize, in: 1...1_048_576)
    maximumPositions = try json.integer("max_position_embeddings", in: 1...1_048_576)
    segments =
      try keys.segments.map { key in
        try json.integer(key, in: (family.allowsNoSegments ? 0 : 1)...1024, default: 2)
      } ?? 0
    activation = try Self.activation(
      json.string(keys.activation, default: keys.usualActivation), keys.activation, subject: subject)
    epsilon = Float(try keys.epsilon.map { try json.double($0, default: keys.usualEpsilon) } ?? keys.usualEpsilon)
    let feedForwardBias = try keys.feedForwardBias.map { try json.boolean($0, default: false) }
    biases = TransformerFamily.Biases(
      attention: try keys.attentionBias.map { try json.boolean($0, default: false) } ?? family.biases.attention,
      up: feedForwardBias ?? family.biases.up, down: feedForwardBias ?? family.biases.down,
      norm: try keys.normBias.map { try json.boolean($0, default: false) } ?? family.biases.norm)
    rules = try LayerRule.rules(json, family: family, layers: layers, subject: subject)
    paddingID = try json.integer("pad_token_id", in: 0...10_000_000, default: family.positions == .afterPadding ? 1 : 0)
    // With 512 buckets the near distances alone would reach the farthest that is told apart.
    relativeBuckets = try keys.relativeBuckets.map { try json.integer($0, in: 4...511, default: 32) } ?? 0
    let usesTasks = try family.weights.tasks != nil && json.boolean("use_task_id", default: false)
    tasks = usesTasks ? try json.integer("task_type_vocab_size", in: 1...1024, default: 3) : 0
    if let key = keys.layersPerGroup, case let count = try json.integer(key, in: 1...1024, default: 1), count != 1 {
      throw ModelError(.unsupported, subject, "\(key) is \(count); only 1 is supported")
    }
    guard layerGroups == 0 || layers % layerGroups == 0 else {
      throw ModelError(
        .unsupported, subject, "\(layers) layers in \(layerGroups) groups: only groups of equal size are supported")
    }
    guard hiddenSize % heads == 0 else {
      throw ModelError(
        .configuration, subject, "\(keys.hiddenSize) \(hiddenSize) is not a multiple of \(keys.heads) \(heads)")
    }
    guard epsilon >= 0, epsilon < 1 else {
      throw ModelError(.configuration, subject, "the layer normalisation ε \(epsilon) is outside 0 to 1")
    }
    guard family.positions != .rotary || hiddenSize / heads % 2 == 0 else {
      throw ModelError(
        .configuration, subject, "a head has \(hiddenSize / heads) features; rotary positions need an even number")
    }
    guard family.positions != .afterPadding || maximumPositions > paddingID + 1 else {
      throw ModelError(
        .configuration, subject, "max_position_embeddings \(maximumPositions) leaves no position after the padding")
    }
  }

  /// Options that would change the result and are not built.
  private static func refuseUnknown(_ json: JSON, subject: String) throws {
    let kind = try json.string("position_embedding_type", default: "absolute")
    guard kind == "absolute" else {
      throw ModelError(.unsupported, subject, "position_embedding_type \"\(kind)\" is not supported, only \"absolute\"")
    }
    for key in ["is_decoder", "add_cross_attention"] where try json.boolean(key, default: false) {
      throw ModelError(.unsupported, subject, "\(key) is true; only encoders are supported")
    }
    if json.optional("quantization_config") != nil {
      throw ModelError(.unsupported, subject, "quantization_config is set; only float weights are supported")
    }
  }

  static func activation(_ name: String, _ key: String, subject: String) throws -> Activation {
    switch name {
    case "gelu": return .gelu
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": return .geluTanh
    case "relu": return .relu
    case "silu", "swish": return .silu
    case "tanh": return .tanh
    case "sigmoid": return .sigmoid
    case "linear": return .identity
    default:
      throw ModelError(
        .unsupported, subject,
        "\(key) \"\(name)\" is not supported; supported are gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, relu, silu, "
          + "swish, tanh, sigmoid and linear")
    }
  }
}
