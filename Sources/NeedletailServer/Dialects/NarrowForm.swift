#if Server
  /// How the numbers of a vector stand in an answer, whole or narrowed; the same text gives the same numbers in any
  /// company.
  ///
  /// Bytes follow sentence-transformers' quantisation with the range that a direction of so many dimensions hardly
  /// leaves, −4/√d to 4/√d, in place of one that is measured on other texts; what lies outside becomes its end.
  package enum NarrowForm: String, CaseIterable, Sendable {
    case float, int8, uint8, binary, ubinary, base64

    /// Adds a vector.
    func write(_ vector: ArraySlice<Float>, to json: inout JSONBytes) {
      switch self {
      case .float: json.write(vector)
      case .base64: json.writeBase64(vector)
      case .uint8: json.write(integers: Self.bytes(vector).map(Int.init))
      case .int8: json.write(integers: Self.bytes(vector).map { Int($0) - 128 })
      case .ubinary: json.write(integers: Self.bits(vector).map(Int.init))
      case .binary: json.write(integers: Self.bits(vector).map { Int($0) - 128 })
      }
    }

    /// 0 to 255 each.
    package static func bytes(_ vector: ArraySlice<Float>) -> [UInt8] {
      let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let end = 4 / Double(max(1, vector.count)).squareRoot()
      let step = 2 * end / 255
      return vector.map { value in
        let direction = length > 0 ? Double(value) / length : 0
        return UInt8(min(255, max(0, (direction + end) / step)))
      }
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
