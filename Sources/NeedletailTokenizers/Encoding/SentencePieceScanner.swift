/// Normalizing, splitting and looking up over UTF-8, for pipelines that mark spaces with U+2581: Unigram models, and byte
/// pair encoding on marked text.
///
/// Gives what the stages give, one after another. Rules of a charsmap are applied to bytes; other normalizers are those
/// of the stages.
struct SentencePieceScanner: Sendable {
  enum Model: Sendable {
    case unigram(Unigram)
    case merges(BPE, BPEAlphabet)
  }

  /// What is done to a section before marks are put in.
  private enum Normalizing: Sendable {
    case none
    case rules(CharacterMap)
    case stages(Normalizer)
  }

  /// Where a mark is put before a piece.
  private enum Prefix: Sendable {
    /// Before all pieces that do not begin with one.
    case always
    /// Before such pieces at the start of the text.
    case first
    case never
    /// Before every section, also before a mark.
    case doubled
  }

  private let model: Model
  private let vocabulary: Vocabulary
  private let plain: AddedTokenFinder
  private let inNormalized: AddedTokenFinder
  private var normalizing = Normalizing.none
  private var stripsLeft = false
  private var stripsRight = false
  /// Whether white space at the end goes once the rules are applied.
  private var stripsAfterRules = false
  /// The shortest run of spaces that becomes one mark.
  private var shortestRun = Int.max
  private var splitsAtWhitespace = false
  private var prefix = Prefix.always
  /// Whether every mark begins a piece, and a word.
  private var splitsAtMarks = true
  /// Whether a mark that follows something else begins a piece, which changes nothing but the time that merging takes.
  private var cutsAtMarks = false

  private static let mark: [UInt8] = [0xE2, 0x96, 0x81]

  /// `nil` where the pipeline is another one.
  init?(added: AddedTokens, normalizer: Normalizer?, preTokenizer: PreTokenizer?, model: TokenModel) {
    vocabulary = model.vocabulary
    switch model {
    case .unigram(let model): self.model = .unigram(model)
    case .bpe(let model):
      guard model.options.prefix.isEmpty, model.options.suffix.isEmpty, model.isPlain, !model.options.ignoresMerges
      else {
        return nil
      }
      self.model = .merges(model, BPEAlphabet(model))
      cutsAtMarks = model.keepsMarksFirst
    default: return nil
    }
    (plain, inNormalized) = added.finders
    guard readSplitting(preTokenizer, normalizer) else { return nil }
  }

  private mutating func readSplitting(_ preTokenizer: PreTokenizer?, _ normalizer: Normalizer?) -> Bool {
    switch preTokenizer {
    case nil: return readMarks(normalizer)
    // What is split at spaces stays whole where all spaces are marks.
    case .pattern(let split) where split.isSpace: return readMarks(normalizer)
    case .metaspace(let metaspace): guard read(metaspace) else { return false }
    case .sequence(let stages):
      guard case .metaspace(let metaspace) = stages.last, read(metaspace) else { return false }
      switch stages.count {
      case 1: break
      case 2:
        guard case .whitespaceSplit = stages[0] else { return false }
        splitsAtWhitespace = true
      default: return false
      }
    default: return false
    }
    if case .unigram = model {
      readNormalizer(normalizer)
    } else {
      normalizing = normalizer.map(Normalizing.stages) ?? .none
    }
    return true
  }

  private mutating func read(_ metaspace: Metaspace) -> Bool {
    guard metaspace.mark == 0x2581 else { return false }
    prefix =
      switch metaspace.scheme {
      case .always: .always
      case .first: .first
      case .never: .never
      }
    splitsAtMarks = metaspace.splits
    return true
  }

  /// Takes a normalizer that only puts marks for spaces, with one before the text or without.
  private mutating func readMarks(_ normalizer: Normalizer?) -> Bool {
    var stages: [Normalizer] = []
    if case .sequence(let list) = normalizer { stages = list } else if let normalizer { stages = [normalizer] }
    prefix = .never
    splitsAtMarks = false
    if stages.count == 2, case .prepend(let content) = stages[0], content == [0x2581] {
      prefix = .doubled
      stages.removeFirst()
    }
    // Tokens that are looked for in normalized text would have to be looked for behind the marks.
    guard stages.count == 1, case .replace(let spaces, let content) = stages[0], spaces == [0x20],
      content == [0x2581]
    else { return false }
    return inNormalized.isEmpty
  }

  /// Takes a strip, the rules, a strip on the right and a replacement of runs, in this order; else all as they are.
  private mutating func readNormalizer(_ normalizer: Normalizer?) {
    guard let normalizer else { return }
    var stages: [Normalizer] = []
    if case .sequence(let list) = normalizer { stages = list } else { stages = [normalizer] }
    var rest = stages[...]
    var direct = self
    if case .strip(let left, let right) = rest.first, case .characterMap = rest.dropFirst().first {
      (direct.stripsLeft, direct.stripsRight) = (left, right)
      rest.removeFirst()
    }
    if case .characterMap(let map) = rest.first {
      direct.normalizing = .rules(map)
      rest.removeFirst()
    }
    if case .strip(false, true) = rest.first, !direct.stripsLeft, !direct.stripsRight {
      direct.stripsAfterRules = true
      rest.removeFirst()
    }
    if case .replaceRuns(of: 0x20, atLeast: let minimum, content: let content) = rest.first, inNormalized.isEmpty,
      content == [0x20] || content == [0x2581] && !splitsAtWhitespace
    {
      direct.shortestRun = minimum
      rest.removeFirst()
    }
    if rest.isEmpty { self = direct } else { normalizing = .stages(normalizer) }
  }

  /// Whether places have to be followed even where only ids are asked for.
  var needsPlaces: Bool { if case .first = prefix { true } else { false } }

  /// Adds the tokens of a text.
  ///
  /// - Parameters:
  ///   - bytes: Well-formed UTF-8.
  ///   - limit: Where to stop: at least this many tokens are written unless the text has fewer.
  func scan<Sink: TokenSink>(
    _ bytes: [UInt8], limit: Int, _ room: inout SentencePieceRoom, into sink: inout Sink
  ) throws(TokenizerError) {
    let stop = limit > Int.max - sink.count ? Int.max : sink.count + limit
    room.word = 0
    guard plain.finds(in: bytes, bytes.indices) else {
      if sink.count < stop, !bytes.isEmpty {
        try read(bytes, bytes.indices, firstScalar: 0, stop: stop, &room, into: &sink)
      }
      return
    }
    var sections: [AddedTokenFinder.Section] = []
    plain.addSections(of: bytes, bytes.indices, to: &sections)
    var walked = 0
    var place: Int32 = 0
    for section in sections where sink.count < stop {
      // Sections may overlap where two tokens take the same white space.
      if section.range.lowerBound < walked { (walked, place) = (0, 0) }
      place += bytes.scalarCount(walked..<section.range.lowerBound)
      walked = section.range.lowerBound
      if let token = section.token {
        let end = place + bytes.scalarCount(section.range)
        sink.add(
          token.id, String(decoding: bytes[section.range], as: UTF8.self), Int(place)..<Int(end), word: room.word)
        room.word += 1
      } else {
        try read(bytes, section.range, firstScalar: place, stop: stop, &room, into: &sink)
      }
    }
  }

  /// Adds the tokens of a section.
  private func read<Sink: TokenSink>(
    _ bytes: [UInt8], _ range: Range<Int>, firstScalar: Int32, stop: Int, _ room: inout SentencePieceRoom,
    into sink: inout Sink
  ) throws(TokenizerError) {
    try normalize(bytes, range, firstScalar, &room, Sink.self)
    var whole = 0..<room.normalized.count
    if stripsAfterRules { whole = Self.stripped(room.normalized, whole, left: false, right: true) }
    guard inNormalized.finds(in: room.normalized, whole) else {
      split(whole, stop: stop, &room, into: &sink)
      return
    }
    var sections: [AddedTokenFinder.Section] = []
    inNormalized.addSections(of: room.normalized, whole, to: &sections)
    for section in sections where sink.count < stop {
      if let token = section.token {
        sink.add(
          token.id, String(decoding: room.normalized[section.range], as: UTF8.self),
          room.normalizedPlaces.original(section.range), word: room.word)
        room.word += 1
      } else {
        split(section.range, stop: stop, &room, into: &sink)
      }
    }
  }

  private func normalize<Sink: TokenSink>(
    _ bytes: [UInt8], _ section: Range<Int>, _ firstScalar: Int32, _ room: inout SentencePieceRoom, _: Sink.Type
  ) throws(TokenizerError) {
    room.normalized.removeAll(keepingCapacity: room.normalized.count < 1 << 20)
    room.normalizedPlaces.removeAll(keepingCapacity: room.normalizedPlaces.count < 1 << 20)
    var range = section
    if stripsLeft || stripsRight { range = Self.stripped(bytes, range, left: stripsLeft, right: stripsRight) }
    let first = firstScalar + bytes.scalarCount(section.lowerBound..<range.lowerBound)
    switch normalizing {
    case .none:
      room.normalized += bytes[range]
      if Sink.keepsPlaces { room.normalizedPlaces.append(scalarsOf: bytes, range, from: first) }
    case .rules(let map): map.rewrite(bytes, range, firstScalar: first, &room, Sink.self)
    case .stages(let normalizer):
      var text = NormalizedText(bytes, range, firstScalar: first)
      try normalizer.apply(to: &text)
      for index in 0..<text.count {
        let before = room.normalized.count
        let scalar = text.scalars[index]
        if scalar < 0x80 {
          room.normalized.append(UInt8(truncatingIfNeeded: scalar))
        } else {
          room.normalized.appendUTF8(scalar)
        }
        if Sink.keepsPlaces {
          let place = ScalarPlace(start: text.starts[index], end: text.ends[index])
          for _ in before..<room.normalized.count { room.normalizedPlaces.append(place) }
        }
      }
    }
  }

  /// A range without the white space at its ends.
  private static func stripped(_ bytes: [UInt8], _ range: Range<Int>, left: Bool, right: Bool) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while left, start < end {
      let (scalar, length) = bytes.scalar(at: start)
      guard ScalarProperties(scalar).isWhitespace else { break }
      start += length
    }
    while right, start < end {
      var last = end - 1
      while bytes[last] & 0xC0 == 0x80 { last -= 1 }
      guard ScalarProperties(bytes.scalar(at: last).0).isWhitespace else { break }
      end = last
    }
    return start..<end
  }

  /// Splits normalized text before marks and at spaces, and adds the tokens of every piece.
  private func split<Sink: TokenSink>(
    _ range: Range<Int>, stop: Int, _ room: inout SentencePieceRoom, into sink: inout Sink
  ) {
    room.clearPiece()
    var index = range.lowerBound
    if case .doubled = prefix, !range.isEmpty { room.addMark(at: index, Sink.self) }
    var endsWithMark = !room.lattice.bytes.isEmpty
    while index < range.upperBound, sink.count < stop {
      let byte = room.normalized[index]
      if byte == 0x20, !splitsAtWhitespace {
        var end = index + 1
        while end < range.upperBound, room.normalized[end] == 0x20 { end += 1 }
        let isOne = end - index >= shortestRun
        for position in (isOne ? end - 1 : index)..<end {
          if splitsAtMarks { finish(&room, into: &sink) } else if cutsAtMarks, !endsWithMark { cut(&room, into: &sink) }
          room.addMark(at: position, Sink.self)
          endsWithMark = true
        }
        index = end
        continue
      }
      if byte == 0xE2, index + 2 < range.upperBound, room.normalized[index + 1] == 0x96,
        room.normalized[index + 2] == 0x81
      {
        if splitsAtMarks { finish(&room, into: &sink) } else if cutsAtMarks, !endsWithMark { cut(&room, into: &sink) }
        room.addMark(at: index, Sink.self)
        endsWithMark = true
        index += 3
        continue
      }
      let length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
      if splitsAtWhitespace, byte <= 0x20 || length > 1,
        ScalarProperties(room.normalized.scalar(at: index).0).isWhitespace
      {
        finish(&room, into: &sink)
        endsWithMark = false
        index += length
        continue
      }
      if room.lattice.bytes.isEmpty, !room.isCut, wantsMark(at: index, room) { room.addMark(at: index, Sink.self) }
      endsWithMark = false
      if !splitsAtWhitespace, byte != 0xE2 {
        // Up to what may be a space or a mark.
        var end = index + 1
        while end < range.upperBound, room.normalized[end] != 0x20, room.normalized[end] != 0xE2 { end += 1 }
        room.lattice.bytes += room.normalized[index..<end]
        if Sink.keepsPlaces { room.places += room.normalizedPlaces[index..<end] }
        index = end
        continue
      }
      for offset in 0..<length { room.lattice.bytes.append(room.normalized[index + offset]) }
      if Sink.keepsPlaces { for offset in 0..<length { room.places.append(room.normalizedPlaces[index + offset]) } }
      index += length
    }
    if sink.count < stop { finish(&room, into: &sink) }
  }

  @inline(__always)
  private func wantsMark(at index: Int, _ room: borrowing SentencePieceRoom) -> Bool {
    switch prefix {
    case .always: true
    case .first: room.normalizedPlaces[index].start == 0
    case .never, .doubled: false
    }
  }

  /// Ends a piece and its word.
  @inline(__always)
  private func finish<Sink: TokenSink>(_ room: inout SentencePieceRoom, into sink: inout Sink) {
    guard !room.lattice.bytes.isEmpty || room.isCut else { return }
    cut(&room, into: &sink)
    room.isCut = false
    room.word += 1
  }

  /// Ends a piece within its word.
  private func cut<Sink: TokenSink>(_ room: inout SentencePieceRoom, into sink: inout Sink) {
    guard !room.lattice.bytes.isEmpty else { return }
    switch model {
    case .unigram(let model): model.appendTokens(&room, into: &sink)
    case .merges(let model, let alphabet): model.appendTokens(alphabet, &room, into: &sink)
    }
    room.clearPiece()
    room.isCut = true
  }
}

extension PatternSplit {
  /// Whether this splits at single spaces.
  fileprivate var isSpace: Bool {
    guard case .string(let string) = pattern else { return false }
    return string == [0x20] && !isInverted
  }
}

extension BPE {
  /// Whether no token has a mark after anything else, so that merging may begin anew at each mark after something else.
  fileprivate var keepsMarksFirst: Bool {
    let mark: [UInt8] = [0xE2, 0x96, 0x81]
    // Without an unknown token characters vanish, and the offsets of all that follows in the piece move.
    guard options.unknown != nil, vocabulary.id(mark) != nil else { return false }
    for id in 0..<vocabulary.limit {
      guard let bytes = vocabulary.bytes(id), bytes.count > 3 else { continue }
      var index = bytes.startIndex
      while index + 3 <= bytes.endIndex, bytes[index..<(index + 3)].elementsEqual(mark) { index += 3 }
      while index + 3 <= bytes.endIndex {
        if bytes[index] == 0xE2, bytes[index + 1] == 0x96, bytes[index + 2] == 0x81 { return false }
        index += 1
      }
    }
    return true
  }
}
