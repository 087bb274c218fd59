/// Writes float32 vectors as `.fvecs` files have them, each after its number of values, without holding them in memory.
///
/// All numbers are little-endian; the count has 32 bits, as in the TEXMEX data sets.
package final class FvecsWriter {
  private let file: OutputFile
  private let columns: Int

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - path: Where it will be; `-` is standard output.
  ///   - columns: Values of a vector, at least 1.
  package init(_ path: String, columns: Int) throws(TensorError) {
    precondition(columns > 0 && columns <= Int32.max, "a vector has values, and their number fits into 32 bits")
    file = try OutputFile(path)
    self.columns = columns
  }

  /// Adds vectors, one a row.
  package func append(_ matrix: Matrix) throws(TensorError) {
    precondition(matrix.columns == columns, "rows are alike")
    let count = (0..<4).map { UInt8(truncatingIfNeeded: columns >> (8 * $0)) }
    for row in 0..<matrix.rows {
      try file.append(count)
      try file.append(matrix[row: row])
    }
  }

  /// Completes the file.
  package func finish() throws(TensorError) { try file.commit() }
}
