/// Some of the bytes of a mapped file, which lives as long as they are held: what kernels read in place.
package struct MappedRegion: Sendable {
  /// The file.
  package let file: MappedFile
  /// Where the bytes stand in it.
  package let range: Range<Int>

  /// Bytes of a file.
  ///
  /// - Parameter range: Must lie within the file.
  package init(_ file: MappedFile, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= file.count, "the range lies within the file")
    self.file = file
    self.range = range
  }

  /// How many bytes there are.
  package var count: Int { range.count }

  /// The first byte.
  var start: UnsafeRawPointer { unsafe file.start + range.lowerBound }

  /// Some of the bytes, counted from the first.
  package subscript(part: Range<Int>) -> MappedRegion {
    precondition(part.lowerBound >= 0 && part.upperBound <= count, "the part lies within the region")
    return MappedRegion(file, (range.lowerBound + part.lowerBound)..<(range.lowerBound + part.upperBound))
  }

  /// Reads the bytes in place.
  package func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
    return try body(unsafe bytes.bytes)
  }

  /// How many numbers of a type there are.
  package func count<Number: FixedWidthInteger>(of type: Number.Type) -> Int { count / MemoryLayout<Number>.size }

  /// A little-endian number, counted in numbers of its type from the first byte.
  package func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _ index: Int, as type: Number.Type = Number.self
  ) -> Number {
    precondition(index >= 0 && index < count(of: type), "the number lies within the region")
    let offset = index * MemoryLayout<Number>.size
    return Number(littleEndian: unsafe start.loadUnaligned(fromByteOffset: offset, as: Number.self))
  }

  /// A copy of some little-endian float32 numbers.
  ///
  /// - Parameter numbers: Counted in numbers from the first byte.
  package func floats(_ numbers: Range<Int>) -> [Float] {
    precondition(numbers.lowerBound >= 0 && numbers.upperBound <= count / 4, "the numbers lie within the region")
    return unsafe [Float](unsafeUninitializedCapacity: numbers.count) { values, count in
      let bytes = unsafe UnsafeRawBufferPointer(start: start + 4 * numbers.lowerBound, count: 4 * numbers.count)
      unsafe UnsafeMutableRawBufferPointer(values).copyMemory(from: bytes)
      count = numbers.count
    }
  }

  /// Whether the bytes are float32 numbers that can be read in place.
  package var holdsFloats: Bool { unsafe Int(bitPattern: start) % 4 == 0 && 1.littleEndian == 1 }

  /// Reads some float32 numbers in place, where the region ``holdsFloats``.
  ///
  /// - Parameter numbers: Counted in numbers from the first byte.
  package func withFloats<Result, Failure: Error>(
    _ numbers: Range<Int>, _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(holdsFloats && numbers.lowerBound >= 0 && numbers.upperBound <= count / 4, "the numbers lie within")
    let first = unsafe start.assumingMemoryBound(to: Float.self) + numbers.lowerBound
    let floats = unsafe UnsafeBufferPointer(start: first, count: numbers.count)
    return try body(unsafe floats.span)
  }
}

extension MappedFile {
  /// All bytes of the file.
  package var region: MappedRegion { MappedRegion(self, 0..<count) }
}
