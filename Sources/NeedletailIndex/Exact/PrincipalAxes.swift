internal import NeedletailTensor

/// The directions in which vectors are longest (Pearson 1901, doi:10.1080/14786440109462720), about the origin: what is
/// left along them keeps inner products and distances best.
enum PrincipalAxes {
  /// Finds axes of length one, the longest first; the leading values where there are too few vectors.
  ///
  /// - Returns: `[count, columns]`.
  static func find(in vectors: Matrix, sample: ClosedRange<Int>, count: Int, _ kernels: Kernels) -> [Float] {
    let d = vectors.columns
    let rows = min(vectors.rows, sample.upperBound)
    var products = [Double](repeating: 0, count: d * d)
    if rows >= sample.lowerBound {
      var columns = Matrix(rows: d, columns: rows)
      for row in 0..<rows {
        for column in 0..<d { columns.values[column * rows + row] = vectors.values[row * d + column] }
      }
      var sums = [Float](repeating: 0, count: d * d)
      kernels.scan(
        columns.values.span, columns.values.span, d: rows, distances: false, to: &sums, .init(stride: d, offset: 0))
      products = sums.map(Double.init)
    }
    guard rows >= sample.lowerBound, let decomposition = SymmetricEigendecomposition(of: products, order: d) else {
      return (0..<count).flatMap { axis in (0..<d).map { $0 == axis ? 1 : 0 } }
    }
    return (0..<count).flatMap { decomposition.vector($0).map { Float($0) } }
  }
}
