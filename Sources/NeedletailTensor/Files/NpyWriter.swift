/// Writes a float32 matrix, row after row, in NumPy's format (NEP 1, version 1.0), without holding it in memory.
package final class NpyWriter {
  private let file: OutputFile
  private let rows: OutputFile
  private let columns: Int
  private var count = 0

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - path: Where it will be; `-` is standard output.
  ///   - columns: Values of a row.
  package init(_ path: String, columns: Int) throws(TensorError) {
    file = try OutputFile(path)
    rows = try OutputFile.spool(for: path)
    self.columns = columns
  }

  /// Adds rows.
  package func append(_ matrix: Matrix) throws(TensorError) {
    precondition(matrix.columns == columns, "rows are alike")
    try rows.append(matrix.values[...])
    count += matrix.rows
  }

  /// Writes the header, which holds the number of rows, and completes the file.
  package func finish() throws(TensorError) {
    try file.append(Self.header(shape: [count, columns]))
    try file.append(contentsOf: rows)
    try file.commit()
  }

  /// The magic string, the version, the header's length, and the header, padded so that the data is 64-byte aligned.
  private static func header(shape: [Int]) -> [UInt8] {
    let sizes = shape.map(String.init).joined(separator: ", ")
    var text = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (\(sizes)), }".utf8)
    while (10 + text.count + 1) % 64 != 0 { text.append(UInt8(ascii: " ")) }
    text.append(UInt8(ascii: "\n"))
    let length = [UInt8(truncatingIfNeeded: text.count), UInt8(truncatingIfNeeded: text.count >> 8)]
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + length + text
  }
}
