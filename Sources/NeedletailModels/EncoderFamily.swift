/// What tells one family of transformer encoders from another, as data: the names of its configuration keys and of its
/// weights, and the rule of its positions.
///
/// Adding a family means adding one value here and a fixture for its test.
struct EncoderFamily: Sendable {
  /// How positions are numbered.
  enum Positions: Sendable {
    /// 0, 1, 2, …
    case fromZero
    /// Padding id + 1, + 2, …; a token that is itself the padding token gets the padding id and is not counted.
    case afterPadding
  }

  /// The value of `model_type`.
  let modelType: String
  /// Prefixes that checkpoints put before every name, the empty one aside.
  let prefixes: [String]
  let positions: Positions
  let configuration: ConfigurationKeys
  let weights: WeightNames

  /// The keys of `config.json` that hold the sizes.
  struct ConfigurationKeys: Sendable {
    var hiddenSize = "hidden_size"
    var layers = "num_hidden_layers"
    var heads = "num_attention_heads"
    var intermediateSize = "intermediate_size"
    var activation = "hidden_act"
    /// `nil` where the family fixes ε at 10⁻¹².
    var epsilon: String? = "layer_norm_eps"
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
    var embeddingNorm = "embeddings.LayerNorm"
    var layer = "encoder.layer."
    var query = "attention.self.query"
    var key = "attention.self.key"
    var value = "attention.self.value"
    var attentionOutput = "attention.output.dense"
    var attentionNorm = "attention.output.LayerNorm"
    var up = "intermediate.dense"
    var down = "output.dense"
    var outputNorm = "output.LayerNorm"
    var relativeBias = "encoder.relative_attention_bias.weight"
  }

  static let all = [bert, roberta, xlmRoberta, camembert, distilBERT, mpnet]

  /// Devlin and others 2019, arXiv:1810.04805.
  static let bert = EncoderFamily(
    modelType: "bert", prefixes: ["bert."], positions: .fromZero, configuration: .init(), weights: .init())

  /// Liu and others 2019, arXiv:1907.11692.
  static let roberta = EncoderFamily(
    modelType: "roberta", prefixes: ["roberta."], positions: .afterPadding, configuration: .init(), weights: .init())

  /// Conneau and others 2020, arXiv:1911.02116.
  static let xlmRoberta = EncoderFamily(
    modelType: "xlm-roberta", prefixes: ["roberta.", "xlm_roberta."], positions: .afterPadding, configuration: .init(),
    weights: .init())

  /// Martin and others 2020, arXiv:1911.03894: RoBERTa under another name.
  static let camembert = EncoderFamily(
    modelType: "camembert", prefixes: ["roberta.", "camembert."], positions: .afterPadding, configuration: .init(),
    weights: .init())

  /// Sanh and others 2019, arXiv:1910.01108.
  static let distilBERT = EncoderFamily(
    modelType: "distilbert", prefixes: ["distilbert."], positions: .fromZero,
    configuration: .init(
      hiddenSize: "dim", layers: "n_layers", heads: "n_heads", intermediateSize: "hidden_dim",
      activation: "activation", epsilon: nil, segments: nil),
    weights: .init(
      layer: "transformer.layer.", query: "attention.q_lin", key: "attention.k_lin", value: "attention.v_lin",
      attentionOutput: "attention.out_lin", attentionNorm: "sa_layer_norm", up: "ffn.lin1", down: "ffn.lin2",
      outputNorm: "output_layer_norm"))

  /// Song and others 2020, arXiv:2004.09297.
  static let mpnet = EncoderFamily(
    modelType: "mpnet", prefixes: ["mpnet."], positions: .afterPadding,
    configuration: .init(segments: nil, relativeBuckets: "relative_attention_num_buckets"),
    weights: .init(
      query: "attention.attn.q", key: "attention.attn.k", value: "attention.attn.v",
      attentionOutput: "attention.attn.o", attentionNorm: "attention.LayerNorm"))
}
