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
    var workspace = Workspace()
    var encodings = [try unpadded(text, pair, options, &workspace)]
    try options.padding?.apply(to: &encodings)
    return encodings[0]
  }

  /// Everything about the tokens of each of several texts, in order, filled up to one length on request.
  ///
  /// With a seed for dropout every text has its own chances, by its position.
  ///
  /// - Throws: ``TokenizerError`` as for one text.
  public func encode(_ texts: [String], options: EncodingOptions = .init()) throws(TokenizerError) -> [Encoding] {
    var workspace = Workspace()
    var encodings: [Encoding] = []
    encodings.reserveCapacity(texts.count)
    for (index, text) in texts.enumerated() {
      encodings.append(try unpadded(text, nil, options.text(index), &workspace))
    }
    try options.padding?.apply(to: &encodings)
    return encodings
  }

  /// One text or pair, before padding, in buffers that are kept.
  func unpadded(
    _ text: String, _ pair: String?, _ options: EncodingOptions, _ workspace: inout Workspace
  ) throws(TokenizerError) -> Encoding {
    let pieces = postProcessor.pieces(isPair: pair != nil, addsSpecialTokens: options.addsSpecialTokens)
    var dropout = dropout(options)
    if pair == nil, options.truncation == nil, dropout == nil, postProcessor.closing == nil {
      return try whole(text, pieces, options, &workspace)
    }
    var sequences: [SequenceTokens] = []
    for text in [text, pair].compactMap({ $0 }) {
      if dropout == nil {
        var sequence = SequenceTokens()
        try appendTokens(of: text, &workspace, into: &sequence)
        sequences.append(sequence)
      } else {
        sequences.append(try tokensByStages(of: text, &dropout))
      }
    }
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
    var workspace = Workspace()
    var sequence = SequenceTokens()
    try appendTokens(of: text, &workspace, into: &sequence)
    return sequence
  }

  /// One text that nothing is cut from: its tokens go where they stay.
  private func whole(
    _ text: String, _ pieces: [PostProcessor.Piece], _ options: EncodingOptions, _ workspace: inout Workspace
  ) throws(TokenizerError) -> Encoding {
    var sequence = SequenceTokens()
    var typeIDs: [Int32] = []
    var mask: [Bool] = []
    for piece in pieces {
      let first = sequence.ids.count
      switch piece {
      case .special(let special, let typeID):
        sequence.append(special: special)
        typeIDs += repeatElement(typeID, count: special.ids.count)
        mask += repeatElement(true, count: special.ids.count)
      case .sequence(let index, let typeID, _):
        guard index == 0 else { continue }
        try appendTokens(of: text, &workspace, into: &sequence)
        let count = sequence.ids.count - first
        postProcessor.trim(
          sequence.tokens[first...], &sequence.offsets, from: first, text: options.addsSpecialTokens ? index : nil)
        typeIDs.reserveCapacity(first + count + 4)
        mask.reserveCapacity(first + count + 4)
        typeIDs += repeatElement(typeID, count: count)
        mask += repeatElement(false, count: count)
      }
    }
    return Encoding(whole: sequence, typeIDs: typeIDs, specialTokensMask: mask)
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
