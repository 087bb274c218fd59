/// What the header of an `.npy` file says: NEP 1's magic string, version, length, and a literal of Python with three keys.
///
/// It is read as a description of one form, not as Python: whoever writes the format writes these three keys, and what
/// is not understood is refused.
struct NpyHeader {
  /// What the elements are.
  let type: ElementType
  let rows: Int
  let columns: Int
  /// Bytes before the first element.
  let size: Int

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// NumPy writes 118 bytes for a matrix; descriptions of structures may be longer, and are refused anyway.
  private static let largest = 1 << 16

  private static let types: [String: ElementType] = [
    "<f2": .float16, "<f4": .float32, "<f8": .float64, "|i1": .int8, "|u1": .uint8, "<i4": .int32, "<i8": .int64,
  ]

  /// Reads the header of a matrix and checks that the file holds all of its elements and nothing after them.
  init(_ file: MappedFile) throws(TensorError) {
    let path = file.path
    guard file.count >= 10, file.bytes(0..<6) == Self.magic else {
      throw TensorError(
        .malformed, path, "does not begin as an .npy file; vectors are read from .npy, .fvecs, .bvecs and .ivecs")
    }
    let version = file.bytes(6..<8)
    guard (1...3).contains(version[0]), version[1] == 0 else {
      throw TensorError(.malformed, path, "has version \(version[0]).\(version[1]) of the format; 1.0 to 3.0 are read")
    }
    let width = version[0] == 1 ? 2 : 4
    guard let length = file.number(at: 8, width: width), length <= UInt64(Self.largest),
      Int(length) <= file.count - 8 - width
    else { throw TensorError(.malformed, path, "ends within its header (is it truncated?), or has too long a one") }
    size = 8 + width + Int(length)
    var literal = NpyLiteral(file.bytes((8 + width)..<size), path: path)
    let entries = try literal.entries()
    guard let type = Self.types[entries.type] else {
      throw TensorError(
        .mismatch, path,
        "has elements of the type \(entries.type.debugDescription); read are "
          + "\(Self.types.keys.sorted().joined(separator: ", "))")
    }
    guard !entries.isColumnMajor else {
      throw TensorError(.mismatch, path, "is in Fortran's order; save numpy.ascontiguousarray of it")
    }
    guard entries.shape.count == 2 else {
      throw TensorError(
        .mismatch, path,
        "has the shape (\(entries.shape.map(String.init).joined(separator: ", "))); [vectors, values] "
          + "is expected")
    }
    self.type = type
    (rows, columns) = (entries.shape[0], entries.shape[1])
    guard columns > 0 else { throw TensorError(.mismatch, path, "has vectors without values") }
    let (values, tooMany) = rows.multipliedReportingOverflow(by: columns)
    let (bytes, tooLarge) = values.multipliedReportingOverflow(by: type.size)
    guard !tooMany, !tooLarge, bytes == file.count - size else {
      throw TensorError(
        .malformed, path,
        "has \(file.count - size) bytes of elements, and a shape of (\(rows), \(columns)) that needs "
          + "another number (is it truncated?)")
    }
  }
}

/// The dictionary in the header of an `.npy` file.
private struct NpyLiteral {
  private let bytes: [UInt8]
  private let path: String
  private var position = 0

  init(_ bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
  }

  /// The three entries, in whatever order.
  mutating func entries() throws(TensorError) -> (type: String, isColumnMajor: Bool, shape: [Int]) {
    var type: String?
    var isColumnMajor: Bool?
    var shape: [Int]?
    try expect("{")
    while !take("}") {
      let key = try string()
      try expect(":")
      switch key {
      case "descr" where type == nil: type = try string()
      case "fortran_order" where isColumnMajor == nil: isColumnMajor = try truth()
      case "shape" where shape == nil: shape = try sizes()
      default: throw failure("one descr, fortran_order and shape are expected, found \(key.debugDescription)")
      }
      if !take(",") {
        try expect("}")
        break
      }
    }
    skipSpace()
    guard position == bytes.count else { throw failure("text follows the description") }
    guard let type, let isColumnMajor, let shape else { throw failure("descr, fortran_order and shape are expected") }
    return (type, isColumnMajor, shape)
  }

  private mutating func sizes() throws(TensorError) -> [Int] {
    var sizes: [Int] = []
    try expect("(")
    while !take(")") {
      sizes.append(try integer())
      if !take(",") {
        try expect(")")
        break
      }
    }
    return sizes
  }

  private mutating func integer() throws(TensorError) -> Int {
    skipSpace()
    let digits = bytes[position...].prefix { (0x30...0x39).contains($0) }
    guard let number = Int(String(decoding: digits, as: UTF8.self)) else { throw failure("a size is expected") }
    position += digits.count
    return number
  }

  private mutating func truth() throws(TensorError) -> Bool {
    if take("False") { return false }
    if take("True") { return true }
    throw failure("True or False is expected")
  }

  private mutating func string() throws(TensorError) -> String {
    skipSpace()
    guard position < bytes.count, "'\"".utf8.contains(bytes[position]),
      let end = bytes[(position + 1)...].firstIndex(of: bytes[position])
    else { throw failure("a text in quotes is expected") }
    defer { position = end + 1 }
    return String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
  }

  private mutating func expect(_ text: String) throws(TensorError) {
    guard take(text) else { throw failure("\(text.debugDescription) is expected") }
  }

  private mutating func take(_ text: String) -> Bool {
    skipSpace()
    guard bytes[position...].starts(with: text.utf8) else { return false }
    position += text.utf8.count
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x0A, 0x09].contains(bytes[position]) { position += 1 }
  }

  private func failure(_ what: String) -> TensorError {
    TensorError(.malformed, path, "has a malformed header: \(what) at its byte \(position)")
  }
}
