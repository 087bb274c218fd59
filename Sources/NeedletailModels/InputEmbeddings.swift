internal import NeedletailTensor
internal import NeedletailTokenizers

/// The sum of word, position and segment rows, normalised, in the size of the states.
struct InputEmbeddings: Sendable {
  let words: LookupTable
  /// What the rows of words are multiplied with.
  let wordScale: Float
  let positions: LookupTable?
  let segments: LookupTable?
  let tasks: LookupTable?
  let norm: Normalization?
  /// From the embeddings' size to the states', where they differ.
  let projection: Linear?
  /// Of what comes from there.
  let projectedNorm: Normalization?
  let positionRule: TransformerFamily.Positions
  let paddingID: Int32

  /// - Parameters:
  ///   - before: Positions before the first token of each text.
  ///   - changes: What is added to tables and product.
  func forward(
    _ tokens: PackedTokens, before: Int = 0, to states: Block, changes: EmbeddingChanges = .init(),
    in workspace: Workspace
  ) {
    guard let projection else { return embed(tokens, before: before, to: states, changes, in: workspace) }
    workspace.scoped {
      let embedded = workspace.allocate(rows: states.rows, columns: projection.inputs)
      embed(tokens, before: before, to: embedded, changes, in: workspace)
      projection.forward(embedded, to: states, changes: changes.projection, in: workspace)
      projectedNorm?.forward(states, to: states, in: workspace)
    }
  }

  private func embed(
    _ tokens: PackedTokens, before: Int, to rows: Block, _ changes: EmbeddingChanges, in workspace: Workspace
  ) {
    words.forward(tokens.ids, to: rows, changes: changes.words, in: workspace)
    if wordScale != 1 { workspace.scale(rows, by: wordScale) }
    positions?.forward(
      positionIDs(tokens, before: before), accumulate: true, to: rows, changes: changes.positions,
      in: workspace)
    segments?.forward(tokens.typeIDs, accumulate: true, to: rows, changes: changes.segments, in: workspace)
    tasks?.forward(
      [Int32](repeating: 0, count: rows.rows), accumulate: true, to: rows, changes: changes.tasks, in: workspace)
    norm?.forward(rows, to: rows, in: workspace)
  }

  /// Positions start anew with each text.
  private func positionIDs(_ tokens: PackedTokens, before: Int) -> [Int32] {
    var ids: [Int32] = []
    ids.reserveCapacity(tokens.ids.count)
    for text in 0..<tokens.count {
      let range = tokens.range(text)
      switch positionRule {
      case .fromZero, .rotary, .linearBias, .learnedBias:
        ids.append(contentsOf: Int32(before)..<Int32(before + range.count))
      case .afterPadding:
        var position = paddingID
        for id in tokens.ids[range] {
          if id == paddingID {
            ids.append(paddingID)
          } else {
            position += 1
            ids.append(position)
          }
        }
      }
    }
    return ids
  }
}
