/// The element types of stored tensors that Needletail reads, by their safetensors names.
public enum ElementType: String, Sendable, CaseIterable {
  case float64 = "F64"
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  /// Four bits of exponent and three of fraction, without infinities.
  case float8 = "F8_E4M3"
  case int64 = "I64"
  case int32 = "I32"
  case int16 = "I16"
  case int8 = "I8"
  case uint64 = "U64"
  case uint32 = "U32"
  case uint16 = "U16"
  case uint8 = "U8"
  case boolean = "BOOL"

  /// Bytes an element.
  public var size: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float8, .int8, .uint8, .boolean: 1
    }
  }
}

// MARK: writing numbers

extension ElementType {
  /// Numbers as stored elements of a float type, little-endian, rounded to the nearest and from the middle to the even
  /// one.
  ///
  /// - Returns: `nil` where a number is finite and no number of the type is near it.
  package func bytes(of values: [Float]) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * size)
    func append(_ bits: some FixedWidthInteger) {
      for place in 0..<size { bytes.append(UInt8(truncatingIfNeeded: bits >> (8 * place))) }
    }
    for value in values {
      switch self {
      case .float32: append(value.bitPattern)
      case .float64: append(Double(value).bitPattern)
      case .float16, .bfloat16:
        let (bits, infinity) = self == .float16 ? (Self.half(value), 0x7C00) : (Self.shortened(value), 0x7F80)
        guard bits & 0x7FFF != UInt16(infinity) || !value.isFinite else { return nil }
        append(bits)
      default: preconditionFailure("\(rawValue) is no float type")
      }
    }
    return bytes
  }

  /// The bits of the nearest float16; the type itself is not on every platform.
  private static func half(_ value: Float) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
    let magnitude = value.bitPattern & 0x7FFF_FFFF
    if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
    // From 65536 on; what rounds to it below comes out of the sum.
    if magnitude >= 0x4780_0000 { return sign | 0x7C00 }
    // Below 2^-14 the numbers are multiples of 2^-24.
    if magnitude < 0x3880_0000 {
      return sign | UInt16((value.magnitude * 16_777_216).rounded(.toNearestOrEven))
    }
    let rounded = magnitude + 0xFFF + (magnitude >> 13 & 1)
    return sign | UInt16(truncatingIfNeeded: (rounded >> 13) - (112 << 10))
  }

  /// The bits of the nearest bfloat16.
  private static func shortened(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
  }
}
