/// Splitting and merging in one pass over UTF-8, for byte-level pipelines with a well-known pattern.
///
/// Gives what the stage-by-stage way gives, or gives up on texts that hold added tokens or change by normalization.
struct ByteLevelScanner: Sendable {
  private let pattern: SplitPattern
  private let addsPrefixSpace: Bool
  private let form: NormalizationForm?
  private let merger: ByteMerger
  private let plain: AddedTokenFinder
  private let inNormalized: AddedTokenFinder
  private let vocabulary: Vocabulary

  /// `nil` where the pipeline is another one.
  init?(added: AddedTokens, normalizer: Normalizer?, preTokenizer: PreTokenizer?, model: TokenModel) {
    guard case .bpe(let model) = model, let (pattern, addsPrefixSpace) = Self.splitting(preTokenizer) else {
      return nil
    }
    switch normalizer {
    case nil: form = nil
    case .form(let normal): form = normal
    default: return nil
    }
    guard model.isPlain, let merger = ByteMerger(model) else { return nil }
    self.pattern = pattern
    self.addsPrefixSpace = addsPrefixSpace
    self.merger = merger
    (plain, inNormalized) = added.finders
    vocabulary = model.vocabulary
  }

  private static func splitting(_ stage: PreTokenizer?) -> (SplitPattern, Bool)? {
    switch stage {
    case .byteLevel(let byteLevel) where byteLevel.splits: return (.gpt2, byteLevel.addsPrefixSpace)
    case .sequence(let stages):
      guard stages.count == 2, case .pattern(let split) = stages[0], case .byteLevel(let byteLevel) = stages[1],
        case .known(let pattern) = split.pattern, pattern.coversAll, split.behavior == .isolated,
        !byteLevel.splits, !byteLevel.addsPrefixSpace
      else { return nil }
      return (pattern, false)
    default: return nil
    }
  }

  /// Adds the tokens of a text.
  ///
  /// - Parameter limit: Where to stop: at least this many tokens are written unless the text has fewer.
  /// - Returns: Whether the text could be read this way; if not, nothing is added.
  func scan<Sink: TokenSink>(
    _ text: String, limit: Int, _ workspace: inout Tokenizer.Workspace, into sink: inout Sink
  ) -> Bool {
    workspace.load(text)
    if let form, !form.keeps(text, workspace.bytes) { return false }
    let stop = limit > Int.max - sink.count ? Int.max : sink.count + limit
    let whole = workspace.bytes.indices
    workspace.bytesRead += whole.count
    let words = merger.wholeWords(bytesRead: workspace.bytesRead)
    var word = 0
    guard plain.finds(in: workspace.bytes, whole) || inNormalized.finds(in: workspace.bytes, whole) else {
      if addsPrefixSpace, let first = workspace.bytes.first, first != 0x20 {
        workspace.bytes.insert(0x20, at: 0)
        read(
          workspace.bytes, ScalarPlaces(from: 0, isShifted: true), words, &word, stop, &workspace.buffer, into: &sink)
      } else {
        read(
          workspace.bytes, ScalarPlaces(from: 0, isShifted: false), words, &word, stop, &workspace.buffer, into: &sink)
      }
      return true
    }
    var walked = 0
    var place: Int32 = 0
    for section in sections(workspace.bytes) where sink.count < stop {
      // Sections may overlap where two tokens take the same white space.
      if section.range.lowerBound < walked { (walked, place) = (0, 0) }
      place += workspace.bytes.scalarCount(walked..<section.range.lowerBound)
      walked = section.range.lowerBound
      if let token = section.token {
        let end = place + workspace.bytes.scalarCount(section.range)
        sink.add(
          token.id, String(decoding: workspace.bytes[section.range], as: UTF8.self), Int(place)..<Int(end), word: word)
        word += 1
        continue
      }
      workspace.section.removeAll(keepingCapacity: true)
      let isShifted = addsPrefixSpace && workspace.bytes[section.range.lowerBound] != 0x20
      if isShifted { workspace.section.append(0x20) }
      workspace.section += workspace.bytes[section.range]
      read(
        workspace.section, ScalarPlaces(from: Int(place), isShifted: isShifted), words, &word, stop,
        &workspace.buffer, into: &sink)
    }
    return true
  }

  private func sections(_ bytes: [UInt8]) -> [AddedTokenFinder.Section] {
    var sections: [AddedTokenFinder.Section] = []
    plain.addSections(of: bytes, bytes.indices, to: &sections)
    guard !inNormalized.isEmpty else { return sections }
    var result: [AddedTokenFinder.Section] = []
    for section in sections {
      if section.token == nil {
        inNormalized.addSections(of: bytes, section.range, to: &result)
      } else {
        result.append(section)
      }
    }
    return result
  }

  /// Adds the tokens of a section that holds no added token.
  private func read<Sink: TokenSink>(
    _ bytes: [UInt8], _ places: ScalarPlaces, _ words: WordTable?, _ word: inout Int, _ stop: Int,
    _ buffer: inout MergeBuffer, into sink: inout Sink
  ) {
    let scanner = PatternScanner(pattern: pattern, source: UTF8Source(bytes: bytes))
    var places = places
    var position = 0
    while position < bytes.count, sink.count < stop {
      let end = scanner.match(at: position) ?? bytes.count
      merger.append(bytes, position..<end, words, vocabulary, &places, word: word, &buffer, into: &sink)
      word += 1
      position = end
    }
  }
}

/// Counts the scalars of a text along the way, to tell which ones a token covers.
struct ScalarPlaces {
  /// Whether the first byte is a space that was put before the text.
  let isShifted: Bool
  /// Scalars that begin before the next byte.
  private var begun: Int
  private let first: Int

  init(from first: Int, isShifted: Bool) {
    self.isShifted = isShifted
    self.first = first
    begun = first
  }

  /// The scalars that the next token's bytes belong to.
  @inline(__always)
  mutating func range(_ bytes: [UInt8], _ token: Range<Int>) -> Range<Int> {
    var start = bytes[token.lowerBound] & 0xC0 == 0x80 ? begun - 1 : begun
    for index in token where bytes[index] & 0xC0 != 0x80 { begun += 1 }
    var end = begun
    if isShifted {
      // The space stands for the first scalar.
      start = max(start - 1, first)
      end = max(end - 1, first + 1)
    }
    return start..<end
  }
}
