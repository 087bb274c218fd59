internal import NeedletailModels
public import NeedletailTensor
internal import NeedletailTokenizers

extension Embedder {
  /// The states of all tokens of texts, special tokens and prompt included, as they come out of the transformer.
  ///
  /// - Parameters:
  ///   - texts: Any texts; each is cut at ``maximumLength``.
  ///   - role: What they are for.
  ///   - allLayers: Whether all layers are given, layer 0 being the output of the embeddings, or the last alone.
  /// - Returns: For each text the layers, each `[tokens, hidden]`.
  /// - Throws: ``EmbeddingError`` with code `.request` if the model is static, which has no such states.
  public func tokenStates(
    _ texts: [String], as role: TextRole = .plain, allLayers: Bool = false
  ) async throws -> [[Matrix]] {
    guard case .transformer(let encoder, _) = pipeline.encoder else {
      throw EmbeddingError(.request, "token states", "a static model has none; choose a transformer with --model")
    }
    let chunks = try await tokenize(texts, prompt: try pipeline.prompts.text(for: role, configuration.prompt))
    let batches = Batch.plan(chunks, budget: configuration.batchTokens)
    let last = encoder.configuration.layers
    let parts = try await team.map(batches.count) { item in
      let tokens = batches[item].tokens(of: chunks)
      try encoder.check(tokens)
      return workspaces.withWorkspace { workspace in
        workspace.scoped {
          var layers = [[Matrix]](repeating: [], count: tokens.count)
          _ = encoder.forward(tokens, in: workspace) { layer, states in
            guard allLayers || layer == last else { return }
            for text in 0..<tokens.count {
              let rows = states.rows(tokens.range(text))
              layers[text].append(
                Matrix(rows: rows.rows, columns: rows.columns, values: workspace.values(of: rows)))
            }
          }
          return layers
        }
      }
    }
    var result = [[Matrix]](repeating: [], count: texts.count)
    for (batch, layers) in zip(batches, parts) {
      for (text, matrices) in zip(batch.texts, layers) { result[text.position] = matrices }
    }
    return result
  }
}
