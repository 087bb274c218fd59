internal import CNeedletail

/// output = activation(a) · b for rows of two halves, [a, b] or [b, a]: the gated linear unit of a feed-forward block
/// (Shazeer 2020, arXiv:2002.05202).
package struct Gating: Sendable {
  private let activation: Activation
  private let isGateFirst: Bool

  /// - Parameters:
  ///   - activation: Of the half that is no gate.
  ///   - isGateFirst: Whether the gate is the first half.
  package init(activation: Activation, isGateFirst: Bool = false) {
    self.activation = activation
    self.isGateFirst = isGateFirst
  }

  /// - Parameters:
  ///   - input: `[m, 2n]`.
  ///   - output: `[m, n]`.
  package func forward(_ input: Block, to output: Block, in workspace: Workspace) {
    precondition(input.columns == 2 * output.columns && input.rows == output.rows, "shapes fit")
    let columns = output.columns
    let (from, to) = unsafe (workspace.pointer(input), workspace.pointer(output))
    for row in 0..<input.rows {
      let first = unsafe from + row * 2 * columns
      let (values, gates) = unsafe isGateFirst ? (first + columns, first) : (first, first + columns)
      unsafe workspace.kernels.table.gate_f32(values, gates, activation.code, to + row * columns, columns)
    }
  }
}
