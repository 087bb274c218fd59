/// What the letters of a Korean vocabulary are.
public enum HangulUnits: String, Sendable, CaseIterable {
  /// Whole syllables, as they are written.
  case characters
  /// The jamo that syllables are made of: texts are decomposed (NFKD) before everything else.
  case subCharacters = "sub_characters"
}

extension Tokenizer {
  /// A tokenizer of KR-BERT's kind, BidirectionalWordPiece (Lee and others 2020, arXiv:2008.03979).
  ///
  /// Texts are cleaned and split as BERT's; each word is matched from the left and from the right, and the result whose
  /// tokens stand earlier in the vocabulary is taken. `[CLS]` and `[SEP]` are put around. Different from the authors'
  /// program, characters without a meaning in Unicode and those of private use are dropped, as in BERT's fast tokenizer.
  ///
  /// A folder says the same by `"tokenizer_class": "BidirectionalWordPieceTokenizer"` in its `tokenizer_config.json`,
  /// beside a `vocab.txt`; `"hangul_units"` is `"characters"`, its default, or `"sub_characters"`, and `"do_lower_case"`
  /// is false by default.
  ///
  /// - Parameters:
  ///   - bytes: The text of a `vocab.txt`: a token a line, the most frequent first after the five special tokens.
  ///   - units: Whether the vocabulary is made of syllables or of jamo.
  ///   - lowercasing: Whether letters become lowercase and lose their accents; Hangul is decomposed then, too.
  ///   - subject: What errors name.
  /// - Throws: ``TokenizerError`` with code `.invalidVocabulary` where a special token is missing.
  public init(
    bidirectionalVocabulary bytes: [UInt8], units: HangulUnits, lowercasing: Bool = false, subject: String
  ) throws(TokenizerError) {
    try self.init(FolderVocabulary(lines: bytes, subject: subject), units: units, lowercasing: lowercasing)
  }

  init(_ words: FolderVocabulary, units: HangulUnits, lowercasing: Bool) throws(TokenizerError) {
    let vocabulary = try words.vocabulary()
    func special(_ token: String) throws(TokenizerError) -> PostProcessor.Special {
      guard let id = vocabulary.id(Array(token.utf8)) else {
        throw words.problem("the special token \"\(token)\" is not in the vocabulary")
      }
      return .init(ids: [Int32(truncatingIfNeeded: id)], tokens: [token])
    }
    let forward: WordPiece
    let unknown = try special("[UNK]").ids[0]
    do {
      forward = try WordPiece(
        vocabulary: vocabulary, unknown: unknown, prefix: Array("##".utf8),
        maximumScalars: BidirectionalWordPiece.maximumScalars)
    } catch {
      throw words.problem(error.message)
    }
    let cleaning = Normalizer.bert(
      BertNormalizer(
        cleansText: true, separatesIdeographs: true, stripsAccents: lowercasing, lowercases: lowercasing))
    let normalizer = units == .characters ? cleaning : .sequence([.form(.nfkd), cleaning])
    let added = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].compactMap { token in
      vocabulary.id(Array(token.utf8)).map { AddedToken(content: token, id: Int32(truncatingIfNeeded: $0)) }
    }
    self.init(
      added: try AddedTokens(added, normalizer: normalizer), normalizer: normalizer, preTokenizer: .bert,
      model: .bidirectional(
        BidirectionalWordPiece(forward: forward, firstRanked: BidirectionalWordPiece.usualFirstRanked)),
      postProcessor: .bert(opening: try special("[CLS]"), closing: try special("[SEP]")),
      decoder: .wordPiece(prefix: Array("##".utf8), cleansUp: true))
  }
}
