/// Turns pieces into tokens without an allocation for each: the buffers that this needs.
///
/// Gives what ``TokenModel/tokenize(_:_:into:)`` gives.
struct PieceRoom {
  /// The piece in UTF-8.
  private var bytes: [UInt8] = []
  private var character: [UInt8] = []
  private var ids: [Int32] = []
  private var hashes: [ByteHash] = []
  private var buffer = MergeBuffer()
  private var lattice = UnigramLattice()
  private var tokens: [ModelToken] = []

  /// Adds the tokens of one piece.
  ///
  /// - Throws: ``TokenizerError`` where an unknown token is needed that the vocabulary has not.
  mutating func append(
    _ text: NormalizedText, _ piece: Range<Int>, _ model: TokenModel, _ quick: QuickModel, word: Int,
    into result: inout SequenceTokens
  ) throws(TokenizerError) {
    switch (model, quick) {
    case (.wordPiece(let model), _): appendWordPieces(text, piece, model, word, &result)
    case (.bpe(let model), .merges(let alphabet)): appendMerged(text, piece, model, alphabet, word, &result)
    default:
      tokens.removeAll(keepingCapacity: true)
      try model.tokenize(text.scalars[piece], &lattice, into: &tokens)
      let vocabulary = model.vocabulary
      for token in tokens {
        let range = (piece.lowerBound + token.range.lowerBound)..<(piece.lowerBound + token.range.upperBound)
        let name = token.showsText ? text.string(range) : vocabulary.name(token.id)
        result.append(token.id, name, text.original(range), word: word)
      }
    }
  }

  private mutating func load(_ text: NormalizedText, _ piece: Range<Int>) {
    bytes.removeAll(keepingCapacity: bytes.count < 1 << 20)
    for index in piece {
      let scalar = text.scalars[index]
      if scalar < 0x80 { bytes.append(UInt8(truncatingIfNeeded: scalar)) } else { bytes.appendUTF8(scalar) }
    }
  }

  private mutating func appendWordPieces(
    _ text: NormalizedText, _ piece: Range<Int>, _ model: WordPiece, _ word: Int, _ result: inout SequenceTokens
  ) {
    guard piece.count <= model.maximumScalars else {
      result.append(model.unknown, model.vocabulary.name(model.unknown), text.original(piece), word: word)
      return
    }
    load(text, piece)
    var hash = ByteHash()
    for byte in bytes { hash.add(byte) }
    ids.removeAll(keepingCapacity: true)
    model.split(bytes, bytes.count, hash: hash, hashes: &hashes, into: &ids)
    if ids.count == 1 {
      result.append(ids[0], model.vocabulary.name(ids[0]), text.original(piece), word: word)
      return
    }
    var places = PiecePlaces(piece.lowerBound)
    for (index, id) in ids.enumerated() {
      let length = model.vocabulary.length(id) - (index > 0 ? model.prefix.count : 0)
      result.append(id, model.vocabulary.name(id), text.original(places.next(length, in: bytes)), word: word)
    }
  }

  private mutating func appendMerged(
    _ text: NormalizedText, _ piece: Range<Int>, _ model: BPE, _ alphabet: BPEAlphabet, _ word: Int,
    _ result: inout SequenceTokens
  ) {
    load(text, piece)
    if model.options.ignoresMerges {
      var hash = ByteHash()
      for byte in bytes { hash.add(byte) }
      if let id = model.vocabulary.id(bytes, bytes.indices, hash: hash) {
        let id = Int32(truncatingIfNeeded: id)
        result.append(id, model.vocabulary.name(id), text.original(piece), word: word)
        return
      }
    }
    model.merge(bytes, alphabet, &character, in: &buffer)
    var places = PiecePlaces(piece.lowerBound)
    for symbol in buffer.symbols {
      let range = places.next(Int(symbol.length), in: bytes)
      result.append(symbol.id, model.vocabulary.name(symbol.id), text.original(range), word: word)
    }
  }
}

/// Walks over the UTF-8 of a piece, token by token, and tells the scalars that each token's bytes belong to.
private struct PiecePlaces {
  private var byte = 0
  /// The scalars that begin before the next byte.
  private var begun: Int

  init(_ first: Int) { begun = first }

  @inline(__always)
  mutating func next(_ length: Int, in bytes: [UInt8]) -> Range<Int> {
    let start = bytes[byte] & 0xC0 == 0x80 ? begun - 1 : begun
    for index in byte..<(byte + length) where bytes[index] & 0xC0 != 0x80 { begun += 1 }
    byte += length
    return start..<begun
  }
}
