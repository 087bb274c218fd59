/// Tokens like `<0x61>`, which stand for one byte.
package enum BytePieces {
  /// The byte of such a token.
  package static func byte(of token: some RandomAccessCollection<UInt8>) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token.last == UInt8(ascii: ">") else { return nil }
    let digits = Array(token.dropFirst(3).prefix(2))
    if digits[0] == UInt8(ascii: "+") { return digit(digits[1]) }
    guard let high = digit(digits[0]), let low = digit(digits[1]) else { return nil }
    return high << 4 | low
  }

  /// The token of each byte as the vocabulary spells it, with capital digits; −1 where there is none.
  static func ids(in vocabulary: Vocabulary) -> [Int32] {
    all.map { token in vocabulary.id(token).map { Int32(truncatingIfNeeded: $0) } ?? -1 }
  }

  /// The token of each byte as vocabularies spell it, with capital digits.
  package static var all: [[UInt8]] {
    let digits = Array("0123456789ABCDEF".utf8)
    return (0..<256).map { Array("<0x".utf8) + [digits[$0 >> 4], digits[$0 & 15], UInt8(ascii: ">")] }
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }
}
