/// The factor L of a symmetric positive definite matrix L·Lᵀ, in double precision, to solve equations with.
package struct CholeskyFactor: Sendable {
  /// How many rows and columns the matrix has.
  package let order: Int
  /// `[order, order]`, row-major; the upper triangle is not used.
  private let rows: [Double]

  /// Factors a matrix.
  ///
  /// - Parameters:
  ///   - matrix: `[order, order]`; only the lower triangle is read.
  ///   - order: At least 0.
  /// - Returns: `nil` if the matrix is not positive definite, as far as double precision tells.
  /// - Complexity: O(order³) time.
  package init?(of matrix: [Double], order: Int) {
    precondition(order >= 0 && matrix.count == order * order, "a square matrix has order · order values")
    self.order = order
    var rows = matrix
    for row in 0..<order {
      for column in 0...row {
        let (first, second) = (row * order, column * order)
        var rest = rows[first + column]
        for place in 0..<column { rest -= rows[first + place] * rows[second + place] }
        if column < row {
          rows[first + column] = rest / rows[second + column]
        } else {
          guard rest > 0, rest.isFinite else { return nil }
          rows[first + row] = rest.squareRoot()
        }
      }
    }
    self.rows = rows
  }

  /// Solves matrix · x = `right`.
  ///
  /// - Parameter right: `[order]`.
  /// - Complexity: O(order²) time.
  package func solve(_ right: ArraySlice<Double>) -> [Double] {
    precondition(right.count == order, "the right side has a value for each row")
    var x = Array(right)
    for row in 0..<order {
      var rest = x[row]
      for place in 0..<row { rest -= rows[row * order + place] * x[place] }
      x[row] = rest / rows[row * order + row]
    }
    for row in (0..<order).reversed() {
      let value = x[row] / rows[row * order + row]
      x[row] = value
      for place in 0..<row { x[place] -= rows[row * order + place] * value }
    }
    return x
  }
}
