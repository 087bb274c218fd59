internal import NeedletailTensor

/// A linear map from wide rows to narrow ones.
struct Projection: Sendable {
  let width: Int
  let dimensions: Int
  /// `[dimensions, width]`.
  let axes: [Double]

  /// rows · axesᵀ, in double precision.
  ///
  /// - Parameter rows: `[count, width]`.
  /// - Returns: `[count, dimensions]`.
  func apply(to rows: Matrix, team: ComputeTeam) async throws -> Matrix {
    precondition(rows.columns == width && axes.count == dimensions * width, "shapes fit")
    let size = 512
    let parts = try await team.map((rows.rows + size - 1) / size) { block in
      (block * size..<min((block + 1) * size, rows.rows)).flatMap { project(rows[row: $0].map(Double.init)) }
    }
    return Matrix(rows: rows.rows, columns: dimensions, values: parts.flatMap(\.self))
  }

  private func project(_ row: [Double]) -> [Float] {
    (0..<dimensions).map { dimension in
      let start = dimension * width
      var sum = 0.0
      for feature in 0..<width { sum += row[feature] * axes[start + feature] }
      return Float(sum)
    }
  }
}
