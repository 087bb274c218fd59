public import NeedletailTokenizers

/// How a tokenizer deals with texts, in numbers.
public struct TokenizerUsage: Sendable {
  /// How many texts were read.
  public private(set) var texts = 0
  /// How many runs of scalars without white space.
  public private(set) var words = 0
  /// How many scalars.
  public private(set) var scalars = 0
  /// How many bytes.
  public private(set) var bytes = 0
  /// How many tokens they became, without special tokens around them.
  public private(set) var tokens = 0
  /// How many of them are the unknown token.
  public private(set) var unknown = 0
  /// How often each id was seen.
  public private(set) var counts: [Int]

  /// Tokens of a word, on average; 0 where there are no words.
  public var fertility: Double { ratio(tokens, words) }
  /// Scalars of a token, on average.
  public var scalarsPerToken: Double { ratio(scalars, tokens) }
  /// Bytes of a token, on average.
  public var bytesPerToken: Double { ratio(bytes, tokens) }
  /// The share of the unknown token among all; 0…1.
  public var unknownShare: Double { ratio(unknown, tokens) }
  /// How many ids were seen.
  public var usedTokens: Int { counts.count { $0 > 0 } }

  /// The ids seen most, the smaller id first of equals.
  public func mostFrequent(_ limit: Int) -> [(id: Int32, count: Int)] {
    counts.indices.filter { counts[$0] > 0 }.sorted { (counts[$1], $0) < (counts[$0], $1) }.prefix(limit)
      .map { (Int32(truncatingIfNeeded: $0), counts[$0]) }
  }

  private func ratio(_ one: Int, _ other: Int) -> Double { other == 0 ? 0 : Double(one) / Double(other) }

  /// Reads texts and counts.
  ///
  /// - Throws: What reading the texts throws; `CancellationError`.
  public static func of(_ texts: TrainingTexts, by tokenizer: Tokenizer) async throws -> TokenizerUsage {
    var usage = TokenizerUsage(counts: Array(repeating: 0, count: tokenizer.vocabularySize))
    let unknown = tokenizer.unknown
    try await texts.forEachBatch { batch in
      let batch = batch.take()
      for index in 0..<batch.count {
        try Task.checkCancellation()
        try usage.add(batch.text(index), tokenizer, unknown)
      }
    }
    return usage
  }

  private init(counts: [Int]) { self.counts = counts }

  private mutating func add(_ text: String, _ tokenizer: Tokenizer, _ unknown: Int32?) throws(TokenizerError) {
    var packed = PackedTokens()
    try tokenizer.pack([text], options: EncodingOptions(addsSpecialTokens: false), into: &packed)
    texts += 1
    bytes += text.utf8.count
    var isInWord = false
    for scalar in text.unicodeScalars {
      scalars += 1
      let isSpace = ScalarProperties(scalar.value).isWhitespace
      if !isSpace, !isInWord { words += 1 }
      isInWord = !isSpace
    }
    tokens += packed.ids.count
    for id in packed.ids {
      counts[Int(id)] += 1
      if id == unknown { self.unknown += 1 }
    }
  }
}
