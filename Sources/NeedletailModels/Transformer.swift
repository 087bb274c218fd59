public import NeedletailTensor
public import NeedletailTokenizers

/// A transformer: ids in, one state a token out.
///
/// Texts are computed side by side without padding; each attends to itself only, and its states are the same bits
/// whatever else is in the batch.
public struct Transformer: Sendable {
  /// Its sizes and rules.
  public let configuration: TransformerConfiguration
  /// The arithmetic that its weights are packed for.
  public let kernels: Kernels
  /// What its layers multiply.
  public let precision: Precision
  let embeddings: InputEmbeddings
  /// Those with weights of their own.
  let layers: [TransformerLayer]
  let finalNorm: Normalization?
  /// What follows it, or `nil`.
  let latents: LatentBlock?

  /// Features of a token state.
  public var hiddenSize: Int { configuration.hiddenSize }

  /// Builds the encoder from the tensors of its folder, packing the weights on the team's threads.
  ///
  /// - Parameters:
  ///   - configuration: What `config.json` says.
  ///   - store: The tensors; float16 and bfloat16 are widened.
  ///   - adapters: Changes of the weights, added in their order.
  ///   - kernels: The arithmetic to use.
  ///   - precision: What the layers multiply; embeddings, normalisation and attention are float32 always.
  ///   - team: The threads that pack.
  /// - Throws: ``ModelError`` with code `.weights` naming the tensor that is missing or does not fit.
  public init(
    configuration: TransformerConfiguration, store: TensorStore, adapters: [LowRankAdapter] = [], kernels: Kernels,
    precision: Precision = .float32, team: ComputeTeam
  ) async throws {
    let reader = try TransformerWeights(
      configuration: configuration, store: store, adapters: adapters, kernels: kernels)
    self.configuration = configuration
    self.kernels = kernels
    self.precision = precision
    let latentWeights = configuration.latents.map { $0.heads * $0.latents } ?? 0
    let widest = max(
      configuration.hiddenSize, configuration.intermediateSize, configuration.heads * configuration.headDimension,
      latentWeights)
    guard precision != .int8 || widest <= Linear.mostInt8Inputs else {
      throw ModelError(
        .input, "precision int8",
        "products of more than \(Linear.mostInt8Inputs) features have no exact sums; use f32 or bf16")
    }
    embeddings = try reader.embeddings()
    layers =
      precision == .int8
      ? try await reader.calibratedLayers(embeddings, team: team)
      : try await reader.layers(0..<configuration.layerGroups, precision: precision, team: team)
    finalNorm = try reader.finalNorm()
    latents = try reader.latentBlock(precision: precision)
  }

  /// Checks that every text can be encoded.
  ///
  /// - Throws: ``ModelError`` with code `.input` for ids or segments outside their tables and texts over the limit.
  public func check(_ tokens: PackedTokens) throws(ModelError) {
    for index in 0..<tokens.count where tokens.range(index).count > configuration.maximumLength {
      throw ModelError(
        .input, "text \(index)",
        "has \(tokens.range(index).count) tokens; the model takes \(configuration.maximumLength)")
    }
    if let id = tokens.ids.first(where: { $0 < 0 || $0 >= configuration.vocabularySize }) {
      throw ModelError(
        .input, "token id \(id)", "is outside the model's vocabulary of \(configuration.vocabularySize)")
    }
    if configuration.segments > 0,
      let type = tokens.typeIDs.first(where: { $0 < 0 || $0 >= configuration.segments })
    {
      throw ModelError(.input, "segment \(type)", "is outside the model's \(configuration.segments) segments")
    }
  }

  /// Encodes a batch that was checked.
  ///
  /// - Parameters:
  ///   - tokens: The texts; each at most ``TransformerConfiguration/maximumLength`` tokens.
  ///   - caches: What each layer has seen of the one text before these tokens of it, as ``caches()`` makes them; none for
  ///     whole texts.
  ///   - changes: What adapters add to its products; `nil` for nothing.
  ///   - workspace: Where activations live; of the same kernels as the encoder.
  ///   - observe: Called with the states after the embeddings (layer 0) and after each layer; what it throws ends the
  ///     run.
  /// - Returns: The last states, `[tokens, hiddenSize]`, valid until the workspace is used again.
  package func forward<Failure: Error>(
    _ tokens: PackedTokens, caches: [KeyValueCache] = [], changes: TransformerChanges? = nil, in workspace: Workspace,
    observe: (_ layer: Int, _ states: Block) throws(Failure) -> Void
  ) throws(Failure) -> Block {
    precondition(caches.isEmpty || caches.count == configuration.layers, "each layer has its cache")
    precondition(changes.map { $0.layers.count == layers.count } ?? true, "the changes are of this transformer")
    let before = caches.first?.count ?? 0
    let states = workspace.allocate(rows: tokens.ids.count, columns: hiddenSize)
    workspace.spending(on: .embeddings) {
      embeddings.forward(
        tokens, before: before, to: states, changes: changes?.embeddings ?? EmbeddingChanges(), in: workspace)
    }
    for done in 0...configuration.layers {
      if done > 0 {
        let group = (done - 1) / configuration.uses
        layers[group].forward(
          states, starts: tokens.starts, cache: caches.isEmpty ? nil : caches[done - 1],
          changes: changes?.layers[group] ?? LayerChanges(), in: workspace)
      }
      if done == configuration.layers, let finalNorm {
        workspace.spending(on: .normalization) { finalNorm.forward(states, to: states, in: workspace) }
      }
      if done == configuration.layers { latents?.forward(states, in: workspace) }
      try observe(done, states)
    }
    return states
  }

  /// Empty caches, one a layer.
  package func caches() -> [KeyValueCache] {
    (0..<configuration.layers).map { layers[$0 / configuration.uses].attention.cache() }
  }

  /// Whether the keys of the first `before` tokens have to be computed anew when the text grows to `length`.
  func needsNewKeys(before: Int, length: Int) -> Bool {
    configuration.rules.contains { $0.rotary?.turnsOtherwise(before: before, length: length) ?? false }
  }

  /// Encodes a batch that was checked; see ``forward(_:caches:changes:in:observe:)``.
  package func forward(_ tokens: PackedTokens, in workspace: Workspace) -> Block {
    forward(tokens, in: workspace) { _, _ in }
  }
}
