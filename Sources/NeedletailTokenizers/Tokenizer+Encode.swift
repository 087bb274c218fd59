extension Tokenizer {
  /// Everything about the tokens of a text, or of a pair of texts.
  ///
  /// For ids alone ``pack(_:options:into:)-([String],_,_)`` is much faster.
  ///
  /// - Parameters:
  ///   - text: Any text; the empty one too.
  ///   - pair: A second text, for models that read two.
  ///   - options: Special tokens, truncation and padding.
  /// - Throws: ``TokenizerError`` with code `.invalidTruncation` where the limit cannot be kept, `.patternLimit` where a
  ///   regular expression of the tokenizer takes too long on the text.
  /// - Complexity: O(text).
  public func encode(
    _ text: String, pair: String? = nil, options: EncodingOptions = .init()
  ) throws(TokenizerError) -> Encoding {
    var encodings = [try unpadded(text, pair, options)]
    try options.padding?.apply(to: &encodings)
    return encodings[0]
  }

  /// Everything about the tokens of each of several texts, in order, filled up to one length on request.
  ///
  /// With a seed for dropout every text has its own chances, by its position.
  ///
  /// - Throws: ``TokenizerError`` as for one text.
  public func encode(_ texts: [String], options: EncodingOptions = .init()) throws(TokenizerError) -> [Encoding] {
    var encodings: [Encoding] = []
    encodings.reserveCapacity(texts.count)
    for (index, text) in texts.enumerated() { encodings.append(try unpadded(text, nil, options.text(index))) }
    try options.padding?.apply(to: &encodings)
    return encodings
  }

  private func unpadded(
    _ text: String, _ pair: String?, _ options: EncodingOptions
  ) throws(TokenizerError) -> Encoding {
    var dropout = dropout(options)
    var sequences = [try tokens(of: text, &dropout)]
    if let pair { sequences.append(try tokens(of: pair, &dropout)) }
    let pieces = postProcessor.pieces(isPair: pair != nil, addsSpecialTokens: options.addsSpecialTokens)
    let plan = try TruncationPlan(
      counts: sequences.map(\.ids.count), specials: PostProcessor.specialCount(pieces),
      truncation: options.truncation)

    func assemble(_ parts: [Int]) -> Encoding {
      var encoding = Encoding()
      for piece in pieces {
        switch piece {
        case .special(let special, let typeID): encoding.append(special: special, typeID: typeID)
        case .sequence(let index, let typeID, let overflowTypeID):
          guard index < sequences.count else { continue }
          var window = plan.windows[index][parts[index]]
          let kept = postProcessor.kept(sequences[index].ids[window], addsSpecialTokens: options.addsSpecialTokens)
          window = window.lowerBound..<(window.lowerBound + kept)
          let first = encoding.offsets.count
          encoding.append(sequences[index], window, typeID: parts[index] == 0 ? typeID : overflowTypeID)
          postProcessor.trim(
            sequences[index].tokens[window], &encoding.offsets, from: first,
            text: options.addsSpecialTokens ? index : nil)
        }
      }
      return encoding
    }
    var encoding = assemble(sequences.map { _ in 0 })
    encoding.overflowing = overflowParts(plan, pieces).map(assemble)
    return encoding
  }

  /// Everything about the tokens of a text in UTF-8; ill-formed bytes read as U+FFFD, one for each maximal subpart, as
  /// Rust and Python replace them.
  public func encode(
    utf8 bytes: [UInt8], options: EncodingOptions = .init()
  ) throws(TokenizerError) -> Encoding {
    try encode(String(decoding: bytes, as: UTF8.self), options: options)
  }

  /// The tokens of one text, before truncation and special tokens; nothing is left to chance.
  func tokens(of text: String) throws(TokenizerError) -> SequenceTokens {
    var dropout: MergeDropout?
    return try tokens(of: text, &dropout)
  }

  /// The tokens of one text by the plain stages, before truncation and special tokens.
  func tokens(of text: String, _ dropout: inout MergeDropout?) throws(TokenizerError) -> SequenceTokens {
    if dropout == nil, let tokens = byteScanner?.tokens(of: text) { return tokens }
    return try tokensByStages(of: text, &dropout)
  }

  /// What is left out by chance, if anything is.
  func dropout(_ options: EncodingOptions) -> MergeDropout? {
    guard let seed = options.dropoutSeed, case .bpe(let model) = model, model.options.dropout > 0 else { return nil }
    return MergeDropout(rate: model.options.dropout, seed: seed)
  }

  /// The plain way, kept as the oracle of the others.
  private func tokensByStages(
    of text: String, _ dropout: inout MergeDropout?
  ) throws(TokenizerError) -> SequenceTokens {
    var result = SequenceTokens()
    var word = 0
    var tokens: [ModelToken] = []
    var lattice = UnigramLattice()
    for section in try added.sections(of: NormalizedText(text), normalizer: normalizer) {
      if let token = section.token {
        let whole = 0..<section.text.count
        result.ids.append(token.id)
        result.tokens.append(section.text.string(whole))
        result.offsets.append(section.text.original(whole))
        result.words.append(word)
        word += 1
        continue
      }
      var split = SplitText(section.text)
      try preTokenizer?.split(&split)
      let text = split.text
      if result.ids.isEmpty { result.reserve(text.count / 3) }  // once: room made piece by piece costs squared time
      for piece in split.pieces {
        tokens.removeAll(keepingCapacity: true)
        try model.tokenize(text.scalars[piece], &lattice, &dropout, into: &tokens)
        for token in tokens {
          let range = (piece.lowerBound + token.range.lowerBound)..<(piece.lowerBound + token.range.upperBound)
          result.ids.append(token.id)
          result.tokens.append(
            token.showsText ? text.string(range) : model.vocabulary.token(Int(token.id)) ?? "")
          result.offsets.append(text.original(range))
          result.words.append(word)
        }
        word += 1
      }
    }
    return result
  }

  /// Which windows of the texts make up each overflowing part, in the reference library's order.
  private func overflowParts(_ plan: TruncationPlan, _ pieces: [PostProcessor.Piece]) -> [[Int]] {
    guard plan.windows.count == 2 else { return (1..<plan.windows[0].count).map { [$0] } }
    let order = pieces.compactMap { piece -> Int? in if case .sequence(let index, _, _) = piece { index } else { nil } }
    guard order.count == 2 else {
      guard let only = order.first else { return [] }
      return (1..<plan.windows[only].count).map { only == 0 ? [$0, 0] : [0, $0] }
    }
    let (outer, inner) = (plan.windows[order[0]].count, plan.windows[order[1]].count)
    var parts: [[Int]] = []
    for first in 0..<outer {
      for second in 0..<inner where first + second > 0 { parts.append([first, second]) }
    }
    // The text's own part comes after all of its overflow.
    parts.sort { ($0[0] == 0 ? outer : $0[0], $0[1]) < ($1[0] == 0 ? outer : $1[0], $1[1]) }
    return order[0] == 0 ? parts : parts.map { [$0[1], $0[0]] }
  }
}
