internal import NeedletailTensor

/// One layer: attention, then the feed-forward block, each with its residual and normalised after (post-norm).
struct EncoderLayer: Sendable {
  let projection: Linear
  let attention: Attention
  let attentionOutput: Linear
  let attentionNorm: LayerNormalization
  let up: Linear
  let down: Linear
  let outputNorm: LayerNormalization

  /// Rows of the feed-forward block that are computed at a time, so that the wide activations between its two products
  /// stay in the cache; a multiple of every kernel's tile.
  private static let feedForwardRows = 192

  /// Replaces the states by those after this layer.
  func forward(_ states: Block, starts: [Int], in workspace: Workspace) {
    attend(states, starts: starts, in: workspace)
    feedForward(states, in: workspace)
  }

  /// Replaces the states by those after attention.
  func attend(_ states: Block, starts: [Int], in workspace: Workspace) {
    workspace.scoped {
      let projected = workspace.allocate(rows: states.rows, columns: projection.outputs)
      workspace.spending(on: .projection) { projection.forward(states, to: projected, in: workspace) }
      let context = workspace.allocate(rows: states.rows, columns: states.columns)
      workspace.spending(on: .attention) {
        attention.forward(projected, starts: starts, to: context, in: workspace)
      }
      workspace.spending(on: .attentionOutput) {
        attentionOutput.forward(context, to: states, residual: states, in: workspace)
      }
    }
    workspace.spending(on: .normalization) { attentionNorm.forward(states, to: states, in: workspace) }
  }

  /// Replaces the states by those after the feed-forward block.
  func feedForward(_ states: Block, in workspace: Workspace) {
    for first in stride(from: 0, to: states.rows, by: Self.feedForwardRows) {
      let rows = states.rows(first..<min(first + Self.feedForwardRows, states.rows))
      workspace.scoped {
        let wide = workspace.allocate(rows: rows.rows, columns: up.outputs)
        workspace.spending(on: .up) { up.forward(rows, to: wide, in: workspace) }
        workspace.spending(on: .down) { down.forward(wide, to: rows, residual: rows, in: workspace) }
      }
      workspace.spending(on: .normalization) { outputNorm.forward(rows, to: rows, in: workspace) }
    }
  }
}
