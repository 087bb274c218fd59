/// Owned float32 memory, 64-byte aligned, for packed weights and activations.
///
/// `@unchecked Sendable`: the memory is written only by its owner before the object is shared (weights), or is used by
/// one thread at a time (workspaces).
@safe package final class AlignedFloats: @unchecked Sendable {
  /// How many floats the memory holds.
  package let count: Int
  package let start: UnsafeMutablePointer<Float>

  /// Allocates `count` floats, all zero.
  package init(zeros count: Int) {
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    unsafe raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    unsafe self.start = raw.assumingMemoryBound(to: Float.self)
    self.count = count
  }

  deinit { unsafe start.deallocate() }
}
