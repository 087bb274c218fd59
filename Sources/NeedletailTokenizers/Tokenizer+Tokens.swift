extension Tokenizer {
  /// Buffers that are kept from text to text.
  struct Workspace {
    var bytes: [UInt8] = []
    var word = WordBuffer()
    var buffer = MergeBuffer()
    var sentencePiece = SentencePieceRoom()
    var section: [UInt8] = []
    /// How much text has been read, bytes.
    var bytesRead = 0
    var pieces = PieceRoom()
  }

  /// Adds the tokens of one text, before truncation and special tokens.
  ///
  /// - Throws: ``TokenizerError`` where an expression takes too long or an unknown token is missing.
  func appendTokens(
    of text: String, _ workspace: inout Workspace, into result: inout SequenceTokens
  ) throws(TokenizerError) {
    switch fastWay {
    case .bert(let scanner):
      let before = result.ids.count
      workspace.load(text)
      if scanner.scan(workspace.bytes, limit: .max, word: &workspace.word, into: &result) { return }
      result.keepFirst(before)
    case .byteLevel(let scanner):
      result.reserve(result.ids.count + text.utf8.count / 4 + 4)
      if scanner.scan(text, limit: .max, &workspace, into: &result) { return }
    case .sentencePiece(let scanner):
      workspace.load(text)
      result.reserve(result.ids.count + workspace.bytes.count / 4 + 4)
      try scanner.scan(workspace.bytes, limit: .max, &workspace.sentencePiece, into: &result)
      return
    case .stages: break
    }
    try appendByStages(text, &workspace, into: &result)
  }

  /// Adds the ids of one text, at least `limit` of them or all.
  ///
  /// - Throws: ``TokenizerError`` as ``appendTokens(of:_:into:)`` does; the ids are then what they were, or more.
  func appendIDs(
    of text: String, limit: Int, _ workspace: inout Workspace, into ids: inout [Int32]
  ) throws(TokenizerError) {
    switch fastWay {
    case .bert(let scanner):
      workspace.load(text)
      var list = TokenList(ids: [])
      swap(&list.ids, &ids)
      let before = list.ids.count
      let isRead = scanner.scan(workspace.bytes, limit: limit, word: &workspace.word, into: &list)
      if !isRead { list.ids.removeLast(list.ids.count - before) }
      swap(&list.ids, &ids)
      if isRead { return }
    case .byteLevel(let scanner):
      var list = TokenList(ids: [])
      swap(&list.ids, &ids)
      let isRead = scanner.scan(text, limit: limit, &workspace, into: &list)
      swap(&list.ids, &ids)
      if isRead { return }
    case .sentencePiece(let scanner):
      workspace.load(text)
      if scanner.needsPlaces {
        var list = PlacedTokenList(ids: [])
        swap(&list.ids, &ids)
        defer { swap(&list.ids, &ids) }
        try scanner.scan(workspace.bytes, limit: limit, &workspace.sentencePiece, into: &list)
      } else {
        var list = TokenList(ids: [])
        swap(&list.ids, &ids)
        defer { swap(&list.ids, &ids) }
        try scanner.scan(workspace.bytes, limit: limit, &workspace.sentencePiece, into: &list)
      }
      return
    case .stages: break
    }
    var tokens = SequenceTokens()
    try appendByStages(text, &workspace, into: &tokens)
    ids += tokens.ids
  }

  /// Stage by stage, the last one without an allocation for each piece.
  private func appendByStages(
    _ text: String, _ workspace: inout Workspace, into result: inout SequenceTokens
  ) throws(TokenizerError) {
    try appendPieces(of: text, into: &result) { text, piece, word, result throws(TokenizerError) in
      try workspace.pieces.append(text, piece, model, quick, word: word, into: &result)
    }
  }

  /// Adds the added tokens of a text, and has `body` add those of each piece between them.
  @inline(__always)
  private func appendPieces(
    of text: String, into result: inout SequenceTokens,
    _ body: (
      _ text: NormalizedText, _ piece: Range<Int>, _ word: Int, _ result: inout SequenceTokens
    ) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    var word = 0
    for section in try added.sections(of: NormalizedText(text), normalizer: normalizer) {
      if let token = section.token {
        let whole = 0..<section.text.count
        result.append(token.id, section.text.string(whole), section.text.original(whole), word: word)
        word += 1
        continue
      }
      var split = SplitText(section.text)
      try preTokenizer?.split(&split)
      // Room once for all: made piece by piece it costs squared time.
      if word == 0 { result.reserve(result.ids.count + split.text.count / 3) }
      for piece in split.pieces {
        try body(split.text, piece, word, &result)
        word += 1
      }
    }
  }

  /// Everything about the tokens of a text by the plain stages, without special tokens: the oracle of tests.
  package func encodeByStages(_ text: String) throws(TokenizerError) -> Encoding {
    var dropout: MergeDropout?
    var sequence = try tokensByStages(of: text, &dropout)
    postProcessor.trim(sequence.tokens[...], &sequence.offsets, from: 0, text: nil)
    return Encoding(
      whole: sequence, typeIDs: sequence.ids.map { _ in 0 }, specialTokensMask: sequence.ids.map { _ in false })
  }

  /// What is left out by chance, if anything is.
  func dropout(_ options: EncodingOptions) -> MergeDropout? {
    guard let seed = options.dropoutSeed, case .bpe(let model) = model, model.options.dropout > 0 else { return nil }
    return MergeDropout(rate: model.options.dropout, seed: seed)
  }

  /// The plain way, kept as the oracle of the others, and the only one that leaves something to chance.
  func tokensByStages(of text: String, _ dropout: inout MergeDropout?) throws(TokenizerError) -> SequenceTokens {
    var result = SequenceTokens()
    var tokens: [ModelToken] = []
    var lattice = UnigramLattice()
    try appendPieces(of: text, into: &result) { text, piece, word, result throws(TokenizerError) in
      tokens.removeAll(keepingCapacity: true)
      try model.tokenize(text.scalars[piece], &lattice, &dropout, into: &tokens)
      for token in tokens {
        let range = (piece.lowerBound + token.range.lowerBound)..<(piece.lowerBound + token.range.upperBound)
        let name = token.showsText ? text.string(range) : model.vocabulary.token(Int(token.id)) ?? ""
        result.append(token.id, name, text.original(range), word: word)
      }
    }
    return result
  }
}

extension Tokenizer.Workspace {
  mutating func load(_ text: String) {
    bytes.removeAll(keepingCapacity: bytes.count < 1 << 20)
    bytes.append(contentsOf: text.utf8)
  }
}
