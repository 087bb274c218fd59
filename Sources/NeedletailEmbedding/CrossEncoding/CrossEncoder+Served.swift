internal import NeedletailTensor
package import NeedletailTokenizers

/// The steps of scoring one by one, for those who put pairs of several callers into one batch.
extension CrossEncoder {
  /// Pairs, or single texts, as the model reads them, prompt and special tokens included, cut at ``maximumLength``; some pairs a chunk.
  package func tokens(of pairs: [(String, String?)]) async throws -> [PackedTokens] {
    try await tokenize(pairs, prompt: try model.prompts.text(for: .plain, configuration.prompt))
  }

  /// The scores of a batch, computed on this thread.
  ///
  /// - Parameters:
  ///   - tokens: What ``tokens(of:)`` gave.
  ///   - function: What makes scores of logits; the model's own by default.
  ///   - check: Called now and then; what it throws ends the run.
  /// - Returns: `[pairs, labels]`, row by row.
  package func scores(
    of tokens: PackedTokens, _ function: ScoreFunction? = nil, check: () throws -> Void
  ) throws -> [Float] {
    try workspaces.withWorkspace { workspace in
      try workspace.scoped {
        let scores = try model.forward(tokens, function, in: workspace, check: check)
        let values = workspace.values(of: scores)
        guard values.allSatisfy(\.isFinite) else { throw ModelFolder.notANumber(folder, kernels: kernels) }
        return values
      }
    }
  }

  /// How many tokens each pair would have for the model if nothing were cut, without what a template adds.
  package func wholeTokenCounts(_ pairs: [(String, String?)]) throws -> [Int] {
    try pairs.map { try tokenizer.encode($0.0, pair: $0.1, options: EncodingOptions()).ids.count }
  }
}
