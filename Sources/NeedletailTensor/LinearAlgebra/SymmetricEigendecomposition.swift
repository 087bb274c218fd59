/// The eigenvalues and eigenvectors of a real symmetric matrix, in double precision.
///
/// The matrix is reduced to tridiagonal form by Householder reflections and diagonalised by implicit QL steps
/// (Bowdler, Martin, Reinsch and Wilkinson 1968, doi:10.1007/BF02162166). One thread, fixed order of operations: the
/// same matrix gives the same bits.
///
///     let axes = SymmetricEigendecomposition(of: covariance, order: 384)
///     let first = axes?.vector(0)        // the direction of largest variance
public struct SymmetricEigendecomposition: Sendable {
  /// The eigenvalues, largest first.
  public let values: [Double]
  /// Rows of unit length, row i belonging to `values[i]`: `[order, order]`, row-major.
  ///
  /// The sign of each is chosen so that its component of largest magnitude is positive.
  public let vectors: [Double]

  /// Decomposes a matrix.
  ///
  /// - Parameters:
  ///   - matrix: `[order, order]`; only the lower triangle is read.
  ///   - order: At least 0.
  /// - Returns: `nil` if the matrix holds a number that is not finite, or one that is too large to work with.
  /// - Complexity: O(order³) time, O(order²) memory.
  public init?(of matrix: [Double], order: Int) {
    precondition(order >= 0 && matrix.count == order * order, "a square matrix has order · order values")
    guard matrix.allSatisfy(\.isFinite) else { return nil }
    guard order > 0 else {
      (values, vectors) = ([], [])
      return
    }
    var form = TridiagonalForm(of: matrix, order: order)
    guard form.diagonalize() else { return nil }
    let ranking = (0..<order).sorted { (form.diagonal[$1], $0) < (form.diagonal[$0], $1) }
    values = ranking.map { form.diagonal[$0] }
    guard values.allSatisfy(\.isFinite) else { return nil }
    var rows: [Double] = []
    rows.reserveCapacity(order * order)
    for index in ranking { rows.append(contentsOf: Self.oriented(form.rows[(index * order)..<((index + 1) * order)])) }
    vectors = rows
  }

  /// How many rows and columns the matrix has.
  public var order: Int { values.count }
  /// The eigenvector of `values[index]`, of unit length.
  public func vector(_ index: Int) -> ArraySlice<Double> { vectors[(index * order)..<((index + 1) * order)] }

  private static func oriented(_ vector: ArraySlice<Double>) -> [Double] {
    var largest = 0.0
    for component in vector where component.magnitude > largest.magnitude { largest = component }
    return largest < 0 ? vector.map { -$0 } : Array(vector)
  }
}
