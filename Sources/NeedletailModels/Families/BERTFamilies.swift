/// BERT and its relatives: positions from a table, normalised after each block or before it.
extension TransformerFamily {
  /// Devlin and others 2019, arXiv:1810.04805.
  static let bert = TransformerFamily(
    modelType: "bert", prefixes: ["bert."], positions: .fromZero, configuration: .init(), weights: .init())

  /// Günther and others 2023, arXiv:2310.19923 (JinaBERT v2): a bias that falls with the distance, and gates.
  ///
  /// Its second form, which weights tell, normalises queries and keys of all heads together, and the sum of attention
  /// twice.
  static let jinaBERT = TransformerFamily(
    modelType: "bert", positionType: "alibi", prefixes: ["bert."], positions: .linearBias, isGated: true,
    biases: .init(up: false),
    configuration: .init(
      activation: "feed_forward_type", usualActivation: "geglu", meantActivations: ["geglu": "gelu", "reglu": "relu"],
      refused: ["use_task_id"]),
    weights: .init(up: ["mlp.gated_layers"], down: "mlp.wo", outputNorm: "mlp.layernorm"),
    otherWeights: .init(
      queryNorm: "attention.self.layer_norm_q", keyNorm: "attention.self.layer_norm_k", normalizesHeadsTogether: true,
      attentionNorm: "layer_norm_1", attentionSumNorm: "attention.output.LayerNorm", attentionSumHasResidual: true,
      up: ["mlp.up_gated_layer"], isGateFirst: true, down: "mlp.down_layer", outputNorm: "layer_norm_2"))

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
    modelType: "mpnet", prefixes: ["mpnet."], positions: .afterPadding, paddingID: 1,
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
}
