/// Where a file keeps one tensor.
public struct StoredTensor: Sendable, Equatable {
  /// Its element type.
  public let type: ElementType
  /// Its shape, outermost dimension first; empty for a scalar.
  public let shape: [Int]
  /// The bytes of the file that its elements lie in.
  public let range: Range<Int>
  /// How many elements of the file lie from one index to the next, a number a dimension; `nil` where the elements
  /// follow one another in row-major order.
  let strides: [Int]?

  init(type: ElementType, shape: [Int], range: Range<Int>, strides: [Int]? = nil) {
    self.type = type
    self.shape = shape
    self.range = range
    self.strides = strides
  }

  /// How many elements it has.
  package var count: Int { shape.reduce(1, *) }
}

/// A mapped file of named tensors that was checked when it was opened: every tensor lies inside it.
protocol TensorFile: Sendable {
  var file: MappedFile { get }
  /// Every tensor by name.
  var entries: [String: StoredTensor] { get }
  /// Texts that the file says about itself.
  var metadata: [String: String] { get }
}

/// Immutable bytes of a tensor, inside a mapped file or a static region or gathered from there, with a shape.
///
/// `@unchecked Sendable`: the bytes are never written once the value exists and `owner` keeps them alive.
@safe package struct MappedBytes: @unchecked Sendable {
  package let shape: [Int]
  package let count: Int
  let start: UnsafeRawPointer
  let owner: any AnyObject & Sendable

  /// A copy of the bytes.
  package var contents: [UInt8] { unsafe Array(UnsafeRawBufferPointer(start: start, count: count)) }

  /// A copy of some of the bytes, which must lie within.
  package func contents(_ range: Range<Int>) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "the range lies within the tensor")
    return unsafe Array(UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count))
  }

  /// Reads a stored tensor: in place where its elements follow one another, else gathered.
  ///
  /// - Throws: ``TensorError`` with code `.tooLarge` where there is no memory for gathered elements.
  init(file: MappedFile, entry: StoredTensor, subject: String) throws(TensorError) {
    shape = entry.shape
    let source = unsafe file.start + entry.range.lowerBound
    guard let strides = entry.strides else {
      count = entry.range.count
      unsafe start = source
      owner = file
      return
    }
    count = entry.count * entry.type.size
    let memory = try AlignedFloats(zeros: (count + 3) / 4, for: subject)
    let rows = StridedRows(shape: entry.shape, strides: strides)
    let target = unsafe UnsafeMutableRawPointer(memory.start)
    switch entry.type.size {
    case 8: unsafe rows.gather(UInt64.self, from: source, to: target)
    case 4: unsafe rows.gather(UInt32.self, from: source, to: target)
    case 2: unsafe rows.gather(UInt16.self, from: source, to: target)
    default: unsafe rows.gather(UInt8.self, from: source, to: target)
    }
    unsafe start = UnsafeRawPointer(memory.start)
    owner = memory
  }
}

/// The way through the elements of a strided tensor in row-major order.
private struct StridedRows {
  private let shape: ArraySlice<Int>
  private let strides: ArraySlice<Int>
  private let columns: Int
  private let step: Int

  /// - Parameters:
  ///   - shape: At least one dimension, none of them 0.
  ///   - strides: One a dimension, in elements.
  init(shape: [Int], strides: [Int]) {
    precondition(shape.count == strides.count && !shape.isEmpty && !shape.contains(0), "there are rows")
    self.shape = shape.dropLast()
    self.strides = strides.dropLast()
    columns = shape[shape.count - 1]
    step = strides[strides.count - 1]
  }

  /// Copies the elements one after another; both places were checked to hold them.
  func gather<Element: FixedWidthInteger & BitwiseCopyable>(
    _: Element.Type, from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer
  ) {
    let size = MemoryLayout<Element>.size
    var position = 0
    forEachRow { row in
      for column in 0..<columns {
        let element = unsafe source.loadUnaligned(fromByteOffset: (row + column * step) * size, as: Element.self)
        unsafe target.storeBytes(of: element, toByteOffset: (position + column) * size, as: Element.self)
      }
      position += columns
    }
  }

  /// Names the first element of each row, counted from the tensor's own first.
  private func forEachRow(_ body: (Int) -> Void) {
    var index = Array(repeating: 0, count: shape.count)
    var row = 0
    while true {
      body(row)
      var dimension = shape.count - 1
      while dimension >= 0, index[dimension] == shape[dimension] - 1 {
        row -= index[dimension] * strides[dimension]
        index[dimension] = 0
        dimension -= 1
      }
      guard dimension >= 0 else { return }
      index[dimension] += 1
      row += strides[dimension]
    }
  }
}
