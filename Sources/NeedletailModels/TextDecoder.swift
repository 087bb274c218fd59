internal import NeedletailTensor
internal import NeedletailTokenizers

/// T5's decoder over the text that its encoder read, a token later: what classifiers of T5 and mT5 stand on.
///
/// The decoder takes its start token and then all tokens of the text but the last (Lewis and others 2020,
/// arXiv:1910.13461, do the same for BART). Each token attends to those before it and to all states of its text.
struct TextDecoder: Sendable {
  private struct Layer: Sendable {
    let selfNorm: Normalization
    /// Queries, keys and values.
    let projection: Linear
    let selfAttention: Attention
    let selfOutput: Linear
    let crossNorm: Normalization
    let queries: Linear
    /// Keys, then values.
    let memory: Linear
    let crossAttention: Attention
    let crossOutput: Linear
    let outputNorm: Normalization
    let up: Linear
    let gating: Gating?
    let down: Linear
  }

  private let configuration: TextDecoderConfiguration
  private let words: LookupTable
  private let layers: [Layer]
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
    layers = try (0..<configuration.layers).map { (index) throws(ModelError) in
      try Self.layer(index, encoder, bias, reader)
    }
    finalNorm = try reader.norm("decoder.final_layer_norm", features: encoder.hiddenSize)
  }

  private static func layer(
    _ index: Int, _ encoder: TransformerConfiguration, _ bias: DistanceBias?, _ reader: TransformerWeights
  ) throws(ModelError) -> Layer {
    let (hidden, wide, heads, size) = (
      encoder.hiddenSize, encoder.intermediateSize, encoder.heads, encoder.headDimension
    )
    let inner = heads * size
    let name = "decoder.block.\(index).layer."
    let product = { (names: [String], inputs: Int, outputs: Int, activation: Activation) throws(ModelError) in
      try reader.linear(
        names.map { name + $0 }, inputs, names.map { _ in outputs }, activation, hasBias: false, precision: .float32)
    }
    let own = ["q", "k", "v"].map { "0.SelfAttention.\($0)" }
    let up = encoder.isGated ? ["2.DenseReluDense.wi_0", "2.DenseReluDense.wi_1"] : ["2.DenseReluDense.wi"]
    return Layer(
      selfNorm: try reader.norm(name + "0.layer_norm", features: hidden),
      projection: try product(own, hidden, inner, .identity),
      selfAttention: Attention(heads: heads, headDimension: size, scale: 1, window: .causal, bias: bias),
      selfOutput: try product(["0.SelfAttention.o"], inner, hidden, .identity),
      crossNorm: try reader.norm(name + "1.layer_norm", features: hidden),
      queries: try product(["1.EncDecAttention.q"], hidden, inner, .identity),
      memory: try product(["1.EncDecAttention.k", "1.EncDecAttention.v"], hidden, inner, .identity),
      crossAttention: Attention(heads: heads, headDimension: size, scale: 1),
      crossOutput: try product(["1.EncDecAttention.o"], inner, hidden, .identity),
      outputNorm: try reader.norm(name + "2.layer_norm", features: hidden),
      up: try product(up, hidden, wide, encoder.isGated ? .identity : encoder.activation),
      gating: encoder.isGated ? Gating(activation: encoder.activation) : nil,
      down: try product(["2.DenseReluDense.wo"], wide, hidden, .identity))
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
      workspace.scoped {
        let input = normalized(rows, layer.selfNorm, in: workspace)
        let projected = workspace.allocate(rows: rows.rows, columns: layer.projection.outputs)
        layer.projection.forward(input, to: projected, in: workspace)
        let context = workspace.allocate(rows: rows.rows, columns: layer.selfOutput.inputs)
        layer.selfAttention.forward(projected, starts: tokens.starts, to: context, in: workspace)
        layer.selfOutput.forward(context, to: rows, residual: rows, in: workspace)
      }
      workspace.scoped { attend(rows, layer, states, tokens, in: workspace) }
      workspace.scoped {
        let input = normalized(rows, layer.outputNorm, in: workspace)
        let wide = workspace.allocate(rows: rows.rows, columns: layer.up.outputs)
        layer.up.forward(input, to: wide, in: workspace)
        let gated = layer.gating == nil ? wide : workspace.allocate(rows: rows.rows, columns: layer.down.inputs)
        layer.gating?.forward(wide, to: gated, in: workspace)
        layer.down.forward(gated, to: rows, residual: rows, in: workspace)
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

  private func normalized(_ rows: Block, _ norm: Normalization, in workspace: Workspace) -> Block {
    let input = workspace.allocate(rows: rows.rows, columns: rows.columns)
    norm.forward(rows, to: input, in: workspace)
    return input
  }

  /// Adds what each row takes from the states of its text, which has as many.
  private func attend(
    _ rows: Block, _ layer: Layer, _ states: Block, _ tokens: PackedTokens, in workspace: Workspace
  ) {
    let projected = workspace.allocate(rows: rows.rows, columns: layer.crossAttention.projectedFeatures)
    workspace.scoped {
      let input = normalized(rows, layer.crossNorm, in: workspace)
      let queries = workspace.allocate(rows: rows.rows, columns: layer.queries.outputs)
      layer.queries.forward(input, to: queries, in: workspace)
      let memory = workspace.allocate(rows: rows.rows, columns: layer.memory.outputs)
      layer.memory.forward(states, to: memory, in: workspace)
      let (asked, kept) = (workspace.values(of: queries), workspace.values(of: memory))
      var joined: [Float] = []
      joined.reserveCapacity(asked.count + kept.count)
      for row in 0..<rows.rows {
        joined += asked[row * queries.columns..<(row + 1) * queries.columns]
        joined += kept[row * memory.columns..<(row + 1) * memory.columns]
      }
      workspace.write(joined, to: projected)
    }
    let context = workspace.allocate(rows: rows.rows, columns: layer.crossOutput.inputs)
    layer.crossAttention.forward(projected, starts: tokens.starts, to: context, in: workspace)
    layer.crossOutput.forward(context, to: rows, residual: rows, in: workspace)
  }
}
