internal import CNeedletail

/// An orthogonal transform of input features, S · H: a sign for each, then Walsh–Hadamard.
///
/// What stands out in one feature becomes a small part of many, so that 8 bits round it better; the signs keep what is
/// common to all features, such as the mean of activations, from standing out afterwards (QuaRot: Ashkboos and others
/// 2024, arXiv:2404.00456).
package struct Rotation: Sendable {
  /// S, 1 or −1 for each feature.
  let signs: [Float]

  /// Signs without a pattern: the top bits of ``SplitMix64``'s numbers.
  package init(features: Int) { signs = (0..<features).map { SplitMix64.number(at: $0) >> 63 == 0 ? 1 : -1 } }

  /// The matrix W · S · H / n, so that (x · S · H) · (W · S · H / n)ᵀ = x · Wᵀ for the transform H of the kernels'
  /// `rotate_f32`.
  ///
  /// - Parameter weight: W, `[outputs, features]`.
  func apply(to weight: FloatTensor, _ kernels: Kernels) -> FloatTensor {
    let (rows, columns) = (weight.shape[0], weight.shape[1])
    let memory = AlignedFloats(zeros: weight.count)
    let norm = unsafe kernels.table.rotate_f32(weight.start, columns, signs, memory.start, rows, columns)
    unsafe kernels.table.scale_f32(memory.start, 1 / Float(norm), weight.count)
    return unsafe FloatTensor(shape: weight.shape, start: UnsafePointer(memory.start), owner: memory)
  }

  /// Rows turned by the transform divided by √n, which keeps their lengths and products.
  ///
  /// - Parameter rows: Of a multiple of 16 features; of others a row stays as it is but for signs.
  package func rotate(_ rows: Matrix, _ kernels: Kernels) -> Matrix {
    precondition(rows.columns == signs.count, "there is a sign for each feature")
    var result = Matrix(rows: rows.rows, columns: rows.columns)
    let (m, k) = (rows.rows, rows.columns)
    unsafe rows.values.withUnsafeBufferPointer { from in
      guard let from = from.baseAddress else { return }
      let norm = unsafe kernels.table.rotate_f32(from, k, signs, &result.values, m, k)
      unsafe kernels.table.scale_f32(&result.values, 1 / Float(norm).squareRoot(), m * k)
    }
    return result
  }
}
