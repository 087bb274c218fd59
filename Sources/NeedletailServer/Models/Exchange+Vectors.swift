#if Server
  internal import NeedletailEmbedding
  internal import NeedletailTensor

  /// What models give of texts beside one dense vector, for every dialect.
  extension Exchange {
    /// The states of all tokens of each text.
    func states(of texts: [String], _ wishes: VectorWishes, by wanted: String?) async throws -> [Matrix] {
      let tokens = { @Sendable (states: [Matrix]) in states.reduce(0) { $0 + $1.rows } }
      let (_, model) = try await model(wanted, [.dense, .multiVector])
      switch model {
      case .dense(let dense):
        let (embedder, work) = try await dense.prepared(for: texts, wishes)
        return try await computing(work, tokens: tokens) {
          try await embedder.tokenStates(texts, as: wishes.role).compactMap(\.first)
        }
      case .multiVector(let embedder):
        return try await computing(Work(of: texts), tokens: tokens) { try await embedder.embed(texts) }
      case .sparse, .pairs:
        throw ServerError(.impossible, "the model is \(model.kind.rawValue) and gives no states", parameter: "model")
      }
    }

    /// The weights of vocabulary entries, a vector a text.
    func weights(
      of texts: [String], truncates: Bool, member: String, by wanted: String?
    ) async throws -> [SparseVector] {
      let model = try await sparse(wanted).model
      let work = try await reading(
        texts, by: model.tokenizer, limit: model.maximumLength, truncates: truncates, member: member)
      return try await computing(work) { try await model.embed(texts) }
    }

    /// The scores of texts or pairs for each label of a classifier.
    ///
    /// - Parameter keepsRawScores: Whether scores are left as the model gives them.
    func predictions(
      for pairs: [(String, String?)], keepsRawScores: Bool, truncates: Bool, member: String, by wanted: String?
    ) async throws -> (labels: [String], rows: [ArraySlice<Float>]) {
      let scorer = try await classifier(wanted).model
      let labels = scorer.model.labels
      let function: ScoreFunction = keepsRawScores ? .identity : labels.count == 1 ? .sigmoid : .softmax
      return (labels, try await scorer.scores(pairs, function: function, truncates: truncates, member: member, self))
    }
  }
#endif
