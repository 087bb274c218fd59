internal import NeedletailModels
internal import NeedletailTensor

extension Embedder {
  /// The adapters that ``adapted(by:)`` takes, sorted: those of ``EmbedderConfiguration/namedAdapters``, and the folders
  /// beside the transformer's weights that PEFT saved.
  public var adapterNames: [String] { pipeline.adapters?.names ?? [] }

  /// The same model for texts that take some adapters: one value for each task, all with the same weights.
  ///
  /// What the adapters add is computed beside the model's products, whose weights lie in memory once. A text's vector is
  /// the same bits in every batch and on any number of threads, whatever adapters other calls use at the same time, and
  /// the model's own bits where no adapter is chosen. Each adapter is read when it is first wanted.
  ///
  ///     let queries = try await embedder.adapted(by: ["retrieval_query"])
  ///     let vectors = try await queries.embed(["Where do swifts sleep?"])
  ///     let both = try await embedder.adapted(by: ["birds", AdapterUse("questions", weight: 0.5)])
  ///
  /// - Parameter adapters: Their changes are added in this order, in place of those that this value has; none for the
  ///   model itself.
  /// - Throws: ``EmbeddingError`` with code `.request` for a name that is not among ``adapterNames``; the error of the
  ///   reader for an adapter that the model does not fit, naming file and module.
  public func adapted(by adapters: [AdapterUse]) async throws -> Embedder {
    Embedder(self, routes: try await routes.adapted(by: adapters, team: team))
  }
}

extension Routes<Pipeline> {
  /// The same ways with some adapters chosen, in place of those that were.
  func adapted(by adapters: [AdapterUse], team: ComputeTeam) async throws -> Routes {
    var changes: [ObjectIdentifier: TransformerChanges] = [:]
    let shelves = (all + [usual]).compactMap(\.adapters)
    guard !shelves.isEmpty || adapters.isEmpty else {
      throw EmbeddingError(.request, "adapters", "a static model has no products to change; choose a transformer")
    }
    for shelf in shelves where changes[ObjectIdentifier(shelf)] == nil {
      changes[ObjectIdentifier(shelf)] = try await shelf.changes(adapters, team: team)
    }
    var routes = self
    try routes.change { (pipeline) throws(EmbeddingError) in
      guard let shelf = pipeline.adapters else { return }
      pipeline.changes = changes[ObjectIdentifier(shelf)]
      pipeline.adapterFolders = try shelf.folders(adapters)
      pipeline.adapterWeights = adapters.map(\.weight)
    }
    return routes
  }
}
