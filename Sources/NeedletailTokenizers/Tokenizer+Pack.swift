extension Tokenizer {
  /// Adds the tokens of texts to a batch, in order.
  ///
  /// The same ids as ``encode(_:pair:options:)`` gives, without strings, offsets or an allocation per token. With
  /// truncation on the right, reading stops where the limit is reached.
  ///
  /// - Throws: ``TokenizerError`` with code `.invalidTruncation` or `.patternLimit`; the batch is then left as it was.
  public func pack(
    _ texts: [String], options: EncodingOptions = .init(), into packed: inout PackedTokens
  ) throws(TokenizerError) {
    try pack(texts[...], options: options, into: &packed)
  }

  /// Adds the tokens of texts to a batch, in order; see ``pack(_:options:into:)-([String],_,_)``.
  public func pack(
    _ texts: ArraySlice<String>, options: EncodingOptions = .init(), into packed: inout PackedTokens
  ) throws(TokenizerError) {
    let pieces = postProcessor.pieces(isPair: false, addsSpecialTokens: options.addsSpecialTokens)
    let specials = PostProcessor.specialCount(pieces)
    var room = Int.max
    if let truncation = options.truncation { room = try TruncationPlan.room(truncation, specials: specials) }
    let before = packed.count
    var workspace = Workspace()
    for (index, text) in texts.enumerated() {
      if options.truncation?.strategy == .onlySecond {
        do { try packPlainly(text, nil, options.text(index), into: &packed) } catch {
          packed.keepFirst(before)
          throw error
        }
        continue
      }
      do {
        try packed.appendText(
          pieces, room: room, direction: options.truncation?.direction ?? .right,
          closing: options.addsSpecialTokens ? postProcessor.closing : nil
        ) { limit, ids throws(TokenizerError) in
          try appendIDs(of: text, limit: limit, options.text(index), &workspace, into: &ids)
        }
      } catch {
        packed.keepFirst(before)
        throw error
      }
    }
  }

  /// Adds the tokens of one pair of texts to a batch.
  ///
  /// - Throws: ``TokenizerError`` with code `.invalidTruncation` or `.patternLimit`; the batch is then left as it was.
  public func pack(
    _ text: String, pair: String, options: EncodingOptions = .init(), into packed: inout PackedTokens
  ) throws(TokenizerError) {
    try packPlainly(text, pair, options, into: &packed)
  }

  /// Adds the ids of one text, at least `limit` of them or all, leaving merges out where the options ask for it.
  private func appendIDs(
    of text: String, limit: Int, _ options: EncodingOptions, _ workspace: inout Workspace, into ids: inout [Int32]
  ) throws(TokenizerError) {
    var dropout = dropout(options)
    if dropout == nil {
      try appendIDs(of: text, limit: limit, &workspace, into: &ids)
    } else {
      ids += try tokensByStages(of: text, &dropout).ids
    }
  }

  private func packPlainly(
    _ text: String, _ pair: String?, _ options: EncodingOptions, into packed: inout PackedTokens
  ) throws(TokenizerError) {
    var workspace = Workspace()
    var sequences: [[Int32]] = []
    var dropout = dropout(options)
    for text in [text, pair].compactMap({ $0 }) {
      var ids: [Int32] = []
      if dropout == nil {
        try appendIDs(of: text, limit: .max, &workspace, into: &ids)
      } else {
        ids = try tokensByStages(of: text, &dropout).ids
      }
      sequences.append(ids)
    }
    let pieces = postProcessor.pieces(isPair: pair != nil, addsSpecialTokens: options.addsSpecialTokens)
    let plan = try TruncationPlan(
      counts: sequences.map(\.count), specials: PostProcessor.specialCount(pieces), truncation: options.truncation)
    for piece in pieces {
      switch piece {
      case .special(let special, let typeID): packed.appendPart(special.ids[...], typeID)
      case .sequence(let index, let typeID, _):
        guard index < sequences.count else { continue }
        let part = sequences[index][plan.windows[index][0]]
        let kept = postProcessor.kept(part, addsSpecialTokens: options.addsSpecialTokens)
        packed.appendPart(part.prefix(kept), typeID)
      }
    }
    packed.starts.append(packed.ids.count)
  }
}

extension PackedTokens {
  fileprivate mutating func keepFirst(_ count: Int) {
    starts.removeLast(starts.count - count - 1)
    ids.removeLast(ids.count - starts[count])
    typeIDs.removeLast(typeIDs.count - starts[count])
  }

  fileprivate mutating func appendPart(_ part: ArraySlice<Int32>, _ typeID: Int32) {
    ids += part
    typeIDs += repeatElement(typeID, count: part.count)
  }

  /// Adds one text: special tokens around what `body` appends, which is cut to `room`.
  fileprivate mutating func appendText(
    _ pieces: [PostProcessor.Piece], room: Int, direction: Truncation.Direction, closing: Int32?,
    _ body: (_ limit: Int, _ ids: inout [Int32]) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    for piece in pieces {
      switch piece {
      case .special(let special, let typeID): appendPart(special.ids[...], typeID)
      case .sequence(let index, let typeID, _):
        guard index == 0 else { continue }
        let start = ids.count
        if room > 0 { try body(direction == .right ? room : .max, &ids) }
        let excess = ids.count - start - room
        if excess > 0 {
          if direction == .right { ids.removeLast(excess) } else { ids.removeSubrange(start..<(start + excess)) }
        }
        if let closing, ids.count > start, ids.last == closing { ids.removeLast() }
        typeIDs += repeatElement(typeID, count: ids.count - start)
      }
    }
    starts.append(ids.count)
  }
}
