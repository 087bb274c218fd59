/// output[i] = activation(Σ_t weight[t] · input[i + t − reach] + bias) + residual[i] over the tokens of each text, with
/// zeros before its first and after its last.
package struct TokenConvolution: Sendable {
  /// How many tokens it sees on each side.
  package let reach: Int
  /// The product of what a token sees, side by side.
  private let product: Linear
  /// d, the features of a row.
  private var features: Int { product.outputs }

  /// Rows that are computed at a time.
  private static let rows = 192

  /// - Parameters:
  ///   - weight: `[d, d, width]` as checkpoints store it; the width is odd.
  ///   - bias: `[d]`.
  ///   - activation: Applied before the residual is added.
  ///   - kernels: The set that the product is packed for.
  package init(weight: FloatTensor, bias: FloatTensor, activation: Activation, kernels: Kernels) {
    precondition(weight.shape.count == 3 && weight.shape[0] == weight.shape[1], "as many features go in as come out")
    precondition(weight.shape[2] % 2 == 1, "a token stands in the middle of what it sees")
    let (features, width) = (weight.shape[0], weight.shape[2])
    reach = width / 2
    let stored = weight.values
    // What a token sees stands token by token.
    let values = (0..<features).flatMap { output in
      (0..<width).flatMap { place in (0..<features).map { stored[(output * features + $0) * width + place] } }
    }
    product = Linear(
      weight: FloatTensor(values, shape: [features, width * features]), bias: bias, activation: activation,
      kernels: kernels)
  }

  /// Convolves each text.
  ///
  /// - Parameters:
  ///   - input: `[tokens, d]`.
  ///   - starts: Where each text's rows start, and where the last one's end.
  ///   - output: `[tokens, d]`, another block than `input`.
  ///   - residual: `[tokens, d]`, added last; may be `output`.
  package func forward(
    _ input: Block, starts: [Int], to output: Block, residual: Block, in workspace: Workspace
  ) {
    precondition(input.columns == features && starts.last == input.rows, "shapes fit")
    precondition(output.rows == input.rows && residual.rows == input.rows, "shapes fit")
    for (start, end) in zip(starts, starts.dropFirst()) {
      for first in stride(from: start, to: end, by: Self.rows) {
        let rows = first..<min(first + Self.rows, end)
        workspace.scoped {
          let seen = workspace.allocate(rows: rows.count, columns: product.inputs)
          unsafe gather(
            workspace.pointer(input), text: start..<end, rows: rows, to: workspace.pointer(seen))
          product.forward(seen, to: output.rows(rows), residual: residual.rows(rows), in: workspace)
        }
      }
    }
  }

  /// Writes what each of the rows sees.
  private func gather(
    _ input: UnsafePointer<Float>, text: Range<Int>, rows: Range<Int>, to seen: UnsafeMutablePointer<Float>
  ) {
    var target = unsafe seen
    for row in rows {
      for token in row - reach...row + reach {
        if text.contains(token) {
          unsafe target.update(from: input + token * features, count: features)
        } else {
          unsafe target.update(repeating: 0, count: features)
        }
        unsafe target += features
      }
    }
  }
}
