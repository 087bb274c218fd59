public import NeedletailJSON
public import NeedletailTensor
package import NeedletailTokenizers

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What T5's decoder gives for the token with which it begins, the padding where nothing else is said, one vector a text: the form "encoder-decoder,
/// first" of Sentence-T5 (Ni and others 2021, arXiv:2108.08877).
///
/// The only token of the decoder attends to itself with weight 1, so that of its self-attention only values and output
/// are left; queries, keys and distances have no effect and are not read. It then attends to all states of its text.
///
///     let decoder = try FirstDecoderOutput(
///       json, subject: file, configuration: configuration, store: store, kernels: kernels)
///     let vectors = decoder.forward(encoder.forward(tokens, in: workspace), tokens, in: workspace)
///
/// A text's vector is the same bits whatever else is in the batch.
public struct FirstDecoderOutput: Sendable {
  private let configuration: TransformerConfiguration
  /// That token's row, `[hiddenSize]`.
  private let start: FloatTensor
  private let layers: [TextDecoderLayer]
  private let finalNorm: Normalization

  /// Features of a vector.
  public var hiddenSize: Int { configuration.hiddenSize }

  /// Builds the decoder from the tensors of its folder, in float32.
  ///
  /// - Parameters:
  ///   - json: The `config.json` that `configuration` was read from.
  ///   - subject: Its name in errors.
  ///   - configuration: That of the encoder, of the family T5 or mT5.
  ///   - store: The tensors.
  ///   - adapters: Changes of the weights, added in their order.
  ///   - kernels: The arithmetic to use.
  /// - Throws: ``ModelError`` with code `.unsupported` for other families, `.weights` naming the tensor that is missing
  ///   or does not fit.
  public init(
    _ json: JSON, subject: String, configuration: TransformerConfiguration, store: TensorStore,
    adapters: [LowRankAdapter] = [], kernels: Kernels
  ) throws(ModelError) {
    guard ["t5", "mt5"].contains(configuration.modelType) else {
      throw ModelError(
        .unsupported, subject, "a \(configuration.modelType) model has no decoder of T5's kind; only t5 and mt5 have")
    }
    let about = try TextDecoderConfiguration(json, of: configuration, subject: subject)
    self.configuration = configuration
    let reader = try TransformerWeights(
      configuration: configuration, store: store, adapters: adapters, kernels: kernels)
    let words = try reader.tensor(reader.names.words, [configuration.vocabularySize, configuration.hiddenSize])
    let row = words.rows(about.startID..<about.startID + 1)
    start = FloatTensor(row.values, shape: [configuration.hiddenSize])
    layers = try (0..<about.layers).map { (index) throws(ModelError) in
      try TextDecoderLayer(index, own: ["v"], configuration, reader)
    }
    finalNorm = try reader.norm("decoder.final_layer_norm", features: configuration.hiddenSize)
  }

  /// Decodes one token for each text of a batch.
  ///
  /// - Parameters:
  ///   - states: The encoder's last, `[tokens, hiddenSize]`, unchanged.
  ///   - tokens: The texts that they are of. One without tokens gives nothing to attend to.
  ///   - workspace: Where activations live; of the same kernels as the decoder.
  /// - Returns: `[texts, hiddenSize]`, valid until the workspace is used again.
  package func forward(_ states: Block, _ tokens: PackedTokens, in workspace: Workspace) -> Block {
    let rows = workspace.allocate(rows: tokens.count, columns: hiddenSize)
    for text in 0..<tokens.count { workspace.write(start.values, to: rows.rows(text..<text + 1)) }
    for layer in layers {
      layer.forward(rows, states, in: workspace) {
        $0
      } look: { queries, memory in
        look(queries, memory, tokens, in: workspace)
      }
    }
    finalNorm.forward(rows, to: rows, in: workspace)
    return rows
  }

  /// What each row takes from the states of its text.
  private func look(_ queries: Block, _ memory: Block, _ tokens: PackedTokens, in workspace: Workspace) -> Block {
    let inner = queries.columns
    let asked = workspace.values(of: queries)
    var sums = [Float](repeating: 0, count: queries.rows * inner)
    for text in 0..<tokens.count {
      let range = tokens.range(text)
      let kept = workspace.values(of: memory.rows(range))
      for head in 0..<configuration.heads {
        let place = text * inner + head * configuration.headDimension
        let query = asked[place..<place + configuration.headDimension]
        sums.replaceSubrange(
          place..<place + configuration.headDimension,
          with: taken(query, head: head, kept, tokens: range.count, kernels: workspace.kernels))
      }
    }
    let context = workspace.allocate(rows: queries.rows, columns: inner)
    workspace.write(sums, to: context)
    return context
  }

  /// The values of a head, weighted by the softmax of its scores, which have neither scale nor bias.
  ///
  /// - Parameters:
  ///   - query: `[headDimension]`.
  ///   - memory: Keys and values of one text, `[tokens, 2 · heads · headDimension]`.
  private func taken(
    _ query: ArraySlice<Float>, head: Int, _ memory: [Float], tokens: Int, kernels: Kernels
  ) -> [Float] {
    let size = configuration.headDimension
    let inner = configuration.heads * size
    var scores = (0..<tokens).map { token in
      let key = token * 2 * inner + head * size
      return kernels.dot(query, memory[key..<key + size])
    }
    let highest = scores.max() ?? 0
    var total: Float = 0
    for token in 0..<tokens {
      scores[token] = expf(scores[token] - highest)
      total += scores[token]
    }
    var sum = [Float](repeating: 0, count: size)
    for token in 0..<tokens {
      let value = token * 2 * inner + inner + head * size
      let share = scores[token] / total
      for feature in 0..<size { sum[feature] += share * memory[value + feature] }
    }
    return sum
  }
}
