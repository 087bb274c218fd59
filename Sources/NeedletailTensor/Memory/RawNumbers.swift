extension Array where Element: BitwiseCopyable {
  /// Lends the bytes of numbers, as they stand in memory: little-endian on every processor that Needletail runs on.
  ///
  /// The elements are numbers, which have no bytes between them.
  package func withRawSpan<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe span.bytes)
  }
}

extension [Float] {
  /// The bytes of the numbers, as they stand in memory.
  package var rawBytes: [UInt8] { withRawSpan { unsafe $0.withUnsafeBytes { unsafe [UInt8]($0) } } }

  /// Numbers from the bytes that ``rawBytes`` gave; `nil` where those are no whole number of them.
  package init?(rawBytes bytes: [UInt8]) {
    guard bytes.count % 4 == 0 else { return nil }
    self = unsafe [Float](unsafeUninitializedCapacity: bytes.count / 4) { numbers, count in
      unsafe UnsafeMutableRawBufferPointer(numbers).copyBytes(from: bytes)
      count = bytes.count / 4
    }
  }
}
