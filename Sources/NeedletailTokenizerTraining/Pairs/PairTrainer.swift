internal import NeedletailTokenizers

/// Makes the vocabulary of a BPE model (Sennrich, Haddow and Birch 2016, doi:10.18653/v1/P16-1162), and of a WordPiece
/// model, for which the reference library trains one like it.
///
/// Tokens, ids and the order of merges equal those of the reference library (PyPI `tokenizers`), its habits included: a
/// token that two merges make is counted on, and the same pair may be queued, and merged, more than once. Where that
/// library draws by lot, and so differs from run to run, this one has an order: of characters that are equally rare the
/// one with the larger scalar is dropped first, and symbols with a prefix or suffix get their ids in the order in which
/// the words, sorted by their bytes, name them.
struct PairTrainer {
  /// What is asked for.
  struct Settings {
    var vocabularySize = 30_000
    /// Pairs seen less often are not merged.
    var minimumFrequency = 0
    /// The first tokens, those of the user and then those that a model needs, none twice.
    var firstTokens: [[UInt8]] = []
    /// The most characters that get a token.
    var alphabetLimit: Int?
    /// Characters that get a token, seen or not.
    var initialAlphabet: Set<UInt32> = []
    /// What symbols after the first of a word begin with.
    var prefix: [UInt8] = []
    /// What the last symbol of a word ends with.
    var suffix: [UInt8] = []
    /// New pairs of this many characters or more are not counted.
    var spanLimit: Int?
  }

  /// What came out: tokens by id, and merges in their order as ids of the parts.
  struct Result {
    var tokens: [[UInt8]]
    var merges: [SymbolPair]
  }

  private let settings: Settings
  private var tokens: [[UInt8]] = []
  private var ids: [[UInt8]: UInt32] = [:]

  init(_ settings: Settings) { self.settings = settings }

  /// Trains.
  ///
  /// - Throws: `CancellationError`, or what `progress` throws.
  /// - Complexity: O(symbols · log(pairs)) in time about, O(symbols + pairs) in memory.
  mutating func train(_ counts: WordCounts, progress: TrainingObserver?) throws -> Result {
    for token in settings.firstTokens { _ = id(token) }
    for scalar in alphabet(counts) { _ = id(Self.character(scalar)) }
    var words = symbols(counts)
    var table = PairTable()
    words.countPairs(&table)
    var places: [UInt32] = []
    var candidates: [PairCandidate] = []
    table.takeNews(&places) { candidates.append($0) }
    var queue = PairQueue(candidates)
    candidates = []
    var merges: [SymbolPair] = []
    while tokens.count < settings.vocabularySize, let top = queue.first {
      // A count below zero wraps around to a very large one, as in the reference library.
      let count = UInt64(bitPattern: Int64(table.count(top.pair)))
      guard top.count == count else {
        queue.recountFirst(count)
        continue
      }
      guard count >= 1, count >= UInt64(max(settings.minimumFrequency, 0)) else { break }
      queue.removeFirst()
      let merged = id(joined(top.pair))
      merges.append(top.pair)
      for place in top.words { words.merge(top.pair, into: merged, word: places[place], &table) }
      table.takeNews(&places) { queue.insert($0) }
      if merges.count % 64 == 0 {
        try Task.checkCancellation()
        try progress?(TrainingProgress(.merging, done: tokens.count, total: settings.vocabularySize))
      }
    }
    return Result(tokens: tokens, merges: Self.lastOfEach(merges))
  }

  /// A pair that was merged again has the rank of its last merge.
  private static func lastOfEach(_ merges: [SymbolPair]) -> [SymbolPair] {
    var seen: Set<SymbolPair> = []
    return merges.reversed().filter { seen.insert($0).inserted }.reversed()
  }

  /// The id of a token, made if need be.
  private mutating func id(_ token: [UInt8]) -> UInt32 {
    if let id = ids[token] { return id }
    let id = UInt32(truncatingIfNeeded: tokens.count)
    tokens.append(token)
    ids[token] = id
    return id
  }

  /// What a pair becomes: the prefix of its right part falls away.
  private func joined(_ pair: SymbolPair) -> [UInt8] {
    let right = tokens[Int(pair.right)]
    let begins = !settings.prefix.isEmpty && right.starts(with: settings.prefix)
    return tokens[Int(pair.left)] + right.dropFirst(begins ? settings.prefix.count : 0)
  }

  /// The characters that get a token, in the order of their scalars.
  private func alphabet(_ words: WordCounts) -> [UInt32] {
    var frequencies: [UInt32: Int] = [:]
    for index in 0..<words.count {
      let count = words.counts[index]
      var position = words.range(index).lowerBound
      while position < words.range(index).upperBound {
        let (scalar, length) = words.bytes.scalar(at: position)
        frequencies[scalar, default: 0] += count
        position += length
      }
    }
    for scalar in settings.initialAlphabet { frequencies[scalar] = Int.max }
    var kept = frequencies.map { (scalar: $0.key, count: $0.value) }
    if let limit = settings.alphabetLimit, kept.count > limit {
      kept.sort { ($1.count, $0.scalar) < ($0.count, $1.scalar) }
      kept.removeLast(kept.count - max(limit, 0))
    }
    return kept.map(\.scalar).sorted()
  }

  /// The words as ids of their characters; characters without a token are passed over.
  private mutating func symbols(_ counts: WordCounts) -> SymbolWords {
    var words = SymbolWords(spanLimit: settings.spanLimit)
    let hasAffixes = !settings.prefix.isEmpty || !settings.suffix.isEmpty
    /// By scalar, and whether it is the first and the last of its word; -1 for none.
    var known: [UInt32: SIMD4<Int64>] = [:]
    for index in 0..<counts.count {
      words.appendWord(count: counts.counts[index])
      let range = counts.range(index)
      var position = range.lowerBound
      while position < range.upperBound {
        let (scalar, length) = counts.bytes.scalar(at: position)
        let place =
          hasAffixes
          ? (position > range.lowerBound ? 1 : 0) | (position + length == range.upperBound ? 2 : 0) : 0
        var forms = known[scalar] ?? SIMD4(repeating: -2)
        if forms[place] == -2 {
          forms[place] = symbol(scalar, isFirst: place & 1 == 0, isLast: place & 2 != 0).map(Int64.init) ?? -1
          known[scalar] = forms
        }
        if forms[place] >= 0 { words.append(UInt32(truncatingIfNeeded: forms[place])) }
        position += length
      }
    }
    return words
  }

  /// The id of a character at its place in a word; `nil` where the character has no token.
  private mutating func symbol(_ scalar: UInt32, isFirst: Bool, isLast: Bool) -> UInt32? {
    let character = Self.character(scalar)
    guard let plain = ids[character] else { return nil }
    let form = (isFirst ? [] : settings.prefix) + character + (isLast ? settings.suffix : [])
    return form.count == character.count ? plain : id(form)
  }

  private static func character(_ scalar: UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendUTF8(scalar)
    return bytes
  }
}
