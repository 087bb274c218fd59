/// What tells one family of transformer encoders from another, as data: the names of its configuration keys and of its
/// weights, and the rules of its positions and normalisations.
///
/// Adding a family means adding one value here and a fixture for its test.
struct TransformerFamily: Sendable {
  /// How positions are numbered.
  enum Positions: Sendable {
    /// 0, 1, 2, …
    case fromZero
    /// Padding id + 1, + 2, …; a token that is itself the padding token gets the padding id and is not counted.
    case afterPadding
    /// 0, 1, 2, …, as rotations of queries and keys and not as rows of a table.
    case rotary
  }

  /// The value of `model_type`.
  let modelType: String
  /// Prefixes that checkpoints put before every name, the empty one aside.
  let prefixes: [String]
  let positions: Positions
  /// Where a layer normalises.
  var order = TransformerLayer.Order.normalizedAfter
  /// Whether the first layer normalises what it takes.
  var normalizesFirst = true
  /// Whether the feed-forward block's first product gives what is activated and what gates it.
  var isGated = false
  /// The base of rotary positions that all layers share, where the configuration names none; `nil` where layers differ.
  var rotaryBase: Double?
  var biases = Biases()
  /// Whether a configuration may say that there are no segments.
  var allowsNoSegments = false
  let configuration: ConfigurationKeys
  let weights: WeightNames
  /// What other checkpoints call the same weights.
  var otherWeights: WeightNames?

  /// Which products and normalisations have biases where no key of the configuration says so.
  struct Biases: Sendable {
    var attention = true
    var up = true
    var down = true
    var norm = true
  }

  /// The keys of `config.json` that hold the sizes.
  struct ConfigurationKeys: Sendable {
    var hiddenSize = "hidden_size"
    var layers = "num_hidden_layers"
    var heads = "num_attention_heads"
    var intermediateSize = "intermediate_size"
    var activation = "hidden_act"
    /// The activation of a configuration that names none.
    var usualActivation = "gelu"
    /// Features of the word table where they may be fewer than the states'; `nil` where they never are.
    var embeddingSize: String?
    /// How many layers of their own weights there are, each used several times; `nil` where every layer has its own.
    var layerGroups: String?
    /// A configuration with another value than 1 here has layers that are not built.
    var layersPerGroup: String?
    /// `nil` where the family fixes ε.
    var epsilon: String? = "layer_norm_eps"
    /// ε where the configuration names none.
    var usualEpsilon = 1e-12
    /// The keys that say whether products and normalisations have biases; `nil` where ``TransformerFamily/biases`` does.
    var attentionBias: String?
    var feedForwardBias: String?
    var normBias: String?
    /// `nil` where the family has no segments.
    var segments: String? = "type_vocab_size"
    /// `nil` where attention has no relative bias.
    var relativeBuckets: String?
  }

  /// The names of the weights; those of a layer follow `layer` and the layer's number.
  struct WeightNames: Sendable {
    var words = "embeddings.word_embeddings.weight"
    var positions = "embeddings.position_embeddings.weight"
    var segments = "embeddings.token_type_embeddings.weight"
    /// A row that every token gets, the first of a table, where the configuration says so under `use_task_id`.
    var tasks: String?
    /// `nil` where the sum of the embeddings is not normalised.
    var embeddingNorm: String? = "embeddings.LayerNorm"
    /// The product that takes embeddings to states where the two differ in size.
    var embeddingProjection = ""
    var layer = "encoder.layer."
    /// What follows a layer's number.
    var afterLayer = "."
    /// Query, key and value, or all in one.
    var projection = ["attention.self.query", "attention.self.key", "attention.self.value"]
    var attentionOutput = "attention.output.dense"
    var attentionNorm = "attention.output.LayerNorm"
    /// The feed-forward block's first product; that of a gate may be two, what is activated first.
    var up = ["intermediate.dense"]
    /// Whether one product for both has the gate first.
    var isGateFirst = false
    var down = "output.dense"
    var outputNorm = "output.LayerNorm"
    /// The normalisation after the last layer, or `nil`.
    var finalNorm: String?
    var relativeBias = "encoder.relative_attention_bias.weight"
  }

  static let all = [
    bert, roberta, xlmRoberta, camembert, distilBERT, mpnet, electra, albert, ernie, bertGeneration, megatronBERT,
    robertaPreLayerNorm, xlmRobertaXL, modernBERT, nomicBERT, gte,
  ]

  /// Devlin and others 2019, arXiv:1810.04805.
  static let bert = TransformerFamily(
    modelType: "bert", prefixes: ["bert."], positions: .fromZero, configuration: .init(), weights: .init())

  /// Liu and others 2019, arXiv:1907.11692.
  static let roberta = TransformerFamily(
    modelType: "roberta", prefixes: ["roberta."], positions: .afterPadding, configuration: .init(), weights: .init())

  /// Conneau and others 2020, arXiv:1911.02116.
  static let xlmRoberta = TransformerFamily(
    modelType: "xlm-roberta", prefixes: ["roberta.", "xlm_roberta."], positions: .afterPadding, configuration: .init(),
    weights: .init())

  /// Martin and others 2020, arXiv:1911.03894: RoBERTa under another name.
  static let camembert = TransformerFamily(
    modelType: "camembert", prefixes: ["roberta.", "camembert."], positions: .afterPadding, configuration: .init(),
    weights: .init())

  /// Sanh and others 2019, arXiv:1910.01108.
  static let distilBERT = TransformerFamily(
    modelType: "distilbert", prefixes: ["distilbert."], positions: .fromZero,
    configuration: .init(
      hiddenSize: "dim", layers: "n_layers", heads: "n_heads", intermediateSize: "hidden_dim",
      activation: "activation", epsilon: nil, segments: nil),
    weights: .init(
      layer: "transformer.layer.", projection: ["attention.q_lin", "attention.k_lin", "attention.v_lin"],
      attentionOutput: "attention.out_lin", attentionNorm: "sa_layer_norm", up: ["ffn.lin1"], down: "ffn.lin2",
      outputNorm: "output_layer_norm"))

  /// Song and others 2020, arXiv:2004.09297.
  static let mpnet = TransformerFamily(
    modelType: "mpnet", prefixes: ["mpnet."], positions: .afterPadding,
    configuration: .init(segments: nil, relativeBuckets: "relative_attention_num_buckets"),
    weights: .init(
      projection: ["attention.attn.q", "attention.attn.k", "attention.attn.v"],
      attentionOutput: "attention.attn.o", attentionNorm: "attention.LayerNorm"))

  /// Clark and others 2020, arXiv:2003.10555.
  static let electra = TransformerFamily(
    modelType: "electra", prefixes: ["electra."], positions: .fromZero,
    configuration: .init(embeddingSize: "embedding_size"),
    weights: .init(embeddingProjection: "embeddings_project"))

  /// Lan and others 2020, arXiv:1909.11942: one layer's weights for all layers.
  static let albert = TransformerFamily(
    modelType: "albert", prefixes: ["albert."], positions: .fromZero,
    configuration: .init(
      usualActivation: "gelu_new", embeddingSize: "embedding_size", layerGroups: "num_hidden_groups",
      layersPerGroup: "inner_group_num"),
    weights: .init(
      embeddingProjection: "encoder.embedding_hidden_mapping_in", layer: "encoder.albert_layer_groups.",
      afterLayer: ".albert_layers.0.", projection: ["attention.query", "attention.key", "attention.value"],
      attentionOutput: "attention.dense", attentionNorm: "attention.LayerNorm", up: ["ffn"], down: "ffn_output",
      outputNorm: "full_layer_layer_norm"))

  /// Sun and others 2019, arXiv:1904.09223.
  static let ernie = TransformerFamily(
    modelType: "ernie", prefixes: ["ernie."], positions: .fromZero, configuration: .init(),
    weights: .init(tasks: "embeddings.task_type_embeddings.weight"))

  /// Rothe, Narayan and Severyn 2020, arXiv:1907.12461: BERT without segments.
  static let bertGeneration = TransformerFamily(
    modelType: "bert-generation", prefixes: ["bert."], positions: .fromZero, configuration: .init(segments: nil),
    weights: .init())

  /// Shoeybi and others 2019, arXiv:1909.08053.
  static let megatronBERT = TransformerFamily(
    modelType: "megatron-bert", prefixes: ["bert."], positions: .fromZero, order: .normalizedBefore,
    configuration: .init(),
    weights: .init(embeddingNorm: nil, attentionNorm: "attention.ln", outputNorm: "ln", finalNorm: "encoder.ln"))

  /// Wettig and others 2023, arXiv:2202.08005.
  static let robertaPreLayerNorm = TransformerFamily(
    modelType: "roberta-prelayernorm", prefixes: ["roberta_prelayernorm."], positions: .afterPadding,
    order: .normalizedBefore, configuration: .init(),
    weights: .init(attentionNorm: "attention.LayerNorm", outputNorm: "intermediate.LayerNorm", finalNorm: "LayerNorm"))

  /// Goyal and others 2021, arXiv:2105.00572.
  static let xlmRobertaXL = TransformerFamily(
    modelType: "xlm-roberta-xl", prefixes: ["roberta."], positions: .afterPadding, order: .normalizedBefore,
    configuration: .init(),
    weights: .init(
      embeddingNorm: nil, attentionNorm: "attention.self_attn_layer_norm", outputNorm: "LayerNorm",
      finalNorm: "encoder.LayerNorm"))

  /// Warner and others 2024, arXiv:2412.13663: rotary positions, gated feed-forward blocks, most layers with a window.
  static let modernBERT = TransformerFamily(
    modelType: "modernbert", prefixes: ["model."], positions: .rotary, order: .normalizedBefore, normalizesFirst: false,
    isGated: true,
    configuration: .init(
      activation: "hidden_activation", epsilon: "norm_eps", usualEpsilon: 1e-5, attentionBias: "attention_bias",
      feedForwardBias: "mlp_bias", normBias: "norm_bias", segments: nil),
    weights: .init(
      words: "embeddings.tok_embeddings.weight", embeddingNorm: "embeddings.norm", layer: "layers.",
      projection: ["attn.Wqkv"], attentionOutput: "attn.Wo", attentionNorm: "attn_norm", up: ["mlp.Wi"], down: "mlp.Wo",
      outputNorm: "mlp_norm", finalNorm: "final_norm"))

  /// Nussbaum and others 2024, arXiv:2402.01613: BERT with rotary positions and gates.
  static let nomicBERT = TransformerFamily(
    modelType: "nomic_bert", prefixes: ["nomic_bert."], positions: .rotary, isGated: true, rotaryBase: 1000,
    biases: .init(attention: false, up: false, down: false), configuration: .init(usualActivation: "silu"),
    weights: .init(
      embeddingNorm: "emb_ln", layer: "encoder.layers.", projection: ["attn.Wqkv"], attentionOutput: "attn.out_proj",
      attentionNorm: "norm1", up: ["mlp.fc12", "mlp.fc11"], down: "mlp.fc2", outputNorm: "norm2"),
    otherWeights: rotaryBERT)

  /// Zhang and others 2024, arXiv:2407.19669 (mGTE).
  static let gte = TransformerFamily(
    modelType: "gte", prefixes: ["gte.", "new."], positions: .rotary, isGated: true, rotaryBase: 160_000,
    biases: .init(up: false), allowsNoSegments: true, configuration: .init(),
    weights: .init(
      layer: "encoder.layer.", projection: ["attention.qkv_proj"], attentionOutput: "attention.o_proj",
      attentionNorm: "attn_ln", up: ["mlp.up_gate_proj"], isGateFirst: true, down: "mlp.down_proj",
      outputNorm: "mlp_ln"),
    otherWeights: rotaryBERT)

  /// What transformers calls the weights of BERT with rotary positions and gates.
  private static let rotaryBERT = WeightNames(
    layer: "layers.", projection: ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
    attentionOutput: "self_attn.o_proj", attentionNorm: "post_attention_layernorm",
    up: ["mlp.gate_proj", "mlp.up_proj"], down: "mlp.down_proj", outputNorm: "post_mlp_layernorm")
}
