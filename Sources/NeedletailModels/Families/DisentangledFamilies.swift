/// DeBERTa: attention that looks at content and at distances apart.
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

  private static func disentangledKeys(headDimension: String? = nil, refused: [String] = []) -> ConfigurationKeys {
    ConfigurationKeys(
      headDimension: headDimension, embeddingSize: "embedding_size", usualEmbeddingSize: 0,
      positionTable: "position_biased_input", usualEpsilon: 1e-7, usualSegments: 0, refused: refused)
  }
}
