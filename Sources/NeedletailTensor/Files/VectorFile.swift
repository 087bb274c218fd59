internal import CNeedletail

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Vectors in a mapped file, one a row: NumPy's `.npy`, or the `.fvecs`, `.bvecs` and `.ivecs` of nearest-neighbour
/// data sets.
///
///     let file = try VectorFile(url, kernels: .preferred())
///     for start in stride(from: 0, to: file.rows, by: 10_000) {
///       try index.add(file.matrix(start..<min(start + 10_000, file.rows)))
///     }
///
/// The header and the file's size are checked when it is opened; pages are read when rows are asked for.
public struct VectorFile: Sendable {
  /// How many vectors there are.
  public let rows: Int
  /// How many numbers each vector has; at least 1.
  public let columns: Int
  /// What the numbers are stored as: float16, -32 or -64, int8, -32 or -64, or uint8.
  public let type: ElementType

  private let file: MappedFile
  private let kernels: Kernels
  /// Where the first row begins, and how many bytes lie from one row to the next.
  private let offset, stride: Int
  /// Whether each row begins with its number of values.
  private let isCounted: Bool

  /// The file's path.
  public var path: String { file.path }

  /// Maps a file and checks its form.
  ///
  /// - Parameters:
  ///   - url: A file that begins as `.npy` files do, or whose name ends in `.fvecs`, `.bvecs` or `.ivecs`.
  ///   - kernels: The instruction set that widens float16.
  /// - Throws: ``TensorError`` that names the file: `.unreadable`; `.malformed` if it is damaged or no such file;
  ///   `.mismatch` if it is an array that is no list of vectors, or of another type.
  public init(_ url: URL, kernels: Kernels) throws(TensorError) {
    file = try MappedFile(url)
    self.kernels = kernels
    if let type = Self.countedTypes[url.pathExtension.lowercased()] {
      self.type = type
      columns = try Self.count(of: 0, in: file, at: 0)
      let (size, overflows) = columns.multipliedReportingOverflow(by: type.size)
      guard !overflows, size < file.count, file.count % (size + 4) == 0 else {
        throw TensorError(
          .malformed, file.path,
          "has \(file.count) bytes, no whole number of vectors of \(columns) values (is it truncated?)")
      }
      (offset, stride, isCounted) = (4, size + 4, true)
      rows = file.count / stride
    } else {
      let header = try NpyHeader(file)
      (type, rows, columns) = (header.type, header.rows, header.columns)
      (offset, stride, isCounted) = (header.size, columns * header.type.size, false)
    }
  }

  private static let countedTypes: [String: ElementType] = ["fvecs": .float32, "bvecs": .uint8, "ivecs": .int32]

  /// Copies some of the vectors, as float32.
  ///
  /// - Parameter range: Must lie within 0..<``rows``.
  /// - Throws: ``TensorError`` with code `.malformed` where a row claims another number of values than the first.
  /// - Complexity: O(`range.count` · ``columns``).
  public func matrix(_ range: Range<Int>) throws(TensorError) -> Matrix {
    try check(range)
    let count = range.count * columns
    let values = unsafe [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      guard let target = buffer.baseAddress else { return }
      for (index, row) in range.enumerated() { unsafe widen(row, to: target + index * columns) }
      filled = count
    }
    return Matrix(rows: range.count, columns: columns, values: values)
  }

  /// Where some of the vectors lie in the file as float32, row-major, so that they can be read in place; `nil` where
  /// they have another form.
  ///
  /// - Parameter range: Must lie within 0..<``rows``.
  package func region(_ range: Range<Int>) -> MappedRegion? {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "the range lies within the file")
    guard type == .float32, !isCounted else { return nil }
    let region = MappedRegion(file, (offset + range.lowerBound * stride)..<(offset + range.upperBound * stride))
    return region.holdsFloats ? region : nil
  }

  /// The numbers of some rows, row-major, where they are integers.
  ///
  /// - Parameter range: Must lie within 0..<``rows``.
  /// - Throws: ``TensorError`` with code `.mismatch` where they are floats, else what ``matrix(_:)`` throws.
  package func integers(_ range: Range<Int>) throws(TensorError) -> [Int] {
    guard [.int64, .int32, .int8, .uint8].contains(type) else {
      throw TensorError(.mismatch, path, "has the element type \(type.rawValue); integers are expected")
    }
    try check(range)
    var numbers: [Int] = []
    numbers.reserveCapacity(range.count * columns)
    for row in range {
      let start = offset + row * stride
      for place in Swift.stride(from: start, to: start + columns * type.size, by: type.size) {
        let bits = file.number(at: place, width: type.size) ?? 0
        let unused = type == .uint8 ? 0 : 64 - 8 * type.size
        numbers.append(Int(Int64(bitPattern: bits << UInt64(unused)) >> Int64(unused)))
      }
    }
    return numbers
  }

  private func check(_ range: Range<Int>) throws(TensorError) {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "the range lies within the file")
    guard isCounted else { return }
    for row in range {
      let found = try Self.count(of: row, in: file, at: row * stride)
      guard found == columns else {
        throw TensorError(.malformed, path, "claims \(found) values for vector \(row), after vectors of \(columns)")
      }
    }
  }

  private static func count(of row: Int, in file: MappedFile, at offset: Int) throws(TensorError) -> Int {
    guard let bits = file.number(at: offset, width: 4) else {
      throw TensorError(.malformed, file.path, "ends before vector \(row)")
    }
    let count = Int(Int32(truncatingIfNeeded: bits))
    guard count > 0 else { throw TensorError(.malformed, file.path, "claims \(count) values for vector \(row)") }
    return count
  }

  /// Converts one row, which was checked to lie inside the file.
  private func widen(_ row: Int, to target: UnsafeMutablePointer<Float>) {
    let source = unsafe file.start + offset + row * stride
    switch type {
    case .float32: unsafe UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: columns * 4)
    case .float16:
      unsafe FloatTensor.withAligned(source, columns) { unsafe kernels.table.widen_f16($0, target, columns) }
    case .float64: unsafe convert(source, Double.self, to: target) { Float($0) }
    case .int64: unsafe convert(source, Int64.self, to: target) { Float($0) }
    case .int32: unsafe convert(source, Int32.self, to: target) { Float($0) }
    case .int8: unsafe convert(source, Int8.self, to: target) { Float($0) }
    default: unsafe convert(source, UInt8.self, to: target) { Float($0) }
    }
  }

  private func convert<Number: BitwiseCopyable>(
    _ source: UnsafeRawPointer, _: Number.Type, to target: UnsafeMutablePointer<Float>, _ float: (Number) -> Float
  ) {
    for index in 0..<columns {
      unsafe target[index] = float(
        source.loadUnaligned(fromByteOffset: index * MemoryLayout<Number>.size, as: Number.self))
    }
  }
}
