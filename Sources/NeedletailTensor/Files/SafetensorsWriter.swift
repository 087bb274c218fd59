internal import NeedletailJSON

/// Writes a safetensors file, tensor after tensor, without holding it in memory: the same tensors in the same order
/// give the same bytes.
package final class SafetensorsWriter {
  private let file: OutputFile
  private let data: OutputFile
  private let path: String
  /// The header so far, without its closing brace.
  private var header: [UInt8]
  private var offset = 0
  /// Bytes that the last tensor still lacks.
  private var missing = 0
  /// The tensor that rows are added to, and how many it has.
  private var growing: (name: String, rows: Int, columns: Int)?

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - path: Where it will be; `-` is standard output.
  ///   - metadata: Strings for `__metadata__`.
  package init(_ path: String, metadata: KeyValuePairs<String, String> = ["format": "pt"]) throws(TensorError) {
    file = try OutputFile(path)
    data = try OutputFile.spool(for: path)
    self.path = path
    let strings = JSONValue.object(metadata.map { (key: $0.key, value: .string($0.value)) })
    header = Array(#"{"__metadata__":\#(strings.text())"#.utf8)
  }

  /// Begins a file of one float32 tensor, `[rows, columns]`, whose rows come one after another.
  package convenience init(_ path: String, growing name: String, columns: Int) throws(TensorError) {
    try self.init(path)
    growing = (name, 0, columns)
  }

  /// Adds rows to the growing tensor.
  package func append(rows matrix: Matrix) throws(TensorError) {
    guard let (name, rows, columns) = growing, matrix.columns == columns else {
      preconditionFailure("rows are added to a growing tensor of as many columns")
    }
    try data.append(matrix.values[...])
    growing = (name, rows + matrix.rows, columns)
  }

  /// Adds a float32 tensor.
  ///
  /// - Parameters:
  ///   - name: Not used before in this file.
  ///   - values: As many as the shape says, row-major.
  ///   - shape: Outermost dimension first.
  package func append(_ name: String, _ values: [Float], shape: [Int]) throws(TensorError) {
    precondition(values.count == shape.reduce(1, *), "the shape fits the values")
    try begin(name, shape: shape)
    try append(values: values)
  }

  /// Adds an int8 tensor; see ``append(_:_:shape:)-([Float],_)``.
  package func append(_ name: String, _ values: [Int8], shape: [Int]) throws(TensorError) {
    precondition(growing == nil && missing == 0 && values.count == shape.reduce(1, *), "the shape fits the values")
    try data.append(values.lazy.map { UInt8(bitPattern: $0) })
    try list(name, .int8, shape)
  }

  /// Begins a tensor whose numbers come by ``append(values:)`` or ``append(bytes:)``, a part at a time.
  package func begin(_ name: String, type: ElementType = .float32, shape: [Int]) throws(TensorError) {
    precondition(growing == nil && missing == 0, "a tensor is complete before the next begins")
    try list(name, type, shape)
    missing = shape.reduce(type.size, *)
  }

  /// Adds values to the float32 tensor that was begun; in the end it has as many as its shape says.
  package func append(values: [Float]) throws(TensorError) {
    precondition(values.count * MemoryLayout<Float>.size <= missing, "the shape fits the values")
    try data.append(values[...])
    missing -= values.count * MemoryLayout<Float>.size
  }

  /// Adds bytes to the tensor that was begun, little-endian numbers of its type.
  package func append(bytes: [UInt8]) throws(TensorError) {
    precondition(bytes.count <= missing, "the shape fits the bytes")
    try data.append(bytes)
    missing -= bytes.count
  }

  /// - Throws: ``TensorError`` with code `.tooLarge` where the header would become longer than readers accept.
  private func list(_ name: String, _ type: ElementType, _ shape: [Int]) throws(TensorError) {
    let end = offset + shape.reduce(type.size, *)
    let entry = JSONValue.object([
      "dtype": .string(type.rawValue), "shape": .array(shape.map(JSONValue.integer)),
      "data_offsets": .array([.integer(offset), .integer(end)]),
    ])
    header += ",\(JSONValue.string(name).text()):\(entry.text())".utf8
    guard header.count < SafetensorsFile.maximumHeader - 8 else {
      throw TensorError(
        .tooLarge, path, "has more tensors than a safetensors file may list; write fewer texts to one file")
    }
    offset = end
  }

  /// Writes the header, padded so that the data is 8-byte aligned, then the data, and completes the file.
  package func finish() throws(TensorError) {
    if let (name, rows, columns) = growing { try list(name, .float32, [rows, columns]) }
    precondition(missing == 0, "the last tensor is complete")
    header.append(UInt8(ascii: "}"))
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    try file.append((0..<8).map { UInt8(truncatingIfNeeded: header.count >> ($0 * 8)) })
    try file.append(header)
    try file.append(contentsOf: data)
    try file.commit()
  }
}
