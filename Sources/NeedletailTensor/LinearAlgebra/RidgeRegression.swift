/// Fits affine maps from vectors of one space to those of another: least squares with a penalty on large weights, the
/// offset free (Hoerl and Kennard 1970, doi:10.1080/00401706.1970.10488634).
///
/// What depends on the vectors is summed up once, in double precision; each penalty then costs one factorisation.
package struct RidgeRegression: Sendable {
  private let (inputs, outputs): (Int, Int)
  /// Whether the penalty is on what differs from the identity.
  private let keeping: Bool
  private let (meanInput, meanOutput): ([Double], [Double])
  /// Σ x xᵀ about the mean, `[inputs, inputs]`; its lower triangle is right.
  private let squares: [Double]
  /// Σ y xᵀ about the means, `[outputs, inputs]`.
  private let products: [Double]

  /// Sums up pairs of vectors.
  ///
  /// - Parameters:
  ///   - x: `[n, inputs]`, what is mapped; at least one row, finite.
  ///   - y: `[n, outputs]`, where each should go.
  ///   - keeping: Penalises what the weights have beyond the identity, in place of the weights; `outputs` is `inputs`
  ///     then.
  ///   - team: The threads that share the work, with the same bits for any number of them.
  /// - Complexity: O(n · `inputs` · (`inputs` + `outputs`)) time.
  package init(from x: Matrix, to y: Matrix, keeping: Bool = false, on team: ComputeTeam) async throws {
    precondition(x.rows == y.rows && x.rows > 0 && x.columns > 0 && y.columns > 0, "there are pairs to fit")
    precondition(!keeping || x.columns == y.columns, "only vectors of one length can stay as they are")
    (inputs, outputs, self.keeping) = (x.columns, y.columns, keeping)
    var y = y
    if keeping { for index in y.values.indices { y.values[index] -= x.values[index] } }
    (meanInput, meanOutput) = (Self.mean(x), Self.mean(y))
    let (a, b) = (Self.centred(x, meanInput), Self.centred(y, meanOutput))
    squares = try await Self.products(a, a, rows: x.rows, isSymmetric: true, on: team)
    products = try await Self.products(b, a, rows: x.rows, isSymmetric: false, on: team)
  }

  private static func mean(_ matrix: Matrix) -> [Double] {
    var sums = [Double](repeating: 0, count: matrix.columns)
    for row in 0..<matrix.rows {
      for (column, value) in matrix[row: row].enumerated() { sums[column] += Double(value) }
    }
    return sums.map { $0 / Double(matrix.rows) }
  }

  private static func centred(_ matrix: Matrix, _ mean: [Double]) -> [Double] {
    matrix.values.enumerated().map { Double($1) - mean[$0 % matrix.columns] }
  }

  /// How many rows of the products one thread sums up at a time, so that they stay in its cache.
  private static let blockRows = 32

  /// Σ over rows n of a[n, i] · b[n, j], at `[i, j]`; where they are symmetric, for the j up to i's block at least.
  private static func products(
    _ a: [Double], _ b: [Double], rows: Int, isSymmetric: Bool, on team: ComputeTeam
  ) async throws -> [Double] {
    let (height, width) = (a.count / rows, b.count / rows)
    let blocks = try await team.map((height + blockRows - 1) / blockRows) { block in
      let part = block * blockRows..<min((block + 1) * blockRows, height)
      var sums = [Double](repeating: 0, count: part.count * width)
      let columns = isSymmetric ? part.upperBound : width
      for row in 0..<rows {
        for (place, index) in part.enumerated() {
          add(b, at: row * width, times: a[row * height + index], count: columns, to: &sums, at: place * width)
        }
      }
      return sums
    }
    return Array(blocks.joined())
  }

  /// sums[start + i] += factor · values[first + i].
  private static func add(
    _ values: [Double], at first: Int, times factor: Double, count: Int, to sums: inout [Double], at start: Int
  ) {
    precondition(first + count <= values.count && start + count <= sums.count, "the rows lie within the arrays")
    unsafe values.withUnsafeBufferPointer { values in
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        for index in 0..<count { unsafe sums[start + index] += factor * values[first + index] }
      }
    }
  }

  /// The map with the least Σ |y − map(x)|² + λ |weights|², or λ |weights − 1|².
  ///
  /// - Parameter strength: λ as a part of the mean eigenvalue of Σ x xᵀ; more than 0.
  /// - Returns: `nil` if the numbers are too unlike each other to solve for.
  package func map(strength: Double, on team: ComputeTeam) async throws -> AffineMap? {
    precondition(strength > 0, "the penalty is more than 0")
    let (inputs, outputs) = (inputs, outputs)
    var matrix = squares
    let trace = (0..<inputs).reduce(0) { $0 + matrix[$1 * inputs + $1] }
    // Where all x are the same, every map without weights is as good.
    let penalty = trace > 0 ? strength * trace / Double(inputs) : 1
    for row in 0..<inputs { matrix[row * inputs + row] += penalty }
    guard let factor = CholeskyFactor(of: matrix, order: inputs) else { return nil }
    let products = products
    let rows = try await team.map(outputs) { factor.solve(products[$0 * inputs..<($0 + 1) * inputs]) }
    let offset = rows.enumerated().map { output, row in
      Float(meanOutput[output] - zip(row, meanInput).reduce(0) { $0 + $1.0 * $1.1 })
    }
    var weights = rows.joined().map { Float($0) }
    if keeping { for index in 0..<inputs { weights[index * inputs + index] += 1 } }
    guard weights.allSatisfy(\.isFinite), offset.allSatisfy(\.isFinite) else { return nil }
    return AffineMap(inputs: inputs, outputs: outputs, weights: weights, offset: offset)
  }
}
