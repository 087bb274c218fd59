internal import NeedletailModels
public import NeedletailTensor
package import NeedletailTokenizers

extension Embedder {
  /// The states of all tokens of texts, special tokens and prompt included.
  ///
  /// - Parameters:
  ///   - texts: Any texts; each is cut at ``maximumLength``.
  ///   - role: What they are for.
  ///   - allLayers: Whether the output of every layer of the transformer is given, layer 0 being that of the
  ///     embeddings, or only the states that are pooled (those of ``EmbedderConfiguration/layer``).
  /// - Returns: For each text its layers, or that one, `[tokens, features]` each.
  /// - Throws: ``EmbeddingError`` with code `.request` if the model is static, which has no such states;
  ///   `CancellationError`.
  public func tokenStates(
    _ texts: [String], as role: TextRole = .plain, allLayers: Bool = false
  ) async throws -> [[Matrix]] {
    let embedder = try routed(for: role)
    let chunks = try await embedder.tokenize(
      texts, as: role, prompt: try prompts.text(for: role, configuration.prompt))
    return try await embedder.states(of: chunks, allLayers: allLayers)
  }

  /// The states of the tokens of many texts, in their order, some texts at a time: memory follows the token budget and
  /// the longest text, not the number of texts.
  ///
  /// - Parameter receive: Called for each text with what ``tokenStates(_:as:allLayers:)`` gives for it.
  package func tokenStates(
    _ texts: [String], as role: TextRole = .plain, allLayers: Bool, receive: (_ layers: [Matrix]) throws -> Void
  ) async throws {
    let embedder = try routed(for: role)
    let chunks = try await embedder.tokenize(
      texts, as: role, prompt: try prompts.text(for: role, configuration.prompt))
    let most = configuration.batchTokens * team.threads
    var group = PackedTokens()
    for chunk in chunks {
      for text in 0..<chunk.count {
        let range = chunk.range(text)
        if group.count > 0, group.ids.count + range.count > most {
          for layers in try await embedder.states(of: [group], allLayers: allLayers) { try receive(layers) }
          group = PackedTokens()
        }
        group.append(ids: chunk.ids[range], typeIDs: chunk.typeIDs[range])
      }
    }
    for layers in try await embedder.states(of: [group], allLayers: allLayers) { try receive(layers) }
  }

  /// Features of a token's state as pooling takes it; `nil` for a static model, which has no such states.
  package var tokenStateFeatures: Int? {
    guard case .transformer(let encoder, _) = pipeline.encoder else { return nil }
    return pipeline.tokenModules.reduce(encoder.hiddenSize) { $1.dimension($0) }
  }

  /// The states of every text of a batch as pooling takes them: `[tokens, features]` each.
  package func tokenStates(of tokens: PackedTokens) async throws -> [Matrix] {
    try await states(of: [tokens], allLayers: false).flatMap(\.self)
  }

  private func states(of chunks: [PackedTokens], allLayers: Bool) async throws -> [[Matrix]] {
    guard case .transformer(let encoder, _) = pipeline.encoder else {
      throw EmbeddingError(.request, "token states", "a static model has none; choose a transformer")
    }
    let batches = Batch.plan(chunks, budget: configuration.batchTokens, threads: team.threads)
    let cancellation = CancellationFlag()
    let parts = try await withTaskCancellationHandler {
      try await team.map(batches.count) { item in
        let tokens = batches[item].tokens(of: chunks)
        try encoder.check(tokens)
        return try workspaces.withWorkspace { workspace in
          try workspace.scoped {
            var layers = [[Matrix]](repeating: [], count: tokens.count)
            func keep(_ states: Block) {
              for text in layers.indices {
                let rows = states.rows(tokens.range(text))
                layers[text].append(
                  Matrix(rows: rows.rows, columns: rows.columns, values: workspace.values(of: rows)))
              }
            }
            if allLayers {
              _ = try encoder.forward(tokens, changes: pipeline.changes, in: workspace) { (_, states) throws in
                try cancellation.check()
                keep(states)
              }
            } else {
              keep(try pipeline.states(tokens, encoder, in: workspace, check: cancellation.check))
            }
            return layers
          }
        }
      }
    } onCancel: {
      cancellation.set()
    }
    var result = [[Matrix]](repeating: [], count: chunks.reduce(0) { $0 + $1.count })
    for (batch, texts) in zip(batches, parts) {
      for (text, layers) in zip(batch.texts, texts) { result[text.position] = layers }
    }
    return result
  }
}
