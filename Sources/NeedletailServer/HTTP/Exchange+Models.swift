#if Server
  internal import NeedletailEmbedding

  /// The model that a request means.
  extension Exchange {
    /// The model of this name, or the first of some kinds where none is named.
    ///
    /// - Throws: ``ServerError`` with code `.notFound` for an unknown name, `.impossible` where none is of the kinds.
    func model(
      _ wanted: String?, _ kinds: [ServedModelKind] = ServedModelKind.allCases
    ) async throws -> (name: String, model: ServedModel) {
      let name = try service.models.name(wanted, kinds: kinds)
      let model = try await service.models.model(name)
      note { $0.model = name }
      return (name, model)
    }

    /// A model that gives one vector a text.
    func dense(_ wanted: String?) async throws -> (name: String, model: DenseModel) {
      let (name, model) = try await model(wanted, [.dense])
      guard case .dense(let dense) = model else { throw Self.wrongKind(name, model, "gives no dense vectors") }
      return (name, dense)
    }

    /// A model that weighs words.
    func sparse(_ wanted: String?) async throws -> (name: String, model: SparseEmbedder) {
      let (name, model) = try await model(wanted, [.sparse])
      guard case .sparse(let sparse) = model else { throw Self.wrongKind(name, model, "gives no sparse vectors") }
      return (name, sparse)
    }

    /// A model that gives a pair one score.
    func reranker(_ wanted: String?) async throws -> (name: String, model: PairScorer) {
      let (name, model) = try await model(wanted, [.crossEncoder])
      guard case .pairs(let scorer) = model else {
        throw Self.wrongKind(name, model, "scores no pairs; name a cross-encoder, or start the server with one")
      }
      guard scorer.model.labels.count == 1 else {
        throw Self.wrongKind(name, model, "gives \(scorer.model.labels.count) scores a pair; reranking needs one")
      }
      return (name, scorer)
    }

    /// A model with labels.
    func classifier(_ wanted: String?) async throws -> (name: String, model: PairScorer) {
      let (name, model) = try await model(wanted, [.classifier, .crossEncoder])
      guard case .pairs(let scorer) = model else {
        throw Self.wrongKind(name, model, "knows no labels; name a classifier, or start the server with one")
      }
      return (name, scorer)
    }

    private static func wrongKind(_ name: String, _ model: ServedModel, _ reason: String) -> ServerError {
      ServerError(.impossible, "the model \"\(name)\" is \(model.kind.rawValue) and \(reason)", parameter: "model")
    }
  }
#endif
