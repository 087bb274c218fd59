/// One token of a piece: its id and the scalars of the piece that it covers.
struct ModelToken {
  var id: Int32
  var range: Range<Int>
  /// Whether the token is shown as the text that it covers, as Unigram does it with what it does not know.
  var showsText = false
}

/// The third stage: how a piece becomes tokens.
enum TokenModel: Sendable {
  case wordPiece(WordPiece)
  case wordLevel(WordLevel)
  case bpe(BPE)
  case unigram(Unigram)
  case pieces(PieceModel)
  case bidirectional(BidirectionalWordPiece)
  case bytes(ByteModel)
  case scalars(ScalarModel)

  var vocabulary: Vocabulary {
    switch self {
    case .wordPiece(let model): model.vocabulary
    case .wordLevel(let model): model.vocabulary
    case .bpe(let model): model.vocabulary
    case .unigram(let model): model.vocabulary
    case .pieces(let model): model.vocabulary
    case .bidirectional(let model): model.vocabulary
    case .bytes(let model): model.vocabulary
    case .scalars(let model): model.vocabulary
    }
  }

  /// The id of what the vocabulary lacks, where the model has one.
  var unknown: Int32? {
    switch self {
    case .wordPiece(let model): model.unknown
    case .wordLevel(let model): model.unknown
    case .bpe(let model): model.options.unknown
    case .unigram(let model): model.unknown
    case .pieces(let model): model.unknown
    case .bidirectional(let model): model.forward.unknown
    case .bytes, .scalars: nil
    }
  }

  /// What the file calls this kind of model, or what its paper does.
  var name: String {
    switch self {
    case .wordPiece: "WordPiece"
    case .wordLevel: "WordLevel"
    case .bpe: "BPE"
    case .unigram: "Unigram"
    case .pieces: "SentencePiece"
    case .bidirectional: "BidirectionalWordPiece"
    case .bytes: "bytes"
    case .scalars: "characters"
    }
  }

  /// Whether what the vocabulary lacks is written byte by byte.
  var fallsBackToBytes: Bool {
    switch self {
    case .bpe(let model): model.options.byteTokens != nil
    case .unigram(let model): model.fallsBackToBytes
    case .pieces(let model): !model.byteIDs.isEmpty
    case .wordPiece, .wordLevel, .bidirectional, .scalars: false
    case .bytes: true
    }
  }

  /// Adds the tokens of one piece, given as scalars; the ranges count from its start.
  ///
  /// - Parameters:
  ///   - lattice: Room that is kept between calls.
  ///   - dropout: The chance by which merges are left out.
  /// - Throws: ``TokenizerError`` where an unknown token is needed that the vocabulary has not.
  func tokenize(
    _ piece: ArraySlice<UInt32>, _ lattice: inout UnigramLattice, _ dropout: inout MergeDropout?,
    into tokens: inout [ModelToken]
  ) throws(TokenizerError) {
    switch self {
    case .wordPiece(let model): model.tokenize(piece, into: &tokens)
    case .wordLevel(let model): model.tokenize(piece, into: &tokens)
    case .bpe(let model): try model.tokenize(piece, &dropout, into: &tokens)
    case .unigram(let model): model.tokenize(piece, &lattice, into: &tokens)
    case .pieces(let model): model.tokenize(piece, into: &tokens)
    case .bidirectional(let model): model.tokenize(piece, into: &tokens)
    case .bytes(let model): model.tokenize(piece, into: &tokens)
    case .scalars(let model): model.tokenize(piece, into: &tokens)
    }
  }
}

extension TokenModel {
  /// The same with nothing left to chance.
  func tokenize(
    _ piece: ArraySlice<UInt32>, _ lattice: inout UnigramLattice, into tokens: inout [ModelToken]
  ) throws(TokenizerError) {
    var dropout: MergeDropout?
    try tokenize(piece, &lattice, &dropout, into: &tokens)
  }
}

/// A whole piece is one token or the unknown token.
struct WordLevel: Sendable {
  let vocabulary: Vocabulary
  let unknown: Int32

  func tokenize(_ piece: ArraySlice<UInt32>, into tokens: inout [ModelToken]) {
    var bytes: [UInt8] = []
    for scalar in piece { bytes.appendUTF8(scalar) }
    tokens.append(ModelToken(id: vocabulary.id(bytes).map(Int32.init) ?? unknown, range: 0..<piece.count))
  }
}
