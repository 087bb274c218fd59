internal import NeedletailModels
package import NeedletailTensor
package import NeedletailTokenizers

extension Embedder {
  /// The states of every text of a batch as pooling takes them: `[tokens, features]` each.
  package func tokenStates(of tokens: PackedTokens) async throws -> [Matrix] {
    guard case .transformer(let encoder, _) = pipeline.encoder else {
      throw EmbeddingError(.request, "token states", "a static model has none")
    }
    try encoder.check(tokens)
    let order = (0..<tokens.count).sorted { (tokens.range($0).count, $0) < (tokens.range($1).count, $1) }
    var batches: [[Int]] = []
    var size = 0
    for text in order {
      if batches.isEmpty || size + tokens.range(text).count > configuration.batchTokens {
        batches.append([])
        size = 0
      }
      batches[batches.count - 1].append(text)
      size += tokens.range(text).count
    }
    let plan = batches
    let parts = try await team.map(plan.count) { item in
      var batch = PackedTokens()
      for text in plan[item] {
        batch.append(ids: tokens.ids[tokens.range(text)], typeIDs: tokens.typeIDs[tokens.range(text)])
      }
      return workspaces.withWorkspace { workspace in
        workspace.scoped {
          let states = pipeline.states(batch, encoder, in: workspace) {}
          return (0..<batch.count).map {
            let range = batch.range($0)
            return Matrix(rows: range.count, columns: states.columns, values: workspace.values(of: states.rows(range)))
          }
        }
      }
    }
    var result = [Matrix](repeating: Matrix(rows: 0, columns: 0), count: tokens.count)
    for (batch, matrices) in zip(plan, parts) { for (text, matrix) in zip(batch, matrices) { result[text] = matrix } }
    return result
  }
}
