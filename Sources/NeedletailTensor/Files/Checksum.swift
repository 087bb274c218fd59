internal import CNeedletail

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4): tells damaged bytes from sound ones, not from forged ones.
package struct Checksum: Sendable, Equatable {
  /// The checksum of the bytes so far.
  package private(set) var value: UInt32 = 0

  /// The checksum of no bytes.
  package init() {}

  /// The checksum of some bytes.
  package init(of bytes: RawSpan) { add(bytes) }

  /// The checksum of the bytes of some numbers, as they stand in memory.
  package init<Number: FixedWidthInteger & BitwiseCopyable>(of numbers: [Number]) {
    numbers.withRawSpan { add($0) }
  }

  /// Adds the bytes that follow.
  package mutating func add(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress { value = unsafe nt_crc32c(value, start, bytes.count) }
    }
  }
}
