import Needletail
import NeedletailTensor
import NeedletailTestSupport

extension Program {
  /// Vectors without a pattern, the same for the same seed.
  static func vectors(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    let values = (0..<rows * columns).map { _ in Float.random(in: -1...1, using: &generator) }
    return Matrix(rows: rows, columns: columns, values: values)
  }

  /// Writes a matrix as `.npy`.
  static func write(_ matrix: Matrix, to path: String) throws {
    let writer = try NpyWriter(path, columns: matrix.columns)
    try writer.append(matrix)
    try writer.finish()
  }
}
