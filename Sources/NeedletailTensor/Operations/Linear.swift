internal import CNeedletail

/// output[m, n] = activation(input[m, k] · weightᵀ + bias) + residual, with the weight packed for one kernel set.
package struct Linear: Sendable {
  /// k, the features that go in.
  package let inputs: Int
  /// n, the features that come out.
  package let outputs: Int
  private let packed: AlignedFloats
  private let bias: FloatTensor?
  private let activation: Activation

  /// Packs a weight.
  ///
  /// - Parameters:
  ///   - weight: `[outputs, inputs]`, as checkpoints store it.
  ///   - bias: `[outputs]`, or `nil`.
  ///   - activation: Applied before the residual is added.
  ///   - kernels: The set whose packing is used; ``forward(_:to:residual:in:)`` needs a workspace of the same set.
  package init(weight: FloatTensor, bias: FloatTensor?, activation: Activation = .identity, kernels: Kernels) {
    precondition(weight.shape.count == 2, "a weight is a matrix")
    outputs = weight.shape[0]
    inputs = weight.shape[1]
    precondition(bias.map { $0.shape == [weight.shape[0]] } ?? true, "a bias has one value an output")
    packed = unsafe AlignedFloats(zeros: kernels.table.linear_packed_count(outputs, inputs))
    unsafe kernels.table.linear_pack(
      weight.start, outputs, inputs, 0, kernels.table.linear_panel_count(outputs), packed.start)
    self.bias = bias
    self.activation = activation
  }

  /// Applies the product to every row of `input`.
  ///
  /// - Parameters:
  ///   - input: `[m, inputs]`.
  ///   - output: `[m, outputs]`, another block than `input`.
  ///   - residual: `[m, outputs]`, added last; may be `output`.
  package func forward(_ input: Block, to output: Block, residual: Block? = nil, in workspace: Workspace) {
    precondition(input.columns == inputs && output.columns == outputs && input.rows == output.rows, "shapes fit")
    precondition(residual.map { $0.rows == output.rows && $0.columns == outputs } ?? true, "the residual fits")
    unsafe workspace.kernels.table.linear_f32(
      workspace.pointer(input), inputs, packed.start, bias?.start, activation.code,
      residual.map { unsafe UnsafePointer(workspace.pointer($0)) }, outputs, workspace.pointer(output), outputs,
      input.rows,
      outputs, inputs)
  }
}
