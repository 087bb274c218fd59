/// How SentencePiece itself makes text of pieces.
struct SentencePieceDecoder: Sendable {
  /// Pieces without a text, and the unknown piece with what it becomes.
  var controls: Set<[UInt8]>
  var unknown: [UInt8]
  var unknownText: [UInt8]
  var fallsBackToBytes: Bool
  /// Whether the mark before the first piece is no space of the text.
  var addsMark: Bool
  var joinsSpaces: Bool

  private static let mark: [UInt8] = [0xE2, 0x96, 0x81]

  func text(_ pieces: [[UInt8]]) -> [UInt8] {
    var text: [UInt8] = []
    var run: [UInt8] = []
    var isFirst = true
    var hasSeenMark = false
    for piece in pieces {
      if fallsBackToBytes, let byte = BytePieces.byte(of: piece) {
        run.append(byte)
        continue
      }
      // Each maximal ill-formed part is one scalar for Swift; here each byte of it is.
      text += Self.repaired(run)
      run.removeAll(keepingCapacity: true)
      if hasSeenMark || !text.isEmpty { isFirst = false }
      hasSeenMark = false
      if controls.contains(piece) { continue }
      if piece == unknown {
        text += unknownText
        continue
      }
      var rest = piece[...]
      if isFirst, addsMark || joinsSpaces, rest.starts(with: Self.mark) {
        rest = rest.dropFirst(3)
        hasSeenMark = !joinsSpaces
      }
      var index = rest.startIndex
      while index < rest.endIndex {
        if rest[index...].starts(with: Self.mark) {
          text.append(0x20)
          index += 3
        } else {
          text.append(rest[index])
          index += 1
        }
      }
    }
    return text + Self.repaired(run)
  }

  /// Bytes as UTF-8, each that belongs to no scalar replaced by U+FFFD.
  private static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let lead = bytes[index]
      let length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
      let part = bytes[index..<min(bytes.count, index + length)]
      if String(validating: part, as: UTF8.self)?.unicodeScalars.count == 1 {
        result += part
        index += length
      } else {
        result += [0xEF, 0xBF, 0xBD]
        index += 1
      }
    }
    return result
  }
}
