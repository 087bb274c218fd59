/// Splitting and merging in one pass over UTF-8, for byte-level pipelines with a well-known pattern.
///
/// Gives what the stage-by-stage way gives, or gives up on texts that hold added tokens or change by normalization.
struct ByteLevelScanner: Sendable {
  private let pattern: SplitPattern
  private let addsPrefixSpace: Bool
  private let form: NormalizationForm?
  private let merger: ByteMerger
  private let sieve: AddedTokenSieve
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
    guard let merger = ByteMerger(model) else { return nil }
    self.pattern = pattern
    self.addsPrefixSpace = addsPrefixSpace
    self.merger = merger
    sieve = AddedTokenSieve(
      added.tokens.map { token in
        var content = NormalizedText(token.content)
        if token.isNormalized { normalizer?.apply(to: &content) }
        return Array(content.string(0..<content.count).utf8)
      })
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

  /// Adds the ids of a text.
  ///
  /// - Parameter limit: Where to stop: at least this many ids are written unless the text has fewer.
  /// - Returns: Whether the text could be read this way; if not, nothing is added.
  func scan(_ text: String, limit: Int, _ workspace: inout Tokenizer.Workspace, into ids: inout [Int32]) -> Bool {
    guard load(text, &workspace) else { return false }
    let stop = limit > Int.max - ids.count ? Int.max : ids.count + limit
    let scanner = PatternScanner(pattern: pattern, source: UTF8Source(bytes: workspace.bytes))
    let count = workspace.bytes.count
    var position = 0
    while position < count, ids.count < stop {
      let end = scanner.match(at: position) ?? count
      merger.append(scanner.source.bytes, position..<end, &workspace.buffer, into: &ids)
      position = end
    }
    return true
  }

  /// Adds the tokens of a text with everything about them.
  ///
  /// - Returns: Whether the text could be read this way; if not, nothing is added.
  func appendTokens(
    of text: String, _ workspace: inout Tokenizer.Workspace, into result: inout SequenceTokens
  ) -> Bool {
    guard load(text, &workspace) else { return false }
    let scanner = PatternScanner(pattern: pattern, source: UTF8Source(bytes: workspace.bytes))
    let count = workspace.bytes.count
    result.reserve(result.ids.count + count / 4 + 4)
    var places = ScalarPlaces(isShifted: count > text.utf8.count)
    var position = 0
    var word = 0
    while position < count {
      let end = scanner.match(at: position) ?? count
      let first = result.ids.count
      merger.append(scanner.source.bytes, position..<end, &workspace.buffer, into: &result.ids)
      var start = position
      for index in first..<result.ids.count {
        let id = result.ids[index]
        let stop = start + Int(merger.lengths[Int(id)])
        result.tokens.append(vocabulary.name(id))
        result.offsets.append(places.range(scanner.source.bytes, start..<stop))
        result.words.append(word)
        start = stop
      }
      word += 1
      position = end
    }
    return true
  }

  /// Takes the bytes of a text; whether it can be read this way.
  private func load(_ text: String, _ workspace: inout Tokenizer.Workspace) -> Bool {
    workspace.bytes.removeAll(keepingCapacity: workspace.bytes.count < 1 << 20)
    if addsPrefixSpace, let first = text.utf8.first, first != 0x20 { workspace.bytes.append(0x20) }
    workspace.bytes.append(contentsOf: text.utf8)
    if let form, !form.keeps(text, workspace.bytes) { return false }
    return !sieve.finds(in: workspace.bytes)
  }
}

/// Counts the scalars of a text along the way, to tell which ones a token covers.
private struct ScalarPlaces {
  /// Whether the first byte is a space that was put before the text.
  let isShifted: Bool
  /// Scalars that begin before the next byte.
  private var begun = 0

  init(isShifted: Bool) { self.isShifted = isShifted }

  /// The scalars that the next token's bytes belong to.
  @inline(__always)
  mutating func range(_ bytes: [UInt8], _ token: Range<Int>) -> Range<Int> {
    var start = bytes[token.lowerBound] & 0xC0 == 0x80 ? begun - 1 : begun
    for index in token where bytes[index] & 0xC0 != 0x80 { begun += 1 }
    var end = begun
    if isShifted {
      // The space stands for the first scalar.
      start = max(start - 1, 0)
      end = max(end - 1, 1)
    }
    return start..<end
  }
}
