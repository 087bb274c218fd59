internal import NeedletailModels
internal import NeedletailTensor
internal import NeedletailTokenizers

/// A cross-encoder's folder in memory, ready to run: tokenizer, encoder, head and what makes scores of its logits.
struct PairModel: Sendable {
  let tokenizer: Tokenizer
  let encoder: Transformer
  let head: PairHead
  let scoreFunction: ScoreFunction
  let prompts: Prompts
  /// What makes a conversation of a pair; `nil` where the tokenizer takes pairs as they are.
  let conversation: Conversation?
  /// What is asked about a pair, where it is not just read as two texts.
  let question: QuestionForm?
  /// What was assumed because the folder does not say it.
  let warning: String?
  /// Tokens of a pair, special ones included.
  let maximumLength: Int
  /// The side at which longer texts are cut.
  let truncationSide: Truncation.Direction
  /// Whether the encoder is told which text of a pair a token is of.
  let hasSegments: Bool

  /// Adds the tokens of a pair, at most `limit`, to a batch.
  ///
  /// - Parameters:
  ///   - prompt: What stands before the first text, or what the system says.
  ///   - end: The tokens with which every conversation ends.
  func pack(
    _ first: String, _ second: String?, prompt: String, limit: Int, end: [Int32], into tokens: inout PackedTokens
  ) throws {
    if let question {
      return try question.pack(prompt + first, second ?? "", limit: limit, tokenizer: tokenizer, into: &tokens)
    }
    let options = EncodingOptions(
      truncation: Truncation(maximumLength: limit, direction: truncationSide, strategy: .longestFirst))
    guard let conversation else {
      guard let second else { return try tokenizer.pack([prompt + first], options: options, into: &tokens) }
      return try tokenizer.pack(prompt + first, pair: second, options: options, into: &tokens)
    }
    try conversation.pack(
      Conversation.messages(first, second ?? "", prompt: prompt), tokenizer, options, end: end, into: &tokens)
  }

  /// Scores one batch on this thread.
  ///
  /// - Parameters:
  ///   - function: What makes scores of logits; the model's own where `nil`.
  ///   - check: Called now and then; what it throws ends the run.
  /// - Returns: `[pairs, labels]`.
  func forward(
    _ tokens: PackedTokens, _ function: ScoreFunction? = nil, in workspace: Workspace, check: () throws -> Void
  ) throws -> Block {
    try encoder.check(tokens)
    try head.check(tokens)
    let states = try encoder.forward(tokens, in: workspace) { _, _ in try check() }
    let logits = head.forward(states, tokens, in: workspace)
    (function ?? scoreFunction).apply(to: logits, in: workspace)
    return logits
  }
}
