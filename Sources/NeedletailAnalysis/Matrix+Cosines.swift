public import NeedletailTensor

extension Matrix {
  /// The cosine of every row with every row.
  ///
  /// - Parameter kernels: The instruction set to use.
  /// - Returns: `[rows, rows]`, symmetric, each value -1 to 1; rows of zeros have the cosine 0 with all others.
  /// - Complexity: O(rows² · columns).
  public func cosines(kernels: Kernels) -> Matrix {
    let lengths = (0..<rows).map { row in
      self[row: row].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
    var cosines = Matrix(rows: rows, columns: rows)
    var products: [Float] = []
    for row in 0..<rows {
      products = [Float](repeating: 0, count: rows - row)
      kernels.dots(self[row: row], values[(row * columns)...], to: &products)
      for (offset, product) in products.enumerated() {
        let scale = lengths[row] * lengths[row + offset]
        let cosine = scale > 0 ? min(1, max(-1, Float(Double(product) / scale))) : 0
        cosines.values[row * rows + row + offset] = cosine
        cosines.values[(row + offset) * rows + row] = cosine
      }
    }
    return cosines
  }
}
