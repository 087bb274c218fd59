/// The models of SentencePiece that do not weigh whole paths: byte pair encoding, words, characters.
///
/// A whole text is one piece here, its spaces marked by U+2581 (Kudo and Richardson 2018, doi:10.18653/v1/D18-2012).
struct PieceModel: Sendable {
  enum Method: Sendable {
    case merges(PieceMerges)
    case words
    case characters
  }

  let vocabulary: Vocabulary
  let unknown: Int32
  let method: Method
  /// Pieces that the user defined: they are found first, the longest one, and stay whole.
  let protected: ByteTrie?
  /// The pieces of the single bytes, which unknown text is spelled with; empty where it is not.
  let byteIDs: [Int32]
  /// Ids of pieces that are not looked for in texts, like control symbols.
  let hidden: Set<Int32>

  private static let mark: [UInt8] = [0xE2, 0x96, 0x81]

  /// Adds the tokens of one text, given as scalars; the ranges count from its start.
  func tokenize(_ piece: ArraySlice<UInt32>, into tokens: inout [ModelToken]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(piece.count)
    for scalar in piece { bytes.appendUTF8(scalar) }
    var writer = Writer(model: self, bytes: bytes)
    switch method {
    case .merges(let merges): merges.symbols(of: bytes, self) { writer.append($0, length: $1, &tokens) }
    case .characters:
      var start = 0
      while start < bytes.count {
        let length = symbolLength(bytes, start).length
        writer.append(id(bytes[start..<(start + length)]), length: length, &tokens)
        start += length
      }
    case .words:
      var start = 0
      while start < bytes.count {
        var end = start + 1
        while end < bytes.count, !(bytes[end] == Self.mark[0] && bytes[end...].starts(with: Self.mark)) { end += 1 }
        writer.append(id(bytes[start..<end]), length: end - start, &tokens)
        start = end
      }
    }
  }

  /// The length in bytes of the symbol that begins here, and whether the user defined it.
  @inline(__always)
  func symbolLength(_ bytes: [UInt8], _ start: Int) -> (length: Int, isProtected: Bool) {
    if let length = protected?.longest(bytes, from: start) { return (length, true) }
    let lead = bytes[start]
    return (lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4, false)
  }

  /// The id of a piece, the unknown one where there is none.
  func id(_ piece: ArraySlice<UInt8>) -> Int32 {
    guard let found = vocabulary.id(piece) else { return unknown }
    let id = Int32(truncatingIfNeeded: found)
    return hidden.contains(id) ? unknown : id
  }
}

/// Joins neighbouring unknowns, or spells them in bytes, and counts scalars.
private struct Writer {
  private let model: PieceModel
  private let bytes: [UInt8]
  private var position = 0
  private var scalar = 0
  private var followsUnknown = false

  init(model: PieceModel, bytes: [UInt8]) {
    self.model = model
    self.bytes = bytes
  }

  mutating func append(_ id: Int32, length: Int, _ tokens: inout [ModelToken]) {
    let first = scalar
    for index in position..<(position + length) where bytes[index] & 0xC0 != 0x80 { scalar += 1 }
    let range = first..<scalar
    let isUnknown = id == model.unknown
    if !isUnknown {
      tokens.append(ModelToken(id: id, range: range))
    } else if !model.byteIDs.isEmpty {
      for index in position..<(position + length) {
        tokens.append(ModelToken(id: model.byteIDs[Int(bytes[index])], range: range))
      }
    } else if followsUnknown, let last = tokens.last {
      tokens[tokens.count - 1].range = last.range.lowerBound..<scalar
    } else {
      tokens.append(ModelToken(id: id, range: range, showsText: true))
    }
    followsUnknown = isUnknown
    position += length
  }
}
