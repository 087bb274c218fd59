internal import NeedletailTensor

/// One layer: attention, then the feed-forward block, each with its residual and a normalisation.
struct TransformerLayer: Sendable {
  /// Where a layer normalises.
  enum Order: Sendable {
    /// The sum of a block and its residual (post-norm).
    case normalizedAfter
    /// What a block takes, and not its residual (pre-norm).
    case normalizedBefore
  }

  let order: Order
  let projection: Linear
  let attention: Attention
  let attentionOutput: Linear
  /// `nil` for none.
  let attentionNorm: LayerNormalization?
  let up: Linear
  /// What follows the first product where it gives what is activated and what gates it.
  let gating: Gating?
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
      let input = attentionInput(states, in: workspace)
      let projected = workspace.allocate(rows: states.rows, columns: projection.outputs)
      workspace.spending(on: .projection) { projection.forward(input, to: projected, in: workspace) }
      let context = workspace.allocate(rows: states.rows, columns: states.columns)
      workspace.spending(on: .attention) {
        attention.forward(projected, starts: starts, to: context, in: workspace)
      }
      workspace.spending(on: .attentionOutput) {
        attentionOutput.forward(context, to: states, residual: states, in: workspace)
      }
    }
    if order == .normalizedAfter, let attentionNorm { normalize(states, attentionNorm, to: states, in: workspace) }
  }

  /// Replaces the states by those after the feed-forward block.
  func feedForward(_ states: Block, in workspace: Workspace) {
    for first in stride(from: 0, to: states.rows, by: Self.feedForwardRows) {
      let rows = states.rows(first..<min(first + Self.feedForwardRows, states.rows))
      workspace.scoped {
        let input = feedForwardInput(rows, in: workspace)
        let wide = workspace.allocate(rows: rows.rows, columns: up.outputs)
        workspace.spending(on: .up) { up.forward(input, to: wide, in: workspace) }
        let gated = gating == nil ? wide : workspace.allocate(rows: rows.rows, columns: down.inputs)
        workspace.spending(on: .gating) { gating?.forward(wide, to: gated, in: workspace) }
        workspace.spending(on: .down) { down.forward(gated, to: rows, residual: rows, in: workspace) }
      }
      if order == .normalizedAfter { normalize(rows, outputNorm, to: rows, in: workspace) }
    }
  }

  /// What query, key and value are products of.
  func attentionInput(_ states: Block, in workspace: Workspace) -> Block {
    input(states, attentionNorm, in: workspace)
  }

  /// What the feed-forward block's first product takes.
  func feedForwardInput(_ states: Block, in workspace: Workspace) -> Block {
    input(states, outputNorm, in: workspace)
  }

  private func input(_ states: Block, _ norm: LayerNormalization?, in workspace: Workspace) -> Block {
    guard order == .normalizedBefore, let norm else { return states }
    let input = workspace.allocate(rows: states.rows, columns: states.columns)
    normalize(states, norm, to: input, in: workspace)
    return input
  }

  private func normalize(_ input: Block, _ norm: LayerNormalization, to output: Block, in workspace: Workspace) {
    workspace.spending(on: .normalization) { norm.forward(input, to: output, in: workspace) }
  }
}
