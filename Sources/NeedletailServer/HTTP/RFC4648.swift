#if Server
  /// Bytes as letters.
  package enum RFC4648 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    package static func base64(_ bytes: [UInt8]) -> [UInt8] {
      var result: [UInt8] = []
      result.reserveCapacity((bytes.count + 2) / 3 * 4)
      var index = 0
      while index + 2 < bytes.count {
        let word = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
        result.append(alphabet[Int(word >> 18)])
        result.append(alphabet[Int(word >> 12 & 63)])
        result.append(alphabet[Int(word >> 6 & 63)])
        result.append(alphabet[Int(word & 63)])
        index += 3
      }
      let left = bytes.count - index
      guard left > 0 else { return result }
      let word = UInt32(bytes[index]) << 16 | (left == 2 ? UInt32(bytes[index + 1]) << 8 : 0)
      result.append(alphabet[Int(word >> 18)])
      result.append(alphabet[Int(word >> 12 & 63)])
      result.append(left == 2 ? alphabet[Int(word >> 6 & 63)] : UInt8(ascii: "="))
      result.append(UInt8(ascii: "="))
      return result
    }
  }
#endif
