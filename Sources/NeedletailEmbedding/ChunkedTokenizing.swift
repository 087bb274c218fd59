internal import NeedletailTensor
internal import NeedletailTokenizers

/// Tokenizing many texts: in chunks, each an item for the team.
struct ChunkedTokenizing: Sendable {
  let tokenizer: Tokenizer
  let options: EncodingOptions
  let team: ComputeTeam

  /// Texts that one thread tokenizes at a time at most.
  private static let textsPerChunk = 128
  /// Bytes after which a chunk gets no further text, so that threads share long texts and cancelling is soon noticed.
  private static let bytesPerChunk = 1 << 18
  /// Bytes of a text that is not worth waking a thread for.
  private static let shortText = 1 << 11

  /// Tokenizes texts, the prompt before each, and keeps their order.
  func tokenize(_ texts: [String], prompt: String, spent: TimeSpent? = nil) async throws -> [PackedTokens] {
    let chunks = Self.chunks(texts)
    @Sendable func pack(_ chunk: Int) throws -> PackedTokens {
      let range = chunks[chunk]
      var tokens = PackedTokens()
      if prompt.isEmpty {
        try tokenizer.pack(texts[range], options: options, into: &tokens)
      } else {
        try tokenizer.pack(texts[range].map { prompt + $0 }, options: options, into: &tokens)
      }
      return tokens
    }
    @Sendable func tokenize(_ chunk: Int) throws -> PackedTokens {
      guard let spent else { return try pack(chunk) }
      return try spent.measuring(.tokenizing) { try pack(chunk) }
    }
    // A question is tokenized in less time than it takes to wake another thread.
    if texts.count == 1, texts[0].utf8.count <= Self.shortText { return [try tokenize(0)] }
    return try await team.map(chunks.count) { chunk in try tokenize(chunk) }
  }

  /// How many leading tokens of a text belong to the prompt: those of the prompt alone, without a special one at the
  /// end.
  func promptLength(_ prompt: String) throws -> Int {
    guard !prompt.isEmpty else { return 0 }
    let ids = try tokenizer.encode(prompt, options: options).ids
    return ids.count - (ids.last.map(tokenizer.isSpecial) == true ? 1 : 0)
  }

  private static func chunks(_ texts: [String]) -> [Range<Int>] {
    var chunks: [Range<Int>] = []
    var start = 0
    var bytes = 0
    for (index, text) in texts.enumerated() {
      if index - start == textsPerChunk || bytes >= bytesPerChunk {
        chunks.append(start..<index)
        start = index
        bytes = 0
      }
      bytes += text.utf8.count
    }
    if start < texts.count { chunks.append(start..<texts.count) }
    return chunks
  }
}
