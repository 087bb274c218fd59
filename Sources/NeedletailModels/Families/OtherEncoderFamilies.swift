internal import NeedletailTensor

/// The encoder of T5, and CLIP's tower for texts.
extension TransformerFamily {
  /// Raffel and others 2020, arXiv:1910.10683: no biases, no scale, and a bias for each bucket of distances.
  static let t5 = relative("t5")

  /// Xue and others 2021, arXiv:2010.11934.
  static let mt5 = relative("mt5")

  private static func relative(_ modelType: String) -> TransformerFamily {
    TransformerFamily(
      modelType: modelType, prefixes: ["transformer."], positions: .learnedBias, order: .normalizedBefore,
      norm: .rootMeanSquare, scoreScale: 1, biases: .none,
      configuration: .init(
        hiddenSize: "d_model", layers: "num_layers", heads: "num_heads", headDimension: "d_kv", usualHeadDimension: 64,
        intermediateSize: "d_ff", maximumPositions: "n_positions", usualPositions: 1 << 20,
        activation: "feed_forward_proj", usualActivation: "relu", meantActivations: ["gated-gelu": "gated-gelu_new"],
        epsilon: "layer_norm_epsilon", usualEpsilon: 1e-6, segments: nil,
        relativeBuckets: "relative_attention_num_buckets", relativeDistance: "relative_attention_max_distance"),
      weights: .init(
        words: "shared.weight", embeddingNorm: nil, layer: "encoder.block.", afterLayer: ".layer.",
        projection: ["0.SelfAttention.q", "0.SelfAttention.k", "0.SelfAttention.v"],
        attentionOutput: "0.SelfAttention.o", attentionNorm: "0.layer_norm", up: ["1.DenseReluDense.wi"],
        gatedUp: ["1.DenseReluDense.wi_0", "1.DenseReluDense.wi_1"], down: "1.DenseReluDense.wo",
        outputNorm: "1.layer_norm", finalNorm: "encoder.final_layer_norm",
        relativeBias: "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"))
  }

  /// Radford and others 2021, arXiv:2103.00020.
  static let clipText = towerForTexts("clip_text_model")
  /// The same inside a folder that has the tower for pictures as well.
  static let clip = towerForTexts("clip", within: "text_config")

  private static func towerForTexts(_ modelType: String, within: String? = nil) -> TransformerFamily {
    TransformerFamily(
      modelType: modelType, prefixes: ["text_model."], positions: .fromZero, isCausal: true, order: .normalizedBefore,
      configuration: .init(within: within, usualActivation: "quick_gelu", usualEpsilon: 1e-5, segments: nil),
      weights: .init(
        words: "embeddings.token_embedding.weight", positions: "embeddings.position_embedding.weight",
        embeddingNorm: nil, layer: "encoder.layers.",
        projection: ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"], attentionOutput: "self_attn.out_proj",
        attentionNorm: "layer_norm1", up: ["mlp.fc1"], down: "mlp.fc2", outputNorm: "layer_norm2",
        finalNorm: "final_layer_norm"))
  }
}
