internal import NeedletailModels
public import NeedletailTensor
internal import NeedletailTokenizers

/// How much each token of a text takes from each other one in one head of a transformer.
public struct AttentionMap: Sendable {
  /// The layer, from 0.
  public let layer: Int
  /// The head of the layer, from 0.
  public let head: Int
  /// `[tokens, tokens]`: row i says how much token i takes from every token, and adds up to 1.
  public let weights: Matrix
}

extension Embedder {
  /// How many attention maps a text has; `nil` for a static model.
  package var attentionShape: (layers: Int, heads: Int)? {
    guard case .transformer(let encoder, _) = pipeline.encoder else { return nil }
    return (encoder.configuration.layers, encoder.configuration.heads)
  }

  /// Computes the attention maps of a text: every layer, every head in order.
  ///
  /// One map is held at a time. They are computed beside the attention itself, whose kernels never write them down.
  ///
  /// - Parameters:
  ///   - text: Any text; it is cut at ``maximumLength``.
  ///   - role: What it is for.
  ///   - receive: Called with each map, one after another, from any thread; what it throws ends the work. A text
  ///     without tokens has none.
  /// - Throws: ``EmbeddingError`` with code `.request` if the model is static, which has no attention;
  ///   `CancellationError`.
  /// - Complexity: O(tokens²) for each map.
  public func attentionMaps(
    of text: String, as role: TextRole = .plain, receive: @escaping @Sendable (AttentionMap) throws -> Void
  ) async throws {
    let embedder = try routed(for: role)
    guard case .transformer(let encoder, _) = embedder.pipeline.encoder else {
      throw EmbeddingError(.request, "attention", "a static model has none; choose a transformer")
    }
    let prompt = try prompts.text(for: role, configuration.prompt)
    let cancellation = CancellationFlag()
    try await withTaskCancellationHandler {
      for tokens in try await embedder.tokenize([text], as: role, prompt: prompt) {
        try encoder.check(tokens)
        try await team.lead(isShort: tokens.ids.count <= BatchRunner.fewTokens) { crew in
          try workspaces.withWorkspace { workspace in
            var layer = 0
            var failure: (any Error)?
            workspace.crew = crew
            workspace.attentionMaps = { _, head, weights in
              guard failure == nil else { return }
              do { try receive(AttentionMap(layer: layer, head: head, weights: weights)) } catch { failure = error }
            }
            defer { (workspace.crew, workspace.attentionMaps) = (nil, nil) }
            try workspace.scoped {
              _ = try encoder.forward(tokens, changes: embedder.pipeline.changes, in: workspace) { (done, _) throws in
                if let failure { throw failure }
                try cancellation.check()
                layer = done
              }
            }
          }
        }
      }
    } onCancel: {
      cancellation.set()
    }
  }
}
