extension Tokenizer {
  /// Reads a SentencePiece `.model` file; the result is that of SentencePiece itself, without special tokens.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - subject: What errors name.
  /// - Throws: ``TokenizerError`` with code `.malformed`, `.invalidVocabulary` or `.unsupported`.
  public init(sentencePieceModel bytes: [UInt8], subject: String) throws(TokenizerError) {
    let file = try SentencePieceModel(bytes, subject: subject)
    func invalid(_ message: String) -> TokenizerError { TokenizerError(.invalidVocabulary, message, subject: subject) }
    guard file.backwardRules.isEmpty else {
      throw TokenizerError(.unsupported, "\"denormalizer_spec\" with rules is not supported", subject: subject)
    }
    guard !file.pieces.isEmpty else { throw invalid("the vocabulary is empty") }
    let unknowns = file.pieces.indices.filter { file.pieces[$0].kind == .unknown }
    guard unknowns.count == 1 else { throw invalid("expected one unknown piece, found \(unknowns.count)") }
    for (id, piece) in file.pieces.enumerated() {
      guard !piece.range.isEmpty, String(validating: bytes[piece.range], as: UTF8.self) != nil else {
        throw invalid("the piece \(id) is empty or not UTF-8")
      }
      guard piece.score.isFinite else { throw invalid("the piece \(id) has the score \(piece.score)") }
    }
    do throws(Vocabulary.Problem) {
      let vocabulary = try Vocabulary(arena: bytes, ranges: file.pieces.map(\.range))
      let byteCount = BytePieces.ids(in: vocabulary).count { $0 >= 0 }
      guard !file.fallsBackToBytes || byteCount == 256 else {
        throw Vocabulary.Problem(message: "\"byte_fallback\" is on, but there are \(byteCount) pieces for bytes")
      }
      var rules: CharacterMap?
      if !file.rules.isEmpty {
        do throws(CharacterMap.Problem) { rules = try CharacterMap(bytes[file.rules]) } catch {
          throw Vocabulary.Problem(message: error.message)
        }
      }
      let hasProtected = file.pieces.contains { $0.kind == .userDefined }
      let protected = hasProtected ? vocabulary.trie { file.pieces[$0].kind == .userDefined } : nil
      let model =
        file.algorithm == .unigram
        ? TokenModel.unigram(Unigram(file, vocabulary, unknown: unknowns[0]))
        : .pieces(try PieceModel(file, vocabulary, unknown: unknowns[0], protected: protected))
      let normalizer = SentencePieceNormalizer(
        rules: rules, protected: protected, addsMark: file.addsMark, marksEnds: file.marksEnds,
        joinsSpaces: file.joinsSpaces, escapesSpaces: file.escapesSpaces)
      let decoder = SentencePieceDecoder(
        controls: Set(file.pieces.filter { $0.kind == .control }.map { Array(bytes[$0.range]) }),
        unknown: Array(bytes[file.pieces[unknowns[0]].range]), unknownText: file.unknownText,
        fallsBackToBytes: file.fallsBackToBytes, addsMark: file.addsMark, joinsSpaces: file.joinsSpaces)
      self.init(
        added: AddedTokens(), normalizer: .sentencePiece(normalizer), preTokenizer: nil,
        model: model, postProcessor: PostProcessor(), decoder: .sentencePiece(decoder))
    } catch {
      throw invalid(error.message)
    }
  }
}

extension Unigram {
  /// The model of a file whose one unknown piece is known.
  fileprivate init(_ file: SentencePieceModel, _ vocabulary: Vocabulary, unknown: Int) {
    let normal = file.pieces.filter { $0.kind == .normal }.map(\.score)
    let best = max(normal.max() ?? 0, Float.leastNormalMagnitude)
    let scores = file.pieces.map { piece in
      // What the user defined is always chosen.
      piece.kind == .userDefined ? Double(Float(piece.range.count) * best) : Double(piece.score)
    }
    self.init(
      vocabulary: vocabulary, scores: scores, unknown: Int32(truncatingIfNeeded: unknown),
      fallsBackToBytes: file.fallsBackToBytes,
      native: (normal.min() ?? Float.greatestFiniteMagnitude) - 10,
      trie: vocabulary.trie { [.normal, .userDefined].contains(file.pieces[$0].kind) })
  }
}

extension PieceModel {
  /// The model of a file that is not Unigram and whose one unknown piece is known.
  fileprivate init(
    _ file: SentencePieceModel, _ vocabulary: Vocabulary, unknown: Int, protected: ByteTrie?
  ) throws(Vocabulary.Problem) {
    let pieces = file.pieces
    let method: Method =
      switch file.algorithm {
      case .merges:
        .merges(
          try PieceMerges(
            vocabulary, scores: pieces.map(\.score), isNormal: { [.normal, .unused].contains(pieces[$0].kind) },
            isUnused: { pieces[$0].kind == .unused }))
      case .words: .words
      case .unigram, .characters: .characters
      }
    self.init(
      vocabulary: vocabulary, unknown: Int32(truncatingIfNeeded: unknown), method: method, protected: protected,
      byteIDs: file.fallsBackToBytes ? BytePieces.ids(in: vocabulary) : [],
      hidden: Set(
        pieces.indices.filter { [.control, .byte].contains(pieces[$0].kind) }.map { Int32(truncatingIfNeeded: $0) }))
  }
}
