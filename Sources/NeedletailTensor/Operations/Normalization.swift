internal import CNeedletail

/// What keeps rows at one size: layer normalisation, (x − mean) / √(variance + ε) · gamma + beta over the features of a
/// row, biased variance (Ba, Kiros and Hinton 2016, arXiv:1607.06450); or x / √(mean(x²) + ε) · gamma (Zhang and Sennrich
/// 2019, arXiv:1910.07467).
package struct Normalization: Sendable {
  package enum Kind: Sendable {
    /// By mean and variance.
    case layer
    /// By the root mean square.
    case rootMeanSquare
  }

  /// d, the features of a row.
  package let features: Int
  private let kind: Kind
  private let gamma: FloatTensor
  private let beta: FloatTensor?
  private let epsilon: Float

  /// - Parameters:
  ///   - kind: By what.
  ///   - gamma: `[features]`.
  ///   - beta: `[features]`, or `nil` for zeros; always `nil` for the root mean square.
  ///   - epsilon: At least 0.
  package init(_ kind: Kind = .layer, gamma: FloatTensor, beta: FloatTensor? = nil, epsilon: Float) {
    precondition(
      gamma.shape.count == 1 && beta?.shape ?? gamma.shape == gamma.shape, "gamma and beta are vectors of one length")
    precondition(kind == .layer || beta == nil, "the root mean square has no beta")
    self.kind = kind
    features = gamma.shape[0]
    self.gamma = gamma
    self.beta = beta
    self.epsilon = epsilon
  }

  /// Without weights: gamma is one.
  ///
  /// - Parameters:
  ///   - kind: By what.
  ///   - features: Of a row.
  ///   - epsilon: At least 0.
  package init(_ kind: Kind = .layer, features: Int, epsilon: Float) {
    self.init(
      kind, gamma: FloatTensor([Float](repeating: 1, count: features), shape: [features]), epsilon: epsilon)
  }

  /// Normalises every row of `input`, in place if `output` is the same block.
  package func forward(_ input: Block, to output: Block, in workspace: Workspace) {
    precondition(input.columns == features && output.columns == features && input.rows == output.rows, "shapes fit")
    unsafe normalize(workspace.pointer(input), to: workspace.pointer(output), rows: input.rows, workspace.kernels)
  }

  /// Normalises `count` pieces of `features` columns, side by side from `column` on, of every row, in place.
  package func apply(to rows: Block, column: Int, count: Int, in workspace: Workspace) {
    precondition(column >= 0 && column + count * features <= rows.columns, "the pieces lie in the rows")
    for row in 0..<rows.rows {
      let start = unsafe workspace.pointer(rows) + row * rows.columns + column
      unsafe normalize(start, to: start, rows: count, workspace.kernels)
    }
  }

  private func normalize(
    _ input: UnsafeMutablePointer<Float>, to output: UnsafeMutablePointer<Float>, rows: Int, _ kernels: Kernels
  ) {
    switch kind {
    case .layer:
      unsafe kernels.table.layer_norm_f32(input, nil, gamma.start, beta?.start, epsilon, output, rows, features)
    case .rootMeanSquare: unsafe kernels.table.rms_norm_f32(input, gamma.start, epsilon, output, rows, features)
    }
  }
}
