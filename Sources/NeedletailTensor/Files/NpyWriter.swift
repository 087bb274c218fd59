/// Writes a float32 matrix, row after row, in NumPy's format (NEP 1, version 1.0), without holding it in memory.
package final class NpyWriter {
  private let file: OutputFile
  /// Where rows wait for the header before them, if the file cannot be changed afterwards.
  private let spool: OutputFile?
  private let columns: Int
  private var count = 0

  /// Bytes of the header: enough for any number of rows, and a multiple of 64.
  private static let headerSize = 128

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - path: Where it will be; `-` is standard output.
  ///   - columns: Values of a row.
  package init(_ path: String, columns: Int) throws(TensorError) {
    file = try OutputFile(path)
    self.columns = columns
    spool = file.isChangeable ? nil : try OutputFile.spool(for: path)
    if spool == nil { try file.append(Self.header(shape: [0, columns])) }
  }

  /// Adds rows.
  package func append(_ matrix: Matrix) throws(TensorError) {
    precondition(matrix.columns == columns, "rows are alike")
    try (spool ?? file).append(matrix.values[...])
    count += matrix.rows
  }

  /// Writes the header, which holds the number of rows, and completes the file.
  package func finish() throws(TensorError) {
    let header = Self.header(shape: [count, columns])
    if let spool {
      try file.append(header)
      try file.append(contentsOf: spool)
    } else {
      try file.replaceStart(with: header)
    }
    try file.commit()
  }

  /// The magic string, the version, the header's length, and the header, padded so that the data is 64-byte aligned.
  private static func header(shape: [Int]) -> [UInt8] {
    let sizes = shape.map(String.init).joined(separator: ", ")
    var text = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (\(sizes)), }".utf8)
    text += repeatElement(UInt8(ascii: " "), count: headerSize - 10 - text.count - 1)
    text.append(UInt8(ascii: "\n"))
    let length = [UInt8(truncatingIfNeeded: text.count), UInt8(truncatingIfNeeded: text.count >> 8)]
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + length + text
  }
}
