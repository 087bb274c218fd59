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
  ///   - weight: `[d, d / groups, width]` as checkpoints store it; the width is odd. Features of each group see those of
  ///     their own group.
  ///   - bias: `[d]`.
  ///   - activation: Applied before the residual is added.
  ///   - kernels: The set that the product is packed for.
  package init(weight: FloatTensor, bias: FloatTensor, activation: Activation, kernels: Kernels) {
    precondition(weight.shape.count == 3 && weight.shape[2] % 2 == 1, "a token stands in the middle of what it sees")
    let (features, seen, width) = (weight.shape[0], weight.shape[1], weight.shape[2])
    precondition(seen > 0 && features % seen == 0, "groups have one size")
    reach = width / 2
    var values = [Float](repeating: 0, count: features * width * features)
    let stored = weight.values
    for output in 0..<features {
      for input in 0..<seen {
        let column = output / seen * seen + input
        for place in 0..<width {
          values[(output * width + place) * features + column] = stored[(output * seen + input) * width + place]
        }
      }
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
