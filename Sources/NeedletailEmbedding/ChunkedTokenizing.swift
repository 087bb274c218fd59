internal import NeedletailTensor
internal import NeedletailTokenizers

/// Tokenizing many texts: in chunks, each an item for the team.
struct ChunkedTokenizing: Sendable {
  let tokenizer: Tokenizer
  let options: EncodingOptions
  let team: ComputeTeam
  /// What follows every text.
  var ending = ""
  /// Whether the tokens of a prompt are counted without special ones.
  var countsPromptAlone = false

  /// What makes a conversation of a text; `nil` where texts are read as they are.
  var conversation: Conversation?
  /// What the texts are for, where a conversation wants to know.
  var role = TextRole.plain

  /// Tokenizes texts, the prompt before each and the ending after it, or in a conversation; keeps their order.
  func tokenize(_ texts: [String], prompt: String, spent: TimeSpent? = nil) async throws -> [PackedTokens] {
    let chunks = TextChunks.ranges(texts.lazy.map(\.utf8.count))
    let end = conversation?.end(Conversation.messages("", prompt: prompt), as: role, tokenizer) ?? []
    @Sendable func pack(_ chunk: Int) throws -> PackedTokens {
      let range = chunks[chunk]
      var tokens = PackedTokens()
      if let conversation {
        for text in texts[range] {
          try conversation.pack(
            Conversation.messages(text, prompt: prompt), as: role, tokenizer, options, end: end, into: &tokens)
        }
      } else if prompt.isEmpty, ending.isEmpty {
        try tokenizer.pack(texts[range], options: options, into: &tokens)
      } else {
        try tokenizer.pack(texts[range].map { prompt + $0 + ending }, options: options, into: &tokens)
      }
      return tokens
    }
    @Sendable func tokenize(_ chunk: Int) throws -> PackedTokens {
      guard let spent else { return try pack(chunk) }
      return try spent.measuring(.tokenizing) { try pack(chunk) }
    }
    // A question is tokenized in less time than it takes to wake another thread.
    if texts.count == 1, texts[0].utf8.count <= TextChunks.shortText { return [try tokenize(0)] }
    return try await team.map(chunks.count) { chunk in try tokenize(chunk) }
  }

  /// How many leading tokens of a text belong to the prompt: those of the prompt alone, without a special one at the
  /// end; none in a conversation.
  func promptLength(_ prompt: String) throws -> Int {
    guard !prompt.isEmpty, conversation == nil else { return 0 }
    if countsPromptAlone {
      var options = options
      options.addsSpecialTokens = false
      return try tokenizer.encode(prompt, options: options).ids.count
    }
    let ids = try tokenizer.encode(prompt, options: options).ids
    return ids.count - (ids.last.map(tokenizer.isSpecial) == true ? 1 : 0)
  }
}
