internal import CNeedletail

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Immutable float32 numbers with a shape, either inside a mapped file or in memory of their own.
///
/// `@unchecked Sendable`: nothing writes to the numbers once the value exists, and `owner` keeps them alive.
@safe package struct FloatTensor: @unchecked Sendable {
  /// Outermost dimension first.
  package let shape: [Int]
  let start: UnsafePointer<Float>
  let owner: any AnyObject & Sendable
  /// Who wants to know what becomes of this outline, which has a shape and no numbers; `nil` for every other tensor.
  let survey: WeightSurvey?

  /// How many numbers there are.
  package var count: Int { shape.reduce(1, *) }

  /// Copies numbers into memory of their own.
  package init(_ values: [Float], shape: [Int]) {
    precondition(values.count == shape.reduce(1, *), "the shape fits the values")
    let memory = AlignedFloats(zeros: values.count)
    unsafe memory.start.update(from: values, count: values.count)
    unsafe self.init(shape: shape, start: UnsafePointer(memory.start), owner: memory)
  }

  /// Reads a stored tensor: in place if it is aligned float32 in row-major order, else gathered or widened.
  ///
  /// - Throws: ``TensorError`` with code `.mismatch` if its elements are no floats, `.tooLarge` if there are more than
  ///   the machine's memory holds.
  init(file: MappedFile, entry: StoredTensor, subject: String, kernels: Kernels) throws(TensorError) {
    try Self.check(entry, subject)
    let count = entry.count
    let bytes = try MappedBytes(file: file, entry: entry, subject: subject)
    let source = unsafe bytes.start
    if entry.type == .float32, Int(bitPattern: source) % 4 == 0 {
      unsafe self.init(shape: entry.shape, start: source.assumingMemoryBound(to: Float.self), owner: bytes.owner)
      return
    }
    let memory = try AlignedFloats(zeros: count, for: subject)
    switch entry.type {
    case .float32: unsafe UnsafeMutableRawPointer(memory.start).copyMemory(from: source, byteCount: count * 4)
    case .float16:
      unsafe Self.withAligned(source, count) { unsafe kernels.table.widen_f16($0, memory.start, count) }
    case .bfloat16:
      unsafe Self.withAligned(source, count) { unsafe kernels.table.widen_bf16($0, memory.start, count) }
    case .float64:
      for index in 0..<count {
        unsafe memory.start[index] = Float(source.loadUnaligned(fromByteOffset: index * 8, as: Double.self))
      }
    default: break
    }
    unsafe self.init(shape: entry.shape, start: UnsafePointer(memory.start), owner: memory)
  }

  /// A stored tensor's shape without its numbers.
  ///
  /// - Throws: What reading the numbers would throw.
  init(outline entry: StoredTensor, subject: String, survey: WeightSurvey) throws(TensorError) {
    try Self.check(entry, subject)
    self.init(outline: entry.shape, survey: survey)
  }

  /// A shape without numbers.
  init(outline shape: [Int], survey: WeightSurvey) {
    let memory = AlignedFloats(zeros: 0)
    self.shape = shape
    unsafe start = UnsafePointer(memory.start)
    owner = memory
    self.survey = survey
  }

  private static func check(_ entry: StoredTensor, _ subject: String) throws(TensorError) {
    guard [.float64, .float32, .float16, .bfloat16].contains(entry.type) else {
      throw TensorError(.mismatch, subject, "has the element type \(entry.type.rawValue); float weights are expected")
    }
    let count = entry.count
    // Weights in place are copied when they are packed for the kernels, so they have to fit as well.
    guard UInt64(count) <= ProcessInfo.processInfo.physicalMemory / 4 else {
      throw TensorError(.tooLarge, subject, "has \(count) numbers, for which this machine has not enough memory")
    }
  }

  init(shape: [Int], start: UnsafePointer<Float>, owner: any AnyObject & Sendable) {
    self.shape = shape
    survey = nil
    unsafe self.start = start
    self.owner = owner
  }

  /// Halves at an odd address are copied first; C reads them as aligned `uint16_t`.
  static func withAligned(_ source: UnsafeRawPointer, _ count: Int, _ body: (UnsafePointer<UInt16>) -> Void) {
    if Int(bitPattern: source) % 2 == 0 {
      unsafe body(source.assumingMemoryBound(to: UInt16.self))
    } else {
      let copy = (0..<count).map { unsafe source.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self) }
      unsafe copy.withUnsafeBufferPointer { buffer in
        if let start = buffer.baseAddress { unsafe body(start) }
      }
    }
  }

  /// Whether this has a shape and no numbers.
  package var isOutline: Bool { survey != nil }

  /// An outline of another shape, for the one who surveys this one.
  package func outlined(_ shape: [Int]) -> FloatTensor {
    guard let survey else { preconditionFailure("only an outline gives outlines") }
    return FloatTensor(outline: shape, survey: survey)
  }

  /// A copy of the numbers; zeros where they were only surveyed.
  package var values: [Float] {
    guard survey == nil else { return [Float](repeating: 0, count: count) }
    return unsafe Array(UnsafeBufferPointer(start: start, count: count))
  }

  /// Stacks matrices of equal width on top of each other, or joins vectors.
  ///
  /// - Throws: ``TensorError`` with code `.tooLarge`.
  package static func stacked(_ parts: [FloatTensor]) throws(TensorError) -> FloatTensor {
    let rows = parts.reduce(0) { $0 + ($1.shape.first ?? 0) }
    let rest = parts.first.map { Array($0.shape.dropFirst()) } ?? []
    precondition(parts.allSatisfy { Array($0.shape.dropFirst()) == rest }, "stacked tensors have equal rows")
    if let survey = parts.first?.survey { return FloatTensor(outline: [rows] + rest, survey: survey) }
    let memory = try AlignedFloats(zeros: parts.reduce(0) { $0 + $1.count }, for: "stacked weights")
    var position = 0
    for part in parts {
      unsafe (memory.start + position).update(from: part.start, count: part.count)
      position += part.count
    }
    return unsafe FloatTensor(shape: [rows] + rest, start: UnsafePointer(memory.start), owner: memory)
  }
}
