internal import NeedletailModels
internal import NeedletailTensor
internal import NeedletailTokenizers

/// A way from texts to sparse vectors, ready to run.
struct SparseRoute: Sendable {
  enum Encoder: Sendable {
    /// A masked language model whose logits are pooled (SPLADE).
    case words(Transformer, MaskedLanguageHead, SparsePooling)
    /// A weight for each token.
    case weights(TokenWeights)
    /// A dense model whose vectors are encoded anew.
    case features(Pipeline, SparseAutoEncoder)
  }

  let input: TextInput
  let encoder: Encoder

  /// Features of a vector.
  var dimension: Int {
    switch encoder {
    case .words(_, let head, _): head.vocabularySize
    case .weights(let table): table.weights.count
    case .features(_, let autoEncoder): autoEncoder.dimension
    }
  }

  /// Whether features are tokens of the vocabulary.
  var isOverTokens: Bool {
    if case .features = encoder { false } else { true }
  }

  /// Whether the encoder computes more than it looks up.
  var isDeep: Bool {
    switch encoder {
    case .words: true
    case .weights: false
    case .features(let pipeline, _): pipeline.isDeep
    }
  }

  /// Encodes one batch on this thread.
  ///
  /// - Parameters:
  ///   - tokens: The texts.
  ///   - promptLength: Leading tokens of every text that belong to the prompt.
  ///   - limit: How many features a vector may have; the largest stay.
  ///   - check: Called now and then; what it throws ends the run.
  /// - Returns: One vector a text.
  func forward(
    _ tokens: PackedTokens, promptLength: Int, limit: Int?, in workspace: Workspace, check: () throws -> Void
  ) throws -> [SparseVector] {
    let vectors: [SparseVector]
    switch encoder {
    case .words(let encoder, let head, let pooling):
      try encoder.check(tokens)
      let states = try encoder.forward(tokens, in: workspace) { (_, _) throws in try check() }
      // A maximum over tokens would hide what is not a number.
      guard workspace.values(of: states).allSatisfy(\.isFinite) else {
        return [SparseVector](repeating: .notANumber, count: tokens.count)
      }
      vectors = try pooling.forward(states, starts: tokens.starts, head, in: workspace, check: check)
    case .weights(let table):
      vectors = try (0..<tokens.count).map { try table.vector(tokens.ids[tokens.range($0)]) }
    case .features(let pipeline, let autoEncoder):
      let dense = try pipeline.forward(tokens, promptLength: promptLength, in: workspace, check: check)
      vectors = autoEncoder.forward(dense, limit: limit ?? autoEncoder.limit, in: workspace)
    }
    return limit.map { limit in vectors.map { $0.keeping(limit) } } ?? vectors
  }
}
