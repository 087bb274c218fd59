/// What rooms that make vocabularies need to know of a tokenizer.
extension Tokenizer {
  /// What is done to texts before the model sees them.
  package var pipeline: TextPipeline { TextPipeline(normalizer: normalizer, preTokenizer: preTokenizer) }
  /// The tokens that are looked for in the text itself.
  package var addedTokens: [AddedToken] { added.tokens }
  /// The tokens of the model.
  package var vocabulary: Vocabulary { model.vocabulary }
  /// The id of what the vocabulary lacks, where the model has one.
  package var unknown: Int32? { model.unknown }
  /// The model of a Unigram tokenizer.
  package var unigram: Unigram? { if case .unigram(let unigram) = model { unigram } else { nil } }
  /// Whether a piece that is a token of a BPE model stays whole whatever the merges say; `nil` for other models.
  package var keepsWholePieces: Bool? { if case .bpe(let model) = model { model.options.ignoresMerges } else { nil } }
  /// The longest piece that a WordPiece model does not call unknown, in scalars; `nil` for other models.
  package var longestPiece: Int? { if case .wordPiece(let model) = model { model.maximumScalars } else { nil } }

  /// The ids of a text before truncation and special tokens; nothing is left to chance.
  package func ids(of text: String) throws(TokenizerError) -> [Int32] { try tokens(of: text).ids }

  /// The ids of one piece, as the model gets to see it.
  package func ids(ofPiece piece: String) throws(TokenizerError) -> [Int32] {
    var tokens: [ModelToken] = []
    var lattice = UnigramLattice()
    try model.tokenize(piece.unicodeScalars.map(\.value)[...], &lattice, into: &tokens)
    return tokens.map(\.id)
  }
}
