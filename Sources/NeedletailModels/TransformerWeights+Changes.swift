package import NeedletailTensor

extension TransformerChanges {
  /// Packs an adapter beside a transformer.
  ///
  /// - Parameters:
  ///   - adapter: The adapter; its weight is how much of it a run adds that asks for all of it.
  ///   - configuration: What the model's `config.json` says.
  ///   - store: The tensors of the model, of which only names are read.
  ///   - kernels: The set that the transformer runs with.
  ///   - team: The threads that pack.
  /// - Throws: ``ModelError`` with code `.unsupported` for an adapter that changes what more than one product of the
  ///   model is made of, or something else than a product or a table of rows; `.weights` for what does not fit.
  package init(
    _ adapter: LowRankAdapter, configuration: TransformerConfiguration, store: TensorStore, kernels: Kernels,
    team: ComputeTeam
  ) async throws {
    let weights = try TransformerWeights(configuration: configuration, store: store, kernels: kernels)
    try weights.refuseLasting(adapter)
    let layers = try await team.map(configuration.layerGroups) { try weights.changes(adapter, ofLayer: $0) }
    self.init(embeddings: try weights.embeddingChanges(adapter), layers: layers)
  }
}

/// The changes of products and tables that an adapter makes, and those that it cannot make while a model runs.
extension TransformerWeights {
  /// What the four products of a layer get.
  fileprivate func changes(_ adapter: LowRankAdapter, ofLayer layer: Int) throws(ModelError) -> LayerChanges {
    func changes(_ place: Int) throws(ModelError) -> [Weighted<LowRankProduct>] {
      var changes: [Weighted<LowRankProduct>] = []
      for weight in productWeights(place, of: layer) {
        changes += try product(adapter, weight).map { [$0] } ?? []
      }
      return changes
    }
    let hasExperts = products(of: layer) < 4
    return LayerChanges(
      projection: try changes(0), attentionOutput: try changes(1), up: hasExperts ? [] : try changes(2),
      down: hasExperts ? [] : try changes(3))
  }

  fileprivate func embeddingChanges(_ adapter: LowRankAdapter) throws(ModelError) -> EmbeddingChanges {
    EmbeddingChanges(
      words: try table(adapter, names.words, configuration.vocabularySize),
      positions: try table(
        adapter, names.positions, configuration.hasPositionTable ? configuration.maximumPositions : 0),
      segments: try table(adapter, names.segments, configuration.segments),
      tasks: try table(adapter, names.tasks ?? "", configuration.tasks),
      projection: try product(
        adapter,
        ProductWeight(
          names: [names.embeddingProjection], inputs: configuration.embeddingSize, outputs: [configuration.hiddenSize])
      ).map { [$0] } ?? [])
  }

  private func table(_ adapter: LowRankAdapter, _ name: String, _ rows: Int) throws(ModelError)
    -> [Weighted<LowRankTable>]
  {
    guard rows > 0, let module = module(adapter, name) else { return [] }
    let (down, up) = try adapter.matrices(
      of: module, inputs: rows, outputs: configuration.embeddingSize, isTable: true, kernels: kernels)
    do {
      return [Weighted(LowRankTable(low: try down.transposed(for: module), up: up, kernels: kernels), weight: 1)]
    } catch { throw ModelError(.weights, error.subject, error.message) }
  }

  /// What a product gets; `nil` for nothing.
  private func product(
    _ adapter: LowRankAdapter, _ weight: ProductWeight
  ) throws(ModelError) -> Weighted<LowRankProduct>? {
    try matrices(adapter, weight).map {
      Weighted(LowRankProduct(down: $0.down, up: $0.up, kernels: kernels), weight: 1)
    }
  }

  /// Refuses an adapter that changes a weight which the model reads for something else than a product of its input or
  /// for rows of a table, or one that it does not have; what the model does not read, as a head, changes nothing.
  fileprivate func refuseLasting(_ adapter: LowRankAdapter) throws(ModelError) {
    let tables = [
      names.words, names.positions, names.segments, names.tasks ?? "", names.embeddingProjection + ".weight",
    ]
    let switched = (0..<configuration.layerGroups).flatMap { layer in
      (0..<products(of: layer)).flatMap { place -> [String] in
        // Tables of positions may be made of all but the values.
        let isShared = place == 0 && configuration.disentangled?.sharesProjections == true
        return productWeights(place, of: layer).flatMap { isShared ? $0.names.suffix(1) : $0.names[...] }
          .map { $0 + ".weight" }
      }
    }
    let changeable = Set(tables + switched)
    let others = [names.relativeBias, names.distances, "encoder.conv.conv.weight"]
    let isLatent = { (name: String) in configuration.latents != nil && name.hasPrefix("latent_attention_model.") }
    if let path = adapter.wholePaths.first {
      throw ModelError(
        .unsupported, adapter.path,
        "has \(path) whole, as modules_to_save says, which cannot be switched while the model runs; add the adapter when "
          + "the model is loaded")
    }
    for path in adapter.paths {
      let prefixes = configuration.family.prefixes.filter { path.hasPrefix($0) }
      let called = [path] + prefixes.map { String(path.dropFirst($0.count)) }
      guard !called.contains(where: changeable.contains) else { continue }
      guard called.contains(where: { store.contains(prefix + $0) || store.contains($0) }) else {
        throw ModelError(.weights, adapter.path, "changes \(path), which the model does not have")
      }
      guard !called.contains(where: { isLatent($0) || $0.hasPrefix(names.layer) || others.contains($0) }) else {
        throw ModelError(
          .unsupported, adapter.path,
          "changes \(path), which cannot be switched while the model runs; add the adapter when the model is loaded")
      }
    }
  }
}
