internal import NeedletailTensor

/// What follows NV-Embed's language model: attention of tokens to learned latents, and a feed-forward block with a gate;
/// each takes its states normalised and is added to them.
struct LatentBlock: Sendable {
  let attentionNorm: Normalization
  let attention: LatentAttention
  let outputNorm: Normalization
  let up: Linear
  let gating: Gating
  let down: Linear

  /// Rows that are computed at a time, so that what is wide between two products stays in the cache; a multiple of every
  /// kernel's tile.
  private static let rowsPerBlock = 192

  /// Replaces the states by those after both.
  func forward(_ states: Block, in workspace: Workspace) {
    workspace.spending(on: .other) {
      for first in stride(from: 0, to: states.rows, by: Self.rowsPerBlock) {
        let rows = states.rows(first..<min(first + Self.rowsPerBlock, states.rows))
        workspace.scoped {
          let input = workspace.allocate(rows: rows.rows, columns: rows.columns)
          attentionNorm.forward(rows, to: input, in: workspace)
          attention.forward(input, addedTo: rows, in: workspace)
          outputNorm.forward(rows, to: input, in: workspace)
          let wide = workspace.allocate(rows: rows.rows, columns: up.outputs)
          up.forward(input, to: wide, in: workspace)
          let gated = workspace.allocate(rows: rows.rows, columns: down.inputs)
          gating.forward(wide, to: gated, in: workspace)
          down.forward(gated, to: rows, residual: rows, in: workspace)
        }
      }
    }
  }
}
