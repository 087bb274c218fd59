/// What SentencePiece itself does to a text: the longest rule from the left, spaces marked and, as a rule, joined.
///
/// The reference tokenizer library applies the same rules by grapheme clusters instead, see ``CharacterMap``.
struct SentencePieceNormalizer: Sendable {
  var rules: CharacterMap?
  /// Pieces that the user defined; they pass unchanged.
  var protected: ByteTrie?
  /// Whether a mark is added before the text, or behind it.
  var addsMark: Bool
  var marksEnds: Bool
  /// Whether spaces at the ends go and others are joined.
  var joinsSpaces: Bool
  /// Whether a space becomes U+2581.
  var escapesSpaces: Bool

  private static let space: UInt32 = 0x20

  func apply(to text: inout NormalizedText) {
    var bytes: [UInt8] = []
    for scalar in text.scalars { bytes.appendUTF8(scalar) }
    var written = NormalizedScalars()
    let mark: UInt32 = escapesSpaces ? 0x2581 : Self.space
    var chunk: [UInt8] = []
    var index = 0
    var source = 0
    if joinsSpaces {
      while index < bytes.count {
        let length = nextChunk(bytes, index, &chunk)
        guard chunk == [0x20] else { break }
        source += Self.scalarCount(bytes[index..<(index + length)])
        index += length
      }
    }
    guard index < bytes.count else {
      text.rewrite([], sources: [])
      return
    }
    if addsMark, !marksEnds { written.append(mark, source) }
    var followsSpace = joinsSpaces
    while index < bytes.count {
      let length = nextChunk(bytes, index, &chunk)
      var start = 0
      while followsSpace, start < chunk.count, chunk[start] == 0x20 { start += 1 }
      if start < chunk.count { followsSpace = joinsSpaces && chunk.last == 0x20 }
      while start < chunk.count {
        let (scalar, width) = chunk.scalar(at: start)
        written.append(scalar == Self.space ? mark : scalar, source)
        start += width
      }
      source += Self.scalarCount(bytes[index..<(index + length)])
      index += length
    }
    var end = source
    if joinsSpaces {
      while written.scalars.last == mark {
        end = written.sources.last ?? end
        written.removeLast()
      }
    }
    if addsMark, marksEnds { written.append(mark, end) }
    text.rewrite(written.scalars, from: written.sources, end: end)
  }

  /// Writes what the next part of a text becomes, and returns how many bytes it takes.
  private func nextChunk(_ bytes: [UInt8], _ start: Int, _ chunk: inout [UInt8]) -> Int {
    chunk.removeAll(keepingCapacity: true)
    if let length = protected?.longest(bytes, from: start) {
      chunk += bytes[start..<(start + length)]
      return length
    }
    if let rules, let (length, text) = rules.longest(bytes, from: start) {
      rules.forEachByte(ofText: text) { chunk.append($0) }
      return length
    }
    let (_, length) = bytes.scalar(at: start)
    chunk += bytes[start..<(start + length)]
    return length
  }

  private static func scalarCount(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
  }
}

/// Scalars on their way out, and the position of the text before that each begins at.
private struct NormalizedScalars {
  private(set) var scalars: [UInt32] = []
  private(set) var sources: [Int] = []

  mutating func append(_ scalar: UInt32, _ source: Int) {
    scalars.append(scalar)
    sources.append(source)
  }

  mutating func removeLast() {
    scalars.removeLast()
    sources.removeLast()
  }
}
