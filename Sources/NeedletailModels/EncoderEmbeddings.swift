internal import NeedletailTensor
internal import NeedletailTokenizers

/// The sum of word, position and segment rows, normalised.
struct EncoderEmbeddings: Sendable {
  let words: LookupTable
  let positions: LookupTable
  let segments: LookupTable?
  let norm: LayerNormalization
  let positionRule: EncoderFamily.Positions
  let paddingID: Int32

  func forward(_ tokens: PackedTokens, to states: Block, in workspace: Workspace) {
    words.forward(tokens.ids, to: states, in: workspace)
    positions.forward(positionIDs(tokens), accumulate: true, to: states, in: workspace)
    segments?.forward(tokens.typeIDs, accumulate: true, to: states, in: workspace)
    norm.forward(states, to: states, in: workspace)
  }

  /// Positions start anew with each text.
  private func positionIDs(_ tokens: PackedTokens) -> [Int32] {
    var ids: [Int32] = []
    ids.reserveCapacity(tokens.ids.count)
    for text in 0..<tokens.count {
      let range = tokens.range(text)
      switch positionRule {
      case .fromZero: ids.append(contentsOf: 0..<Int32(range.count))
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
