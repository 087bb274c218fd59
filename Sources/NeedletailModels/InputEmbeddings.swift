internal import NeedletailTensor
internal import NeedletailTokenizers

/// The sum of word, position and segment rows, normalised, in the size of the states.
struct InputEmbeddings: Sendable {
  let words: LookupTable
  let positions: LookupTable?
  let segments: LookupTable?
  let tasks: LookupTable?
  let norm: LayerNormalization?
  /// From the embeddings' size to the states', where they differ.
  let projection: Linear?
  let positionRule: TransformerFamily.Positions
  let paddingID: Int32

  func forward(_ tokens: PackedTokens, to states: Block, in workspace: Workspace) {
    guard let projection else { return embed(tokens, to: states, in: workspace) }
    workspace.scoped {
      let embedded = workspace.allocate(rows: states.rows, columns: projection.inputs)
      embed(tokens, to: embedded, in: workspace)
      projection.forward(embedded, to: states, in: workspace)
    }
  }

  private func embed(_ tokens: PackedTokens, to rows: Block, in workspace: Workspace) {
    words.forward(tokens.ids, to: rows, in: workspace)
    positions?.forward(positionIDs(tokens), accumulate: true, to: rows, in: workspace)
    segments?.forward(tokens.typeIDs, accumulate: true, to: rows, in: workspace)
    tasks?.forward([Int32](repeating: 0, count: rows.rows), accumulate: true, to: rows, in: workspace)
    norm?.forward(rows, to: rows, in: workspace)
  }

  /// Positions start anew with each text.
  private func positionIDs(_ tokens: PackedTokens) -> [Int32] {
    var ids: [Int32] = []
    ids.reserveCapacity(tokens.ids.count)
    for text in 0..<tokens.count {
      let range = tokens.range(text)
      switch positionRule {
      case .fromZero, .rotary: ids.append(contentsOf: 0..<Int32(range.count))
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
