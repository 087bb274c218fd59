/// DeBERTa and LTG-BERT: attention that looks at content and at distances apart.
extension TransformerFamily {
  /// He and others 2021, arXiv:2006.03654.
  static let deberta = TransformerFamily(
    modelType: "deberta", prefixes: ["deberta."], positions: .fromZero, normalizesProjected: true, disentangled: .first,
    biases: .init(projection: false), allowsNoSegments: true,
    configuration: disentangledKeys(refused: ["talking_head"]),
    weights: .init(
      embeddingProjection: "embeddings.embed_proj", projection: ["attention.self.in_proj"], projectionLayout: .byHead,
      projectionBiases: ["attention.self.q_bias", nil, "attention.self.v_bias"], positionKey: "attention.self.pos_proj",
      positionQuery: "attention.self.pos_q_proj", positionKeyHasBias: false))

  /// He and others 2023, arXiv:2111.09543, and the second release of the first paper.
  static let debertaV2 = TransformerFamily(
    modelType: "deberta-v2", prefixes: ["deberta."], positions: .fromZero, normalizesProjected: true,
    disentangled: .second, allowsNoSegments: true,
    configuration: disentangledKeys(headDimension: "attention_head_size"),
    weights: .init(
      embeddingProjection: "embeddings.embed_proj",
      projection: ["attention.self.query_proj", "attention.self.key_proj", "attention.self.value_proj"],
      positionKey: "attention.self.pos_key_proj", positionQuery: "attention.self.pos_query_proj"))

  /// Samuel and others 2023, arXiv:2303.09859: LTG-BERT as NorBERT 3 and the models of HPLT have it.
  static let ltgBERT = ltgBERT(["Norbert", "Ltgbert"], distancesLayout: .stacked)
  /// The same as first released, for the British National Corpus, and in the baselines of BabyLM: rows of distances give
  /// queries and keys head by head.
  static let ltgBERTByHead = ltgBERT(["LtgBert"], distancesLayout: .byHead)

  private static func ltgBERT(_ classes: [String], distancesLayout: ProjectionLayout) -> TransformerFamily {
    TransformerFamily(
      modelType: "ltgbert", classes: classes, prefixes: [], positions: .learnedBias, order: .normalizedAround,
      disentangled: .shared, isGated: true, biases: .init(up: false, down: false),
      configuration: .init(
        usualPositions: 512, activation: nil, usualActivation: "gelu_new", usualEpsilon: 1e-7, segments: nil),
      weights: .init(
        words: "embedding.word_embedding.weight", embeddingNorm: "embedding.word_layer_norm",
        layer: "transformer.layers.", projection: ["attention.in_proj_qk", "attention.in_proj_v"],
        distances: "embedding.relative_embedding", distancesNorm: "embedding.relative_layer_norm",
        distancesLayout: distancesLayout, attentionOutput: "attention.out_proj",
        attentionNorm: "attention.pre_layer_norm", attentionSumNorm: "attention.post_layer_norm", up: ["mlp.mlp.1"],
        isGateFirst: true, gatedNorm: "mlp.mlp.3", down: "mlp.mlp.4", outputNorm: "mlp.mlp.0",
        normsWithoutWeights: ["word_layer_norm", "pre_layer_norm", "mlp.mlp.0", "mlp.mlp.3"]))
  }

  private static func disentangledKeys(headDimension: String? = nil, refused: [String] = []) -> ConfigurationKeys {
    ConfigurationKeys(
      headDimension: headDimension, embeddingSize: "embedding_size", usualEmbeddingSize: 0,
      positionTable: "position_biased_input", usualEpsilon: 1e-7, usualSegments: 0, refused: refused)
  }
}
