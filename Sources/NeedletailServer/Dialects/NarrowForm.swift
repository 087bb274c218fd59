#if Server
  /// How the numbers of a vector stand in an answer, whole or narrowed; the same text gives the same numbers in any
  /// company.
  ///
  /// Bytes are steps of the range that a direction of d dimensions hardly leaves, −6/√d to 6/√d; sentence-transformers
  /// measures one on other texts. Bits are sentence-transformers' (`docs/decisions/0024-narrow-numbers.md`).
  package enum NarrowForm: String, CaseIterable, Sendable {
    case float, int8, uint8, binary, ubinary, base64

    /// Adds a vector.
    func write(_ vector: ArraySlice<Float>, to json: inout JSONBytes) {
      switch self {
      case .float: json.write(vector)
      case .base64: json.writeBase64(vector)
      case .int8: json.write(integers: Self.steps(vector))
      case .uint8: json.write(integers: Self.steps(vector).map { $0 + 128 })
      case .ubinary: json.write(integers: Self.bits(vector).map(Int.init))
      case .binary: json.write(integers: Self.bits(vector).map { Int($0) - 128 })
      }
    }

    /// −127 to 127 each; all 0 for a vector without length.
    package static func steps(_ vector: ArraySlice<Float>) -> [Int] {
      let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      guard length > 0 else { return vector.map { _ in 0 } }
      let scale = 127 * Double(vector.count).squareRoot() / (6 * length)
      return vector.map { Int(min(127, max(-127, (Double($0) * scale).rounded()))) }
    }

    /// A bit each, 1 for what is positive, the first in the highest place; zeros fill the last byte.
    package static func bits(_ vector: ArraySlice<Float>) -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: (vector.count + 7) / 8)
      for (place, value) in vector.enumerated() where value > 0 { bytes[place / 8] |= 0x80 >> UInt8(place % 8) }
      return bytes
    }
  }

  extension JSONBytes {
    /// Adds an array of whole numbers.
    mutating func write(integers: [Int]) { list(integers) { number, json in json.write(number) } }
  }
#endif
