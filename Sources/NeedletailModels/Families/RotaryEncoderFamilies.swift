internal import NeedletailTensor

/// Encoders whose positions are rotations of queries and keys.
extension TransformerFamily {
  /// Warner and others 2024, arXiv:2412.13663: rotary positions, gated feed-forward blocks, most layers with a window.
  static let modernBERT = TransformerFamily(
    modelType: "modernbert", prefixes: ["model."], positions: .rotary, order: .normalizedBefore, normalizesFirst: false,
    isGated: true,
    layerPattern: .modernBERT,
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
    biases: .init(projection: false, attentionOutput: false, up: false, down: false),
    configuration: .init(usualActivation: "silu"),
    weights: .init(
      embeddingNorm: "emb_ln", layer: "encoder.layers.", projection: ["attn.Wqkv"], attentionOutput: "attn.out_proj",
      attentionNorm: "norm1", up: ["mlp.fc12", "mlp.fc11"], down: "mlp.fc2", outputNorm: "norm2"),
    otherWeights: rotaryBERT)

  /// The same as its first release stores it, and the form whose tokens take two of eight feed-forward blocks (Nussbaum
  /// and Duderstadt 2025, arXiv:2502.07972).
  static let nomicBERTBefore = TransformerFamily(
    modelType: "nomic_bert", prefixes: ["nomic_bert."], positions: .rotary, rotaryBase: 1000,
    biases: .init(projection: false, attentionOutput: false, up: false, down: false),
    configuration: .init(
      hiddenSize: "n_embd", layers: "n_layer", heads: "n_head", intermediateSize: "n_inner",
      usualIntermediateFactor: 4, maximumPositions: "n_positions", activation: "activation_function",
      usualActivation: "swiglu", meantActivations: ["swiglu": "gated-silu", "geglu": "gated-gelu"],
      epsilon: "layer_norm_epsilon", attentionBias: "qkv_proj_bias", feedForwardBias: "mlp_fc1_bias",
      experts: ("num_experts", "moe_top_k", "moe_every_n_layers"),
      refused: ["prenorm", "use_rms_norm", "causal", "rotary_emb_interleaved", "parallel_block"]),
    weights: .init(
      embeddingNorm: "emb_ln", layer: "encoder.layers.", projection: ["attn.Wqkv"], attentionOutput: "attn.out_proj",
      attentionNorm: "norm1", up: ["mlp.fc1"], gatedUp: ["mlp.fc12", "mlp.fc11"], down: "mlp.fc2", outputNorm: "norm2"))

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

  /// Sturua and others 2024, arXiv:2409.10173, as transformers stores it: XLM-RoBERTa with rotary positions.
  static let jinaEmbeddingsV3 = TransformerFamily(
    modelType: "jina_embeddings_v3", prefixes: ["roberta."], positions: .rotary, rotaryBase: 20_000,
    configuration: .init(usualEpsilon: 1e-5),
    weights: .init(
      embeddingNorm: "emb_ln", layer: "encoder.layers.", projection: ["mixer.Wqkv"], attentionOutput: "mixer.out_proj",
      attentionNorm: "norm1", up: ["mlp.fc1"], down: "mlp.fc2", outputNorm: "norm2"),
    otherWeights: .init(
      layer: "layers.", projection: ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
      attentionOutput: "self_attn.o_proj", attentionNorm: "post_attention_layernorm", up: ["mlp.fc1"], down: "mlp.fc2",
      outputNorm: "post_mlp_layernorm"))

  /// Boizard and others 2025, arXiv:2503.05500: Llama that sees both ways.
  static let euroBERT = TransformerFamily(
    modelType: "eurobert", prefixes: ["model."], positions: .rotary, order: .normalizedBefore, norm: .rootMeanSquare,
    isGated: true, biases: .none,
    configuration: .llama(usualEpsilon: 1e-5), weights: .llama)

  /// Lee and others 2024, arXiv:2405.17428 (NV-Embed): Mistral that sees both ways and the whole text, whatever
  /// `sliding_window` says, and latents after it.
  static let nvEmbed = TransformerFamily(
    modelType: "nvembed", prefixes: ["embedding_model."], positions: .rotary, order: .normalizedBefore,
    norm: .rootMeanSquare, hasLatents: true, isGated: true, biases: .none,
    configuration: .llama(within: "text_config", attentionBias: nil, feedForwardBias: nil), weights: .llama)
}
