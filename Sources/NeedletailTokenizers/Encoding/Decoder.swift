/// The last stage, on the way back: how tokens become text.
enum Decoder: Sendable {
  /// Joins with spaces, tokens that begin with the prefix without one; optionally mends English punctuation.
  case wordPiece(prefix: [UInt8], cleansUp: Bool)
  /// Joins with spaces.
  case spaces
  /// Every character of the visible alphabet is a byte; ill-formed UTF-8 becomes U+FFFD.
  case byteLevel
  /// Joins, a space in place of the suffix; the last token loses it.
  case suffix([UInt8])

  func text(_ tokens: [ArraySlice<UInt8>]) -> String {
    var result: [UInt8] = []
    for (index, token) in tokens.enumerated() {
      switch self {
      case .spaces:
        if index > 0 { result.append(0x20) }
        result += token
      case .byteLevel:
        if !ByteCharacters.decode(token, into: &result) { result += token }
      case .suffix(let suffix):
        result += Self.replacing(suffix, with: index == tokens.count - 1 ? [] : [0x20], in: Array(token))
      case .wordPiece(let prefix, let cleansUp):
        var piece = Array(token)
        if index > 0 {
          if piece.starts(with: prefix) {
            piece.removeFirst(prefix.count)
          } else {
            piece.insert(0x20, at: 0)
          }
        }
        result += cleansUp ? Self.cleaned(piece) : piece
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static let repairs: [([UInt8], [UInt8])] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
    (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ].map { (Array($0.utf8), Array($1.utf8)) }

  private static func cleaned(_ piece: [UInt8]) -> [UInt8] {
    repairs.reduce(piece) { replacing($1.0, with: $1.1, in: $0) }
  }

  private static func replacing(_ wrong: [UInt8], with right: [UInt8], in piece: [UInt8]) -> [UInt8] {
    guard !wrong.isEmpty else { return piece }
    var repaired: [UInt8] = []
    var index = 0
    while index < piece.count {
      if piece[index...].starts(with: wrong) {
        repaired += right
        index += wrong.count
      } else {
        repaired.append(piece[index])
        index += 1
      }
    }
    return repaired
  }
}
