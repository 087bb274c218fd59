public import NeedletailJSON
public import NeedletailTensor

/// The sizes and rules of a transformer, read from a `config.json`.
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
  /// Heads of keys and of values, each shared by several queries where they are fewer.
  public let keyValueHeads: Int
  /// Features of a head.
  public let headDimension: Int
  /// Features between the two products of a feed-forward block.
  public let intermediateSize: Int
  /// Tokens of the longest text; rows of the position table, those below the first used one included, where there is one.
  public let maximumPositions: Int
  /// Rows of the segment table; 0 where the family has none.
  public let segments: Int
  /// The function inside the feed-forward block.
  public let activation: Activation
  /// ε of every normalisation.
  public let epsilon: Float
  /// The id that positions of the RoBERTa kind count from.
  public let paddingID: Int
  /// Buckets of the relative attention bias; 0 where there is none.
  public let relativeBuckets: Int
  /// Rows of the task table, of which every token gets the first; 0 where there is none.
  public let tasks: Int

  /// Whether a token sees only those before it.
  public let isCausal: Bool
  /// Whether words' rows are the weights of the head that gives logits.
  public let isTied: Bool

  /// Whether its weights are stored in 8 bits.
  let isQuantized: Bool
  let family: TransformerFamily
  /// Where a layer normalises.
  let order: TransformerLayer.Order
  /// Whether the feed-forward block has a gate.
  let isGated: Bool
  /// Whether queries and keys are normalised where there are weights for it.
  let normalizesQueries: Bool
  /// What attention scores are multiplied with.
  let scoreScale: Float
  /// What bounds attention scores, and logits of words; 0 for nothing.
  let scoreCap: Float
  let logitCap: Float
  /// Which layers let a token take some of several feed-forward blocks, how many there are, and how many it takes.
  let expertLayers: [Bool]
  let experts: Int
  let expertsTaken: Int
  /// The distance from which on all share a bucket of the relative bias.
  let relativeDistance: Int
  /// Each layer's attention.
  let rules: [LayerRule]
  /// What attention looks at besides content, where the family has it look at more.
  let disentangled: DisentangledRule?
  /// What follows the last layer, or `nil`; what the model's own code does with texts is part of it.
  package let latents: LatentRule?
  /// What follows the first layer, or `nil`.
  let convolution: ConvolutionRule?
  /// Whether there is a table of positions.
  let hasPositionTable: Bool
  /// Which products and normalisations have biases.
  let biases: TransformerFamily.Biases

  /// How many layers in a row have the same weights.
  var uses: Int { layerGroups > 0 ? layers / layerGroups : 1 }

  /// How many tokens a text may have at most: more than the positions that the configuration states where those of
  /// longer texts are scaled as the text needs it.
  public var maximumLength: Int {
    rules.compactMap { $0.rotary?.longest(positions: maximumPositions) }.min() ?? usualLength
  }

  /// At how many tokens a text is cut where nobody asks for more.
  public var usualLength: Int {
    family.positions == .afterPadding ? maximumPositions - paddingID - 1 : maximumPositions
  }

  /// The model types that can be read.
  public static let supportedModelTypes = TransformerFamily.all.reduce(into: [String]()) { types, family in
    if family.classes.isEmpty, !types.contains(family.modelType) { types.append(family.modelType) }
  }

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

  private init(reading whole: JSON, subject: String) throws {
    let (modelType, families) = try Self.families(whole)
    let positionType = try whole.string("position_embedding_type", default: "absolute")
    let named = families.filter { $0.positionType == positionType }
    // Releases of one family call their sizes by different keys.
    guard
      let family = named.first(where: { whole.optional($0.configuration.hiddenSize) != nil }) ?? named.first
        ?? families.first
    else {
      throw ModelError(
        .unsupported, subject,
        "model_type \"\(modelType)\" is not supported; supported are "
          + Self.supportedModelTypes.joined(separator: ", ") + ", and architectures that begin with "
          + TransformerFamily.all.flatMap(\.classes).joined(separator: ", "))
    }
    let keys = family.configuration
    let json = try keys.within.map { try whole.value($0).expect(.object, $0) } ?? whole
    try Self.refuseUnknown(json, family: family, subject: subject)
    isQuantized = try StoredQuantization.check(whole, isTransposed: family.weights.isTransposed, subject: subject)
    self.family = family
    vocabularySize = try json.integer("vocab_size", in: 1...10_000_000)
    let hiddenSize = try json.integer(keys.hiddenSize, in: 1...65_536)
    self.hiddenSize = hiddenSize
    let usualSize = keys.usualEmbeddingSize > 0 ? keys.usualEmbeddingSize : hiddenSize
    embeddingSize =
      try keys.embeddingSize.map { try json.integer($0, in: 1...65_536, default: usualSize) } ?? hiddenSize
    let layers = try json.integer(keys.layers, in: 0...1024)
    self.layers = layers
    layerGroups = try keys.layerGroups.map { try json.integer($0, in: 1...max(1, layers), default: 1) } ?? layers
    let heads = try json.integer(keys.heads, in: 1...1024)
    self.heads = heads
    keyValueHeads = try keys.keyValueHeads.map { try json.integer($0, in: 1...heads, default: heads) } ?? heads
    let share = keys.usualHeadDimension > 0 ? keys.usualHeadDimension : hiddenSize / heads
    let headDimension = try keys.headDimension.map { try json.integer($0, in: 1...65_536, default: share) } ?? share
    self.headDimension = headDimension
    intermediateSize = try json.integer(
      keys.intermediateSize, in: 1...1_048_576,
      default: keys.usualIntermediateFactor > 0 ? keys.usualIntermediateFactor * hiddenSize : nil)
    let positions = try json.integer(
      keys.maximumPositions, in: 1...1_048_576, default: keys.usualPositions > 0 ? keys.usualPositions : nil)
    maximumPositions = positions
    segments =
      try keys.segments.map { key in
        try json.integer(key, in: (family.allowsNoSegments ? 0 : 1)...1024, default: keys.usualSegments)
      } ?? 0
    let name = try keys.activation.map { try json.string($0, default: keys.usualActivation) } ?? keys.usualActivation
    let meant = keys.meantActivations[name] ?? name
    isGated = family.isGated || meant.hasPrefix("gated-")
    activation = try Self.activation(
      meant.hasPrefix("gated-") ? String(meant.dropFirst(6)) : meant, keys.activation ?? "", subject: subject)
    epsilon = Float(try keys.epsilon.map { try json.double($0, default: keys.usualEpsilon) } ?? keys.usualEpsilon)
    biases = try Self.biases(json, family)
    isCausal =
      try family.isCausal && json.boolean("is_causal", default: true)
      && !(keys.bidirectional.map { try json.boolean($0, default: false) } ?? false)
    isTied = try json.boolean("tie_word_embeddings", default: keys.usuallyTied)
    let sideBySide = try keys.parallel.map { try json.boolean($0, default: true) } ?? (family.order == .parallel)
    order = family.order == .parallel && !sideBySide ? .normalizedBefore : family.order
    normalizesQueries = try keys.normalizesQueries.map { try json.boolean($0, default: false) } ?? true
    let divisor = try keys.scoreDivisor.map { try json.double($0, default: Double(headDimension)) }
    scoreScale = family.scoreScale ?? Float(1 / (divisor ?? Double(headDimension)).squareRoot())
    scoreCap = Float(try keys.scoreCap.map { try json.double($0, default: 0) } ?? 0)
    logitCap = Float(try keys.logitCap.map { try json.double($0, default: 0) } ?? 0)
    rules = try family.layerPattern.rules(json, layers: layers, isCausal: isCausal, subject: subject) {
      (parameters, base) throws in
      guard family.positions == .rotary else { return nil }
      let usual = try json.double("rope_theta", default: json.double("rotary_emb_base", default: family.rotaryBase))
      let part = try json.double(
        "partial_rotary_factor",
        default: json.double("rotary_pct", default: json.double("rotary_emb_fraction", default: family.rotaryPart)))
      return try RotaryRule(
        parameters, base: base ?? usual, part: part, headDimension: headDimension, positions: positions,
        original: json.optional("original_max_position_embeddings")?.integer ?? family.originalPositions,
        subject: subject)
    }
    hasPositionTable =
      try [.fromZero, .afterPadding].contains(family.positions)
      && (keys.positionTable.map { try json.boolean($0, default: true) } ?? true)
    disentangled = try family.disentangled.map { release in
      try DisentangledRule(
        json, release: release, maximumPositions: positions, numbersEach: layers * heads * headDimension,
        subject: subject)
    }
    latents = try family.hasLatents ? LatentRule(whole, hiddenSize: hiddenSize, subject: subject) : nil
    convolution = try family.disentangled == .second ? ConvolutionRule(json, subject: subject) : nil
    let experts = try keys.experts.map { keys in
      (
        count: try json.integer(keys.count, in: 0...1024, default: 0),
        taken: try json.integer(keys.taken, in: 1...1024, default: 1),
        every: try json.integer(keys.every, in: 0...1024, default: 0)
      )
    }
    expertLayers =
      experts.map { experts in
        (0..<layers).map { experts.count > 0 && experts.every > 0 && $0 % experts.every == 1 }
      } ?? Array(repeating: false, count: layers)
    self.experts = experts?.count ?? 0
    expertsTaken = min(experts?.taken ?? 0, experts?.count ?? 0)
    let padding = try json.integer(
      "pad_token_id", in: 0...10_000_000, default: family.positions == .afterPadding ? 1 : 0)
    paddingID = family.paddingID ?? padding
    // With 512 buckets the near distances alone would reach the farthest that is told apart.
    relativeBuckets = try keys.relativeBuckets.map { try json.integer($0, in: 4...511, default: 32) } ?? 0
    relativeDistance = try keys.relativeDistance.map { try json.integer($0, in: 1...1_048_576, default: 128) } ?? 128
    let usesTasks = try family.weights.tasks != nil && json.boolean("use_task_id", default: false)
    tasks = usesTasks ? try json.integer("task_type_vocab_size", in: 1...1024, default: 3) : 0
    if let key = keys.layersPerGroup, case let count = try json.integer(key, in: 1...1024, default: 1), count != 1 {
      throw ModelError(.unsupported, subject, "\(key) is \(count); only 1 is supported")
    }
    try check(keys, subject: subject)
  }

  /// The families that a configuration may be of, and what it calls them.
  private static func families(_ json: JSON) throws -> (modelType: String, families: [TransformerFamily]) {
    // The published code of some families gives them another's model_type, or none.
    let architecture = json.optional("architectures")?.elements.first(where: { _ in true })?.string ?? ""
    if let family = TransformerFamily.all.first(where: { $0.classes.contains(where: architecture.hasPrefix) }) {
      return (family.modelType, [family])
    }
    let modelType = try json.string("model_type")
    return (modelType, TransformerFamily.all.filter { $0.classes.isEmpty && $0.modelType == modelType })
  }

  /// Sizes that do not fit each other.
  private func check(_ keys: TransformerFamily.ConfigurationKeys, subject: String) throws {
    guard layerGroups == 0 || layers % layerGroups == 0 else {
      throw ModelError(
        .unsupported, subject, "\(layers) layers in \(layerGroups) groups: only groups of equal size are supported")
    }
    guard keys.headDimension != nil || hiddenSize % heads == 0 else {
      throw ModelError(
        .configuration, subject, "\(keys.hiddenSize) \(hiddenSize) is not a multiple of \(keys.heads) \(heads)")
    }
    guard headDimension > 0, heads * headDimension <= 1 << 20 else {
      throw ModelError(.configuration, subject, "\(heads) heads of \(headDimension) features")
    }
    guard heads % keyValueHeads == 0 else {
      throw ModelError(
        .configuration, subject,
        "\(keys.heads) \(heads) is not a multiple of \(keys.keyValueHeads ?? "") \(keyValueHeads)")
    }
    guard epsilon >= 0, epsilon < 1 else {
      throw ModelError(.configuration, subject, "the layer normalisation ε \(epsilon) is outside 0 to 1")
    }
    guard scoreScale > 0, scoreScale.isFinite, scoreCap >= 0, logitCap >= 0 else {
      throw ModelError(
        .configuration, subject,
        "attention scores are scaled by \(scoreScale) and capped at \(scoreCap), logits at \(logitCap)")
    }
    // Nearer distances have a bucket each; beyond them the logarithm grows to the farthest.
    guard relativeBuckets == 0 || relativeDistance > relativeBuckets / 4 else {
      throw ModelError(
        .configuration, subject,
        "\(keys.relativeDistance ?? "") \(relativeDistance) is within the distances that have a bucket each")
    }
    guard family.positions != .afterPadding || maximumPositions > paddingID + 1 else {
      throw ModelError(
        .configuration, subject, "max_position_embeddings \(maximumPositions) leaves no position after the padding")
    }
  }

  /// Which products and normalisations have biases.
  private static func biases(_ json: JSON, _ family: TransformerFamily) throws -> TransformerFamily.Biases {
    let keys = family.configuration
    let attention = try keys.attentionBias.map { try json.boolean($0, default: family.biases.projection) }
    let feedForward = try keys.feedForwardBias.map { try json.boolean($0, default: false) }
    return TransformerFamily.Biases(
      projection: attention ?? family.biases.projection, attentionOutput: attention ?? family.biases.attentionOutput,
      up: feedForward ?? family.biases.up, down: feedForward ?? family.biases.down,
      norm: try keys.normBias.map { try json.boolean($0, default: false) } ?? family.biases.norm)
  }

  /// Options that would change the result and are not built.
  private static func refuseUnknown(_ json: JSON, family: TransformerFamily, subject: String) throws {
    let kind = try json.string("position_embedding_type", default: family.positionType)
    // NomicBERT's configurations name what the family always has.
    guard kind == family.positionType || (kind == "rotary" || kind == "rope") && family.positions == .rotary else {
      throw ModelError(
        .unsupported, subject, "position_embedding_type \"\(kind)\" is not supported, only \"\(family.positionType)\"")
    }
    let block = try json.string("feed_forward_type", default: "geglu")
    guard ["geglu", "reglu"].contains(block) || !family.isGated else {
      throw ModelError(
        .unsupported, subject, "feed_forward_type \"\(block)\" is not supported, only \"geglu\" and \"reglu\"")
    }
    for key in family.configuration.refused where try json.boolean(key, default: false) {
      throw ModelError(.unsupported, subject, "\(key) is true, which is not supported")
    }
    for key in ["is_decoder", "add_cross_attention"]
    where try !(family.isCausal && key == "is_decoder") && json.boolean(key, default: false) {
      throw ModelError(.unsupported, subject, "\(key) is true, which is not supported for \(family.modelType)")
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
    case "quick_gelu": return .quickGELU
    case "linear": return .identity
    default:
      throw ModelError(
        .unsupported, subject,
        "\(key) \"\(name)\" is not supported; supported are gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, quick_gelu, "
          + "relu, silu, swish, tanh, sigmoid and linear")
    }
  }
}
