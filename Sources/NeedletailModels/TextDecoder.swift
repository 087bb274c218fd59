internal import NeedletailTensor
internal import NeedletailTokenizers

/// T5's decoder over the text that its encoder read, a token later: what classifiers of T5 and mT5 stand on.
///
/// The decoder takes its start token and then all tokens of the text but the last (Lewis and others 2020,
/// arXiv:1910.13461, do the same for BART). Each token attends to those before it and to all states of its text.
struct TextDecoder: Sendable {
  private let configuration: TextDecoderConfiguration
  private let words: LookupTable
  private let layers: [TextDecoderLayer]
  private let selfAttention: Attention
  private let crossAttention: Attention
  private let finalNorm: Normalization

  /// Builds the decoder from the tensors of its folder, in float32.
  ///
  /// - Throws: ``ModelError`` with code `.weights` naming the tensor that is missing or does not fit, `.configuration`
  ///   for buckets that a decoder cannot have.
  init(
    configuration: TextDecoderConfiguration, store: TensorStore, adapters: [LowRankAdapter], kernels: Kernels
  ) throws(ModelError) {
    self.configuration = configuration
    let encoder = configuration.encoder
    // All buckets are for one direction here, so that distances up to half of them have a bucket each.
    guard encoder.relativeDistance > encoder.relativeBuckets / 2 else {
      throw ModelError(
        .configuration, store.path,
        "relative_attention_max_distance \(encoder.relativeDistance) is within the distances that have a bucket each "
          + "in the decoder")
    }
    let reader = try TransformerWeights(configuration: encoder, store: store, adapters: adapters, kernels: kernels)
    words = LookupTable(try reader.tensor(reader.names.words, [encoder.vocabularySize, encoder.hiddenSize]))
    var bias: DistanceBias?
    if configuration.layers > 0 {
      let table = try reader.tensor(
        "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
        [encoder.relativeBuckets, encoder.heads])
      bias = .learned(RelativePositionBias(table: table, maximumDistance: encoder.relativeDistance, isCausal: true))
    }
    selfAttention = Attention(
      heads: encoder.heads, headDimension: encoder.headDimension, scale: 1, window: .causal, bias: bias)
    crossAttention = Attention(heads: encoder.heads, headDimension: encoder.headDimension, scale: 1)
    layers = try (0..<configuration.layers).map { (index) throws(ModelError) in
      try TextDecoderLayer(index, own: ["q", "k", "v"], encoder, reader)
    }
    finalNorm = try reader.norm("decoder.final_layer_norm", features: encoder.hiddenSize)
  }

  /// Decodes the texts of a batch.
  ///
  /// - Parameters:
  ///   - states: The encoder's last, `[tokens, hiddenSize]`, unchanged.
  ///   - tokens: The texts that they are of.
  /// - Returns: `[tokens, hiddenSize]`, valid until the workspace is used again.
  func forward(_ states: Block, _ tokens: PackedTokens, in workspace: Workspace) -> Block {
    let rows = workspace.allocate(rows: states.rows, columns: states.columns)
    words.forward(shifted(tokens), to: rows, in: workspace)
    for layer in layers {
      layer.forward(rows, states, in: workspace) { projected in
        let context = workspace.allocate(rows: rows.rows, columns: selfAttention.queryFeatures)
        selfAttention.forward(projected, starts: tokens.starts, to: context, in: workspace)
        return context
      } look: { queries, memory in
        look(queries, memory, tokens, in: workspace)
      }
    }
    finalNorm.forward(rows, to: rows, in: workspace)
    return rows
  }

  /// The start token before each text, and its tokens but the last.
  private func shifted(_ tokens: PackedTokens) -> [Int32] {
    (0..<tokens.count).flatMap { text in
      let ids = tokens.ids[tokens.range(text)]
      return ids.isEmpty ? [] : [Int32(configuration.startID)] + ids.dropLast()
    }
  }

  /// What each row takes from the states of its text, which has as many.
  private func look(_ queries: Block, _ memory: Block, _ tokens: PackedTokens, in workspace: Workspace) -> Block {
    let projected = workspace.allocate(rows: queries.rows, columns: crossAttention.projectedFeatures)
    let (asked, kept) = (workspace.values(of: queries), workspace.values(of: memory))
    var joined: [Float] = []
    joined.reserveCapacity(asked.count + kept.count)
    for row in 0..<queries.rows {
      joined += asked[row * queries.columns..<(row + 1) * queries.columns]
      joined += kept[row * memory.columns..<(row + 1) * memory.columns]
    }
    workspace.write(joined, to: projected)
    let context = workspace.allocate(rows: queries.rows, columns: crossAttention.queryFeatures)
    crossAttention.forward(projected, starts: tokens.starts, to: context, in: workspace)
    return context
  }
}
