public import NeedletailTensor
internal import NeedletailTokenizers

/// A transformer with the product that gives a number for each word that may come next.
public struct LanguageModel: Sendable {
  /// The layers below.
  public let transformer: Transformer
  private let head: Linear
  /// What bounds the logits, cap · tanh(logit / cap); 0 for nothing.
  private let cap: Float

  /// Words that there are.
  public var vocabularySize: Int { transformer.configuration.vocabularySize }

  /// Builds the model from the tensors of its folder; see
  /// ``Transformer/init(configuration:store:adapters:kernels:precision:team:)``.
  ///
  /// - Throws: ``ModelError`` with code `.unsupported` for a family that gives no logits, `.weights` naming the tensor
  ///   that is missing or does not fit.
  public init(
    configuration: TransformerConfiguration, store: TensorStore, kernels: Kernels, precision: Precision = .float32,
    team: ComputeTeam
  ) async throws {
    transformer = try await Transformer(
      configuration: configuration, store: store, kernels: kernels, precision: precision, team: team)
    head = try TransformerWeights(configuration: configuration, store: store, kernels: kernels)
      .languageHead(precision: precision)
    cap = configuration.logitCap
  }

  /// The logits of some rows of states.
  ///
  /// - Parameter states: `[rows, hiddenSize]`, as ``Transformer`` gives them last.
  /// - Returns: `[rows, vocabularySize]`.
  package func logits(_ states: Block, in workspace: Workspace) -> Block {
    let logits = workspace.allocate(rows: states.rows, columns: vocabularySize)
    workspace.spending(on: .attentionOutput) { head.forward(states, to: logits, in: workspace) }
    if cap > 0 { workspace.bound(logits, by: cap) }
    return logits
  }

  /// The logits at every token of one text, and the logarithms of the probabilities of the tokens that follow.
  ///
  /// - Parameter ids: The text.
  /// - Returns: `logits`, `[ids.count, vocabularySize]`; `logProbabilities`, element `i` that of token `i + 1` after
  ///   those up to `i`.
  /// - Throws: ``ModelError`` with code `.input` for ids and lengths that the model does not take.
  public func score(_ ids: [Int32]) throws(ModelError) -> (logits: Matrix, logProbabilities: [Float]) {
    var tokens = PackedTokens()
    tokens.append(ids: ids)
    try transformer.check(tokens)
    let workspace = Workspace(kernels: transformer.kernels)
    let block = logits(transformer.forward(tokens, in: workspace), in: workspace)
    let logits = Matrix(rows: block.rows, columns: block.columns, values: workspace.values(of: block))
    let following = zip(ids.indices, ids.dropFirst()).map { row, id in
      Probabilities.logarithm(of: Int(id), logits[row: row])
    }
    return (logits, following)
  }

  /// Continues a text.
  ///
  /// The bits do not depend on the number of threads. A token at a time is computed, on what the cache holds of those
  /// before it.
  ///
  /// - Parameters:
  ///   - prompt: At least one token.
  ///   - settings: How long, and how the next token is chosen.
  ///   - team: The threads that share each step.
  ///   - adjust: May change the logits before a token is chosen, for instance to −∞ for words that a grammar forbids;
  ///     it gets the tokens so far, prompt included.
  ///   - next: Called with each new token; generation ends where it gives `false`.
  /// - Returns: The new tokens, the one that ended the text included.
  /// - Throws: ``ModelError`` with code `.input`; `CancellationError` soon after the task is cancelled.
  public func generate(
    _ prompt: [Int32], settings: GenerationSettings = .init(), team: ComputeTeam,
    adjust: (@Sendable (_ tokens: [Int32], _ logits: inout [Float]) -> Void)? = nil,
    next: (@Sendable (Int32) -> Bool)? = nil
  ) async throws -> [Int32] {
    guard let first = prompt.first, first >= 0 else { throw ModelError(.input, "prompt", "has no tokens") }
    guard transformer.configuration.isCausal else {
      throw ModelError(.input, "generation", "the model's tokens see those after them; it cannot continue a text")
    }
    var tokens = PackedTokens()
    tokens.append(ids: prompt)
    try transformer.check(tokens)
    let room = transformer.configuration.maximumLength - prompt.count
    let cancellation = CancellationFlag()
    return try await withTaskCancellationHandler {
      // One item: the whole text is one chain of steps, whose products the team shares.
      let result = GenerationResult()
      try await team.lead(isShort: false) { crew in
        let workspace = Workspace(kernels: transformer.kernels)
        workspace.crew = crew
        var run = GenerationRun(model: self, workspace: workspace, prompt: prompt, settings: settings)
        while run.generated.count < min(settings.maximumTokens, room) {
          try cancellation.check()
          let token = run.step(adjust)
          if settings.stops.contains(token) || next?(token) == false { break }
        }
        result.set(run.generated)
      }
      return result.tokens
    } onCancel: {
      cancellation.set()
    }
  }
}
