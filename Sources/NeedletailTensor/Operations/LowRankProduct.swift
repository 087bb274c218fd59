/// A low-rank change of a product, up · down · x, computed in float32 beside the product itself.
///
/// LoRA: Hu and others 2022, arXiv:2106.09685.
package struct LowRankProduct: Sendable {
  private let down: Linear
  private let up: Linear

  /// Packs the two matrices.
  ///
  /// - Parameters:
  ///   - down: `[r, inputs]`, r at least 1.
  ///   - up: `[outputs, r]`, the change's scale in it.
  ///   - kernels: The set that runs it.
  package init(down: FloatTensor, up: FloatTensor, kernels: Kernels) {
    precondition(down.shape.count == 2 && down.shape[0] > 0 && up.shape.last == down.shape[0], "shapes fit")
    self.down = Linear(weight: down, bias: nil, kernels: kernels)
    self.up = Linear(weight: up, bias: nil, kernels: kernels)
  }

  /// output += weight · up · down · input, each row by itself.
  fileprivate func add(_ input: Block, times weight: Float, to output: Block, in workspace: Workspace) {
    workspace.scoped {
      let low = workspace.allocate(rows: input.rows, columns: down.outputs)
      down.forward(input, to: low, in: workspace)
      if weight != 1 { workspace.scale(low, by: weight) }
      up.forward(low, to: output, residual: output, in: workspace)
    }
  }
}

/// A low-rank change of a table of rows: row i changes by up · low[i].
package struct LowRankTable: Sendable {
  private let low: LookupTable
  private let up: Linear

  /// - Parameters:
  ///   - low: `[rows, r]`, r at least 1.
  ///   - up: `[features, r]`, the change's scale in it.
  ///   - kernels: The set that runs it.
  package init(low: FloatTensor, up: FloatTensor, kernels: Kernels) {
    precondition(up.shape.count == 2 && up.shape[1] > 0 && low.shape.last == up.shape[1], "shapes fit")
    self.low = LookupTable(low)
    self.up = Linear(weight: up, bias: nil, kernels: kernels)
  }

  /// Adds weight · (the change of each id's row) to the row of `output` with the same number.
  fileprivate func add(_ ids: [Int32], times weight: Float, to output: Block, in workspace: Workspace) {
    workspace.scoped {
      let rows = workspace.allocate(rows: ids.count, columns: low.features)
      low.forward(ids, to: rows, in: workspace)
      if weight != 1 { workspace.scale(rows, by: weight) }
      up.forward(rows, to: output, residual: output, in: workspace)
    }
  }
}

/// A change and how much of it is added.
package struct Weighted<Change: Sendable>: Sendable {
  package let change: Change
  package let weight: Float

  package init(_ change: Change, weight: Float) {
    self.change = change
    self.weight = weight
  }
}

extension Linear {
  /// Applies the product of a changed weight: each change is added in its order, before the activation.
  ///
  /// Without changes it is ``forward(_:to:residual:in:)``. A row depends on its own row of the input alone.
  ///
  /// - Parameter residual: As there; none where an activation follows.
  package func forward(
    _ input: Block, to output: Block, residual: Block? = nil, changes: [Weighted<LowRankProduct>],
    in workspace: Workspace
  ) {
    guard !changes.isEmpty else { return forward(input, to: output, residual: residual, in: workspace) }
    precondition(residual == nil || activation == .identity, "what is activated is whole")
    forward(input, to: output, activation: .identity, residual: residual, in: workspace)
    for one in changes { one.change.add(input, times: one.weight, to: output, in: workspace) }
    if activation != .identity { workspace.activate(output, activation) }
  }
}

extension LookupTable {
  /// Writes or adds rows of a changed table; see ``forward(_:accumulate:to:in:)``.
  package func forward(
    _ ids: [Int32], accumulate: Bool = false, to output: Block, changes: [Weighted<LowRankTable>],
    in workspace: Workspace
  ) {
    forward(ids, accumulate: accumulate, to: output, in: workspace)
    for one in changes { one.change.add(ids, times: one.weight, to: output, in: workspace) }
  }
}
