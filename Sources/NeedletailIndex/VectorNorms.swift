package import NeedletailTensor

/// Lengths of vectors, and whether they have one.
package enum VectorNorms {
  /// 1 / length, also where the squares of tiny values vanish in float32; 0 for a vector of zeros.
  package static func inverse(_ vector: ArraySlice<Float>, _ kernels: Kernels) -> Float {
    let square = kernels.dot(vector, vector)
    if square > 1e-30 { return 1 / square.squareRoot() }
    let exact = vector.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard exact > 0 else { return 0 }
    let inverse = Float(1 / exact.squareRoot())
    return inverse.isFinite ? inverse : 0
  }

  /// Checks that rows are finite and can be squared.
  ///
  /// - Parameter name: What errors call a row.
  static func check(_ vectors: Matrix, _ kernels: Kernels, _ name: (Int) -> String) throws(IndexError) {
    for row in 0..<vectors.rows where !kernels.dot(vectors[row: row], vectors[row: row]).isFinite {
      throw IndexError(
        .notFinite, name(row), "holds a value that is not finite, or values too large to square")
    }
  }
}
