#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Owned float32 memory, 64-byte aligned, for packed weights and activations.
///
/// `@unchecked Sendable`: the memory is written only by its owner before the object is shared (weights), or is used by
/// one thread at a time (workspaces).
@safe package final class AlignedFloats: @unchecked Sendable {
  /// How many floats the memory holds.
  package let count: Int
  package let start: UnsafeMutablePointer<Float>

  /// Allocates `count` floats, all zero.
  package convenience init(zeros count: Int) {
    guard let memory = unsafe Self.allocate(count) else {
      preconditionFailure("there is no memory for \(count) numbers")
    }
    unsafe self.init(memory, count: count)
  }

  /// Allocates as many floats as a file asks for, all zero.
  ///
  /// - Parameter subject: What asks for them.
  /// - Throws: ``TensorError`` with code `.tooLarge` where the system does not give that much memory.
  convenience init(zeros count: Int, for subject: String) throws(TensorError) {
    guard let memory = unsafe Self.allocate(count) else {
      throw TensorError(
        .tooLarge, subject, "has \(count) numbers, for which this machine has not enough memory")
    }
    unsafe self.init(memory, count: count)
  }

  private init(_ start: UnsafeMutablePointer<Float>, count: Int) {
    unsafe self.start = start
    self.count = count
  }

  deinit { unsafe free(start) }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float>? {
    let (bytes, overflows) = max(count, 1).multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
    var raw: UnsafeMutableRawPointer?
    guard !overflows, unsafe posix_memalign(&raw, 64, bytes) == 0, let raw = unsafe raw else { return nil }
    unsafe raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    return unsafe raw.assumingMemoryBound(to: Float.self)
  }
}
