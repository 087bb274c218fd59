extension Tokenizer {
  /// Adds the tokens of texts to a batch, in order.
  ///
  /// The same ids as ``encode(_:pair:options:)`` gives, without strings, offsets or an allocation per token. With
  /// truncation on the right, reading stops where the limit is reached.
  ///
  /// - Throws: ``TokenizerError`` with code `.invalidTruncation`; the batch is then left as it was.
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
    for text in texts {
      if options.truncation?.strategy == .onlySecond {
        do { try packPlainly(text, nil, options, into: &packed) } catch {
          packed.keepFirst(before)
          throw error
        }
        continue
      }
      packed.appendText(
        pieces, room: room, direction: options.truncation?.direction ?? .right
      ) { limit, ids in appendIDs(of: text, limit: limit, &workspace, into: &ids) }
    }
  }

  /// Adds the tokens of one pair of texts to a batch.
  ///
  /// - Throws: ``TokenizerError`` with code `.invalidTruncation`; the batch is then left as it was.
  public func pack(
    _ text: String, pair: String, options: EncodingOptions = .init(), into packed: inout PackedTokens
  ) throws(TokenizerError) {
    try packPlainly(text, pair, options, into: &packed)
  }

  private func packPlainly(
    _ text: String, _ pair: String?, _ options: EncodingOptions, into packed: inout PackedTokens
  ) throws(TokenizerError) {
    var workspace = Workspace()
    var sequences: [[Int32]] = []
    for text in [text, pair].compactMap({ $0 }) {
      var ids: [Int32] = []
      appendIDs(of: text, limit: .max, &workspace, into: &ids)
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
        packed.appendPart(sequences[index][plan.windows[index][0]], typeID)
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
    _ pieces: [PostProcessor.Piece], room: Int, direction: Truncation.Direction,
    _ body: (_ limit: Int, _ ids: inout [Int32]) -> Void
  ) {
    for piece in pieces {
      switch piece {
      case .special(let special, let typeID): appendPart(special.ids[...], typeID)
      case .sequence(let index, let typeID, _):
        guard index == 0 else { continue }
        let start = ids.count
        if room > 0 { body(direction == .right ? room : .max, &ids) }
        let excess = ids.count - start - room
        if excess > 0 {
          if direction == .right { ids.removeLast(excess) } else { ids.removeSubrange(start..<(start + excess)) }
        }
        typeIDs += repeatElement(typeID, count: ids.count - start)
      }
    }
    starts.append(ids.count)
  }
}
