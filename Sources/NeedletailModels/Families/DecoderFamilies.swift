internal import NeedletailTensor

/// Models that were trained to tell the next token, and embed texts with the states that they have for it.
extension TransformerFamily {
  /// Touvron and others 2023, arXiv:2302.13971; Grattafiori and others 2024, arXiv:2407.21783.
  static let llama = TransformerFamily(
    modelType: "llama", prefixes: ["model."], positions: .rotary, isCausal: true, order: .normalizedBefore,
    norm: .rootMeanSquare, isGated: true, biases: .none, configuration: .llama(), weights: .llama)

  /// Jiang and others 2023, arXiv:2310.06825: every layer sees a window where the configuration names one.
  static let mistral = TransformerFamily(
    modelType: "mistral", prefixes: ["model."], positions: .rotary, isCausal: true, order: .normalizedBefore,
    norm: .rootMeanSquare, isGated: true, layerPattern: .windowed, biases: .none,
    configuration: .llama(attentionBias: nil, feedForwardBias: nil), weights: .llama)

  /// Yang and others 2024, arXiv:2407.10671: biases for query, key and value.
  static let qwen2 = TransformerFamily(
    modelType: "qwen2", prefixes: ["model."], positions: .rotary, isCausal: true, order: .normalizedBefore,
    norm: .rootMeanSquare, isGated: true, layerPattern: .qwen,
    biases: .init(attentionOutput: false, up: false, down: false, norm: false),
    configuration: .llama(attentionBias: nil, feedForwardBias: nil), weights: .llama)

  /// Yang and others 2025, arXiv:2505.09388: queries and keys are normalised.
  static let qwen3 = TransformerFamily(
    modelType: "qwen3", prefixes: ["model."], positions: .rotary, isCausal: true, order: .normalizedBefore,
    norm: .rootMeanSquare, isGated: true, layerPattern: .qwen, biases: .none,
    configuration: .llama(usualHeadDimension: 128, feedForwardBias: nil),
    weights: .llama(queryNorm: "self_attn.q_norm", keyNorm: "self_attn.k_norm"))

  /// Gemma Team 2024, arXiv:2403.08295: scaled words, and factors of normalisations stored less 1.
  static let gemma = TransformerFamily(
    modelType: "gemma", prefixes: ["model."], positions: .rotary, isCausal: true, order: .normalizedBefore,
    norm: .rootMeanSquare, normsCountFromOne: true, scalesWords: true, isGated: true, biases: .none,
    configuration: .gemma(activation: "hidden_act", meantActivations: ["gelu": "gelu_pytorch_tanh"]), weights: .llama)

  /// Gemma Team 2024, arXiv:2408.00118: every other layer sees a window, scores are bounded, and what a block gives is
  /// normalised as well.
  static let gemma2 = TransformerFamily(
    modelType: "gemma2", prefixes: ["model."], positions: .rotary, isCausal: true, order: .normalizedAround,
    norm: .rootMeanSquare, normsCountFromOne: true, scalesWords: true, isGated: true,
    layerPattern: .alternating(every: 2), biases: .none,
    configuration: .gemma(scoreDivisor: "query_pre_attn_scalar", scoreCap: "attn_logit_softcapping"),
    weights: .gemma())

  /// Gemma Team 2025, arXiv:2503.19786, and EmbeddingGemma (Vera and others 2025, arXiv:2509.20354), which sees both ways.
  static let gemma3 = TransformerFamily(
    modelType: "gemma3_text", prefixes: ["model.", "language_model.model."], positions: .rotary, isCausal: true,
    order: .normalizedAround, norm: .rootMeanSquare, normsCountFromOne: true, scalesWords: true, isGated: true,
    layerPattern: .gemma3, biases: .none,
    configuration: .gemma(scoreDivisor: "query_pre_attn_scalar", scoreCap: "attn_logit_softcapping"),
    weights: .gemma(queryNorm: "self_attn.q_norm", keyNorm: "self_attn.k_norm"))

  /// Li and others 2023, arXiv:2309.05463: attention and feed-forward block side by side on one normalisation.
  static let phi = TransformerFamily(
    modelType: "phi", prefixes: ["model."], positions: .rotary, isCausal: true, order: .parallel, rotaryPart: 0.5,
    configuration: .init(
      keyValueHeads: "num_key_value_heads", usualActivation: "gelu_new", usualEpsilon: 1e-5, segments: nil,
      normalizesQueries: "qk_layernorm", usuallyTied: false),
    weights: .init(
      words: "embed_tokens.weight", embeddingNorm: nil, layer: "layers.",
      projection: ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"], queryNorm: "self_attn.q_layernorm",
      keyNorm: "self_attn.k_layernorm", attentionOutput: "self_attn.dense", attentionNorm: "input_layernorm",
      up: ["mlp.fc1"], down: "mlp.fc2", outputNorm: nil, finalNorm: "final_layernorm", head: "lm_head"))

  /// Abdin and others 2024, arXiv:2404.14219: Llama with products in one.
  static let phi3 = TransformerFamily(
    modelType: "phi3", prefixes: ["model."], positions: .rotary, isCausal: true, order: .normalizedBefore,
    norm: .rootMeanSquare, isGated: true, layerPattern: .windowed, originalPositions: 4096, biases: .none,
    configuration: .llama(usualEpsilon: 1e-5, attentionBias: nil, feedForwardBias: nil),
    weights: .llama(projection: ["self_attn.qkv_proj"], up: ["mlp.gate_up_proj"]))

  /// Radford and others 2019, "Language Models are Unsupervised Multitask Learners".
  static let gpt2 = TransformerFamily(
    modelType: "gpt2", prefixes: ["transformer."], positions: .fromZero, isCausal: true, order: .normalizedBefore,
    configuration: .init(
      hiddenSize: "n_embd", layers: "n_layer", heads: "n_head", intermediateSize: "n_inner", usualIntermediateFactor: 4,
      maximumPositions: "n_positions", activation: "activation_function", usualActivation: "gelu_new",
      epsilon: "layer_norm_epsilon", usualEpsilon: 1e-5, segments: nil,
      refused: ["scale_attn_by_inverse_layer_idx"]),
    weights: .init(
      words: "wte.weight", positions: "wpe.weight", embeddingNorm: nil, layer: "h.", projection: ["attn.c_attn"],
      attentionOutput: "attn.c_proj", attentionNorm: "ln_1", up: ["mlp.c_fc"], down: "mlp.c_proj", outputNorm: "ln_2",
      finalNorm: "ln_f", isTransposed: true, head: "lm_head"))

  /// Black and others 2022, arXiv:2204.06745: a quarter of the features turn, and the two blocks stand side by side.
  static let gptNeoX = TransformerFamily(
    modelType: "gpt_neox", prefixes: ["gpt_neox."], positions: .rotary, isCausal: true, order: .parallel,
    rotaryPart: 0.25,
    configuration: .init(
      usualEpsilon: 1e-5, segments: nil, parallel: "use_parallel_residual", usuallyTied: false),
    weights: .init(
      words: "embed_in.weight", embeddingNorm: nil, layer: "layers.", projection: ["attention.query_key_value"],
      projectionLayout: .byHead, attentionOutput: "attention.dense", attentionNorm: "input_layernorm",
      up: ["mlp.dense_h_to_4h"], down: "mlp.dense_4h_to_h", outputNorm: "post_attention_layernorm",
      finalNorm: "final_layer_norm", head: "embed_out"))

  /// Le Scao and others 2022, arXiv:2211.05100: positions as a bias that falls with the distance.
  static let bloom = TransformerFamily(
    modelType: "bloom", prefixes: ["transformer."], positions: .linearBias, isCausal: true, order: .normalizedBefore,
    configuration: .init(
      layers: "n_layer", heads: "n_head", usualIntermediateFactor: 4, maximumPositions: "seq_length",
      usualPositions: 2048, usualActivation: "gelu_new", epsilon: "layer_norm_epsilon", usualEpsilon: 1e-5,
      segments: nil, refused: ["apply_residual_connection_post_layernorm"]),
    weights: .init(
      words: "word_embeddings.weight", embeddingNorm: "word_embeddings_layernorm", layer: "h.",
      projection: ["self_attention.query_key_value"], projectionLayout: .byHead,
      attentionOutput: "self_attention.dense",
      attentionNorm: "input_layernorm", up: ["mlp.dense_h_to_4h"], down: "mlp.dense_4h_to_h",
      outputNorm: "post_attention_layernorm", finalNorm: "ln_f", head: "lm_head"))
}

extension TransformerFamily.ConfigurationKeys {
  /// The keys of Llama and those who follow it.
  static func llama(
    within: String? = nil, usualHeadDimension: Int = 0, usualEpsilon: Double = 1e-6,
    attentionBias: String? = "attention_bias", feedForwardBias: String? = "mlp_bias"
  ) -> Self {
    Self(
      within: within, keyValueHeads: "num_key_value_heads", headDimension: "head_dim",
      usualHeadDimension: usualHeadDimension, usualActivation: "silu", epsilon: "rms_norm_eps",
      usualEpsilon: usualEpsilon, attentionBias: attentionBias, feedForwardBias: feedForwardBias, segments: nil,
      usuallyTied: false)
  }

  /// The keys of Gemma.
  static func gemma(
    activation: String = "hidden_activation", meantActivations: [String: String] = [:], scoreDivisor: String? = nil,
    scoreCap: String? = nil
  ) -> Self {
    Self(
      keyValueHeads: "num_key_value_heads", headDimension: "head_dim", usualHeadDimension: 256, activation: activation,
      usualActivation: "gelu_pytorch_tanh", meantActivations: meantActivations, epsilon: "rms_norm_eps",
      usualEpsilon: 1e-6, attentionBias: "attention_bias", segments: nil, scoreDivisor: scoreDivisor,
      scoreCap: scoreCap, logitCap: "final_logit_softcapping", bidirectional: "use_bidirectional_attention")
  }
}

extension TransformerFamily.WeightNames {
  /// What Llama and those who follow it call their weights.
  static let llama = llama()

  static func llama(
    projection: [String] = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
    up: [String] = ["mlp.gate_proj", "mlp.up_proj"], queryNorm: String? = nil, keyNorm: String? = nil
  ) -> Self {
    Self(
      words: "embed_tokens.weight", embeddingNorm: nil, layer: "layers.", projection: projection, queryNorm: queryNorm,
      keyNorm: keyNorm, attentionOutput: "self_attn.o_proj", attentionNorm: "input_layernorm", up: up,
      down: "mlp.down_proj", outputNorm: "post_attention_layernorm", finalNorm: "norm", head: "lm_head")
  }

  /// What Gemma calls them where blocks are normalised on both sides.
  static func gemma(queryNorm: String? = nil, keyNorm: String? = nil) -> Self {
    var names = llama(queryNorm: queryNorm, keyNorm: keyNorm)
    names.attentionSumNorm = "post_attention_layernorm"
    names.outputNorm = "pre_feedforward_layernorm"
    names.outputSumNorm = "post_feedforward_layernorm"
    return names
  }
}
