internal import CNeedletail

/// output = (x − mean) / √(variance + ε) · gamma + beta over the features of each row, biased variance
/// (Ba, Kiros and Hinton 2016, arXiv:1607.06450).
package struct LayerNormalization: Sendable {
  /// d, the features of a row.
  package let features: Int
  private let gamma: FloatTensor
  private let beta: FloatTensor?
  private let epsilon: Float

  /// - Parameters:
  ///   - gamma: `[features]`.
  ///   - beta: `[features]`, or `nil` for zeros.
  ///   - epsilon: At least 0.
  package init(gamma: FloatTensor, beta: FloatTensor?, epsilon: Float) {
    precondition(
      gamma.shape.count == 1 && beta?.shape ?? gamma.shape == gamma.shape, "gamma and beta are vectors of one length")
    features = gamma.shape[0]
    self.gamma = gamma
    self.beta = beta
    self.epsilon = epsilon
  }

  /// Normalises every row of `input`, in place if `output` is the same block.
  package func forward(_ input: Block, to output: Block, in workspace: Workspace) {
    precondition(input.columns == features && output.columns == features && input.rows == output.rows, "shapes fit")
    unsafe workspace.kernels.table.layer_norm_f32(
      workspace.pointer(input), nil, gamma.start, beta?.start, epsilon, workspace.pointer(output), input.rows, features)
  }
}
