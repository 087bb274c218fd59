/// Writes a matrix, row after row, in NumPy's format (NEP 1, version 1.0), without holding it in memory.
package final class NpyWriter {
  /// What the elements are.
  package enum Elements: String {
    case float32 = "<f4"
    case int64 = "<i8"
  }

  private let file: OutputFile
  private let elements: Elements
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
  ///   - elements: What will be appended.
  package init(_ path: String, columns: Int, elements: Elements = .float32) throws(TensorError) {
    file = try OutputFile(path)
    self.columns = columns
    self.elements = elements
    spool = file.isChangeable ? nil : try OutputFile.spool(for: path)
    if spool == nil { try file.append(header) }
  }

  /// Adds rows of float32.
  package func append(_ matrix: Matrix) throws(TensorError) {
    precondition(matrix.columns == columns && elements == .float32, "rows are alike")
    try (spool ?? file).append(matrix.values[...])
    count += matrix.rows
  }

  /// Adds a row of int64.
  package func append(_ row: [Int]) throws(TensorError) {
    precondition(row.count == columns && elements == .int64, "rows are alike")
    for number in row {
      let bits = UInt64(bitPattern: Int64(number))
      try (spool ?? file).append((0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) })
    }
    count += 1
  }

  /// Writes the header, which holds the number of rows, and completes the file.
  package func finish() throws(TensorError) {
    if let spool {
      try file.append(header)
      try file.append(contentsOf: spool)
    } else {
      try file.replaceStart(with: header)
    }
    try file.commit()
  }

  /// The magic string, the version, the header's length, and the header, padded so that the data is 64-byte aligned.
  private var header: [UInt8] {
    var text = Array(
      "{'descr': '\(elements.rawValue)', 'fortran_order': False, 'shape': (\(count), \(columns)), }".utf8)
    text += repeatElement(UInt8(ascii: " "), count: Self.headerSize - 10 - text.count - 1)
    text.append(UInt8(ascii: "\n"))
    let length = [UInt8(truncatingIfNeeded: text.count), UInt8(truncatingIfNeeded: text.count >> 8)]
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + length + text
  }
}
