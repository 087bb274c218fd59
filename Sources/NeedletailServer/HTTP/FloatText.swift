#if Server
  /// Numbers as JSON has them, for answers with hundreds of thousands.
  package enum FloatText {
    private static let powers: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13]

    /// Adds a number with the fewest digits that read back as the same `Float`; `null` for what JSON lacks.
    ///
    /// Values of the size that vectors have take a short way; the others, and those between whose neighbours the shortest
    /// text lies too closely to be sure of, take that of `Float.description`.
    package static func append(_ value: Float, to bytes: inout [UInt8]) {
      let magnitude = Double(value.magnitude)
      guard magnitude >= 1e-4, magnitude < 10 else { return appendDescription(value, to: &bytes) }
      // Digits after the point beside the significant ones.
      let zeros = magnitude >= 1 ? -1 : magnitude >= 0.1 ? 0 : magnitude >= 0.01 ? 1 : magnitude >= 0.001 ? 2 : 3
      // A text within this distance is read as the value; at a power of two the neighbour below is nearer.
      let reach = Double(value.ulp) * (value.significandBitPattern == 0 ? 0.2499 : 0.4999)
      let farthest = Double(value.ulp) * 0.5001
      for significant in 6...9 {
        let places = significant + zeros
        let power = powers[places]
        let scaled = magnitude * power
        let digits = Int(scaled + 0.5)
        let distance = (Double(digits) - scaled).magnitude
        if distance > farthest * power { continue }
        if distance > reach * power { break }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        return append(digits, places: places, to: &bytes)
      }
      appendDescription(value, to: &bytes)
    }

    private static func appendDescription(_ value: Float, to bytes: inout [UInt8]) {
      bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    }

    /// Adds a decimal number with so many digits after the point, less the zeros at its end.
    private static func append(_ number: Int, places: Int, to bytes: inout [UInt8]) {
      var (digits, places) = (number, places)
      while places > 1, digits % 10 == 0 {
        digits /= 10
        places -= 1
      }
      let first = bytes.count
      bytes.append(contentsOf: repeatElement(UInt8(ascii: "."), count: places + 2))
      for place in stride(from: first + places + 1, through: first, by: -1) where place != first + 1 {
        bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digits % 10)
        digits /= 10
      }
    }
  }
#endif
