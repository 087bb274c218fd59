/// The escapes of JSON strings.
enum JSONString {
  static func hexadecimal(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  /// Resolves escapes that the parser has already checked.
  static func unescaped(_ source: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(source.count)
    var index = source.startIndex
    while index < source.endIndex {
      let byte = source[index]
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        index += 1
        continue
      }
      let kind = source[index + 1]
      index += 2
      switch kind {
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0C)
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "u"):
        var value = codeUnit(source, at: index)
        index += 4
        let pairFollows =
          (0xD800..<0xDC00).contains(value) && index + 6 <= source.endIndex && source[index] == UInt8(ascii: "\\")
          && source[index + 1] == UInt8(ascii: "u")
        if pairFollows {
          let low = codeUnit(source, at: index + 2)
          if (0xDC00..<0xE000).contains(low) {
            value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00)
            index += 6
          }
        }
        let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
        result.append(contentsOf: UTF8.encode(scalar)?.map { $0 } ?? [])
      default: result.append(kind)
      }
    }
    return result
  }

  private static func codeUnit(_ source: ArraySlice<UInt8>, at index: Int) -> UInt32 {
    source[index..<(index + 4)].reduce(0) { $0 << 4 | (hexadecimal($1) ?? 0) }
  }
}
