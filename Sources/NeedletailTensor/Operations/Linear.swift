internal import CNeedletail

/// output[m, n] = activation(input[m, k] · weightᵀ + bias) + residual, with the weight packed for one kernel set.
package struct Linear: Sendable {
  /// k, the features that go in.
  package let inputs: Int
  /// n, the features that come out.
  package let outputs: Int
  /// What is multiplied.
  package let precision: Precision
  /// The features over which sums of int8 products fit 32 bits.
  package static let mostInt8Inputs = 65_536
  private let packed: AlignedFloats
  private let bias: FloatTensor?
  private let activation: Activation
  /// What each input feature is multiplied by before it is rounded.
  private let factors: FloatTensor?

  /// Packs a weight.
  ///
  /// - Parameters:
  ///   - weight: `[outputs, inputs]`, as checkpoints store it.
  ///   - bias: `[outputs]`, or `nil`.
  ///   - activation: Applied before the residual is added.
  ///   - precision: What is multiplied.
  ///   - smoothing: How the magnitudes of input features and weights are evened out before int8 rounds them.
  ///   - kernels: The set whose packing is used; the products need a workspace of the same set.
  package init(
    weight: FloatTensor, bias: FloatTensor?, activation: Activation = .identity, precision: Precision = .float32,
    smoothing: Smoothing? = nil, kernels: Kernels
  ) {
    precondition(weight.shape.count == 2, "a weight is a matrix")
    precondition(bias.map { $0.shape == [weight.shape[0]] } ?? true, "a bias has one value an output")
    outputs = weight.shape[0]
    inputs = weight.shape[1]
    precondition(precision != .int8 || inputs <= Self.mostInt8Inputs, "the sums fit")
    self.precision = precision
    self.bias = bias
    self.activation = activation
    factors = smoothing?.factors
    let weight = smoothing?.apply(weight) ?? weight
    if let narrow = kernels.narrow(precision) {
      let panels = (outputs + narrow.panel_width() - 1) / narrow.panel_width()
      packed = AlignedFloats(zeros: panels * narrow.panel_bytes(inputs) / MemoryLayout<Float>.stride)
      unsafe narrow.pack(weight.start, outputs, inputs, 0, panels, packed.start)
    } else {
      packed = unsafe AlignedFloats(zeros: kernels.table.linear_packed_count(outputs, inputs))
      unsafe kernels.table.linear_pack(
        weight.start, outputs, inputs, 0, kernels.table.linear_panel_count(outputs), packed.start)
    }
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
    guard let narrow = workspace.kernels.narrow(precision) else {
      unsafe workspace.kernels.table.linear_f32(
        workspace.pointer(input), inputs, packed.start, bias?.start, activation.code,
        residual.map { unsafe UnsafePointer(workspace.pointer($0)) }, outputs, workspace.pointer(output), outputs,
        input.rows, outputs, inputs)
      return
    }
    workspace.scoped {
      let width = narrow.row_bytes(inputs) / MemoryLayout<Float>.stride
      let prepared = workspace.allocate(rows: input.rows, columns: width)
      unsafe narrow.prepare(
        workspace.pointer(input), inputs, factors?.start, workspace.pointer(prepared), input.rows, inputs)
      unsafe narrow.linear(
        workspace.pointer(prepared), packed.start, bias?.start, activation.code,
        residual.map { unsafe UnsafePointer(workspace.pointer($0)) }, outputs, workspace.pointer(output), outputs,
        input.rows, outputs, inputs)
    }
  }
}
