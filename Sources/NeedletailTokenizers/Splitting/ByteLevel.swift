/// The visible characters that stand for bytes in the vocabularies of byte-level models (Radford and others 2019).
package enum ByteCharacters {
  /// The character of each byte.
  package static let scalars: [UInt32] = {
    let plain = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF)
    var result = Array(repeating: UInt32(0), count: 256)
    for byte in plain { result[byte] = UInt32(byte) }
    var next: UInt32 = 0x100
    for byte in 0..<256 where result[byte] == 0 {
      result[byte] = next
      next += 1
    }
    return result
  }()

  /// The byte of each character below U+0144, -1 where it stands for none.
  private static let bytes: [Int16] = {
    var result = Array(repeating: Int16(-1), count: 0x144)
    for (byte, scalar) in scalars.enumerated() { result[Int(scalar)] = Int16(byte) }
    return result
  }()

  /// The byte that a character stands for.
  static func byte(_ scalar: UInt32) -> UInt8? {
    guard scalar < UInt32(bytes.count), bytes[Int(scalar)] >= 0 else { return nil }
    return UInt8(bytes[Int(scalar)])
  }

  /// Appends the bytes of a token in UTF-8; leaves `bytes` as it was where one of its characters stands for none.
  ///
  /// - Returns: Whether all do.
  package static func decode(_ token: ArraySlice<UInt8>, into bytes: inout [UInt8]) -> Bool {
    let before = bytes.count
    var index = token.startIndex
    while index < token.endIndex {
      // All such characters have one or two bytes in UTF-8.
      let lead = UInt32(token[index])
      var scalar = lead
      index += 1
      if lead >= 0x80, lead < 0xE0, index < token.endIndex {
        scalar = (lead & 0x1F) << 6 | UInt32(token[index] & 0x3F)
        index += 1
      }
      guard lead < 0xE0, let byte = byte(scalar) else {
        bytes.removeLast(bytes.count - before)
        return false
      }
      bytes.append(byte)
    }
    return true
  }
}

/// Byte-level splitting: GPT-2's pattern, then every byte of UTF-8 as one visible character.
struct ByteLevel: Sendable {
  /// Whether pieces that do not begin with a space get one.
  var addsPrefixSpace = true
  /// Whether GPT-2's pattern splits first.
  var splits = true

  /// - Throws: Never in truth: the pattern is one that is scanned by hand.
  func split(_ text: inout SplitText) throws(TokenizerError) {
    if addsPrefixSpace { text.prependSpace() }
    if splits { try PatternSplit(pattern: .known(.gpt2), behavior: .isolated, isInverted: false).split(&text) }
    text.spellBytes()
  }
}

extension SplitText {
  /// Puts a space before every piece that does not begin with one; it stands for what the first scalar stands for.
  fileprivate mutating func prependSpace() {
    guard pieces.contains(where: { text.scalars[$0.lowerBound] != 0x20 }) else { return }
    rewrite { scalars, piece, result, sources in
      if scalars[piece.lowerBound] != 0x20 {
        result.append(0x20)
        sources.append(piece.lowerBound)
      }
      result += scalars[piece]
      sources += piece
    }
  }

  /// Puts the characters of its bytes in place of every scalar.
  fileprivate mutating func spellBytes() {
    // Visible ASCII stands for itself.
    if pieces.allSatisfy({ text.scalars[$0].allSatisfy { (0x21...0x7E).contains($0) } }) { return }
    var bytes: [UInt8] = []
    rewrite { scalars, piece, result, sources in
      for position in piece {
        bytes.removeAll(keepingCapacity: true)
        bytes.appendUTF8(scalars[position])
        for byte in bytes {
          result.append(ByteCharacters.scalars[Int(byte)])
          sources.append(position)
        }
      }
    }
  }
}
