internal import NeedletailTensor
internal import NeedletailTokenizers

/// The two parallel steps of embedding: tokenizing in chunks of texts, encoding in batches of tokens.
extension Embedder {
  var encodingOptions: EncodingOptions {
    var options = EncodingOptions()
    options.addsSpecialTokens = pipeline.addsSpecialTokens
    options.truncation = maximumLength.map {
      Truncation(maximumLength: $0, direction: pipeline.truncationSide)
    }
    return options
  }

  private func tokenizing(_ role: TextRole) -> ChunkedTokenizing {
    ChunkedTokenizing(
      tokenizer: pipeline.tokenizer, options: encodingOptions, team: team, ending: pipeline.ending,
      countsPromptAlone: pipeline.countsPromptAlone, conversation: pipeline.conversation, role: role)
  }

  /// Tokenizes texts, the prompt before each and the model's ending after it, and keeps their order.
  func tokenize(
    _ texts: [String], as role: TextRole, prompt: String, spent: TimeSpent? = nil
  ) async throws -> [PackedTokens] {
    try await tokenizing(role).tokenize(texts, prompt: prompt, spent: spent)
  }

  /// How many tokens each text has for the model: prompt and special tokens included, cut at ``maximumLength``.
  public func tokenCounts(_ texts: [String], as role: TextRole = .plain) async throws -> [Int] {
    let embedder = try routed(for: role)
    let prompt = try prompts.text(for: role, configuration.prompt)
    return try await embedder.tokenize(texts, as: role, prompt: prompt).flatMap { chunk in
      (0..<chunk.count).map { chunk.range($0).count }
    }
  }

  /// How many tokens of its own each text has, however long it is: without prompt and special tokens.
  package func ownTokenCounts(_ texts: [String]) async throws -> [Int] {
    var options = EncodingOptions()
    options.addsSpecialTokens = false
    let tokenizing = ChunkedTokenizing(
      tokenizer: try routes.route(for: .document).tokenizer, options: options, team: team)
    return try await tokenizing.tokenize(texts, prompt: "").flatMap { chunk in
      (0..<chunk.count).map { chunk.range($0).count }
    }
  }

  /// How many tokens of each text are not its own: the prompt's and the special ones.
  package func overhead(as role: TextRole) throws -> Int {
    let pipeline = try routes.route(for: role)
    var options = EncodingOptions()
    options.addsSpecialTokens = pipeline.addsSpecialTokens
    let prompt = try pipeline.prompts.text(for: role, configuration.prompt)
    if let conversation = pipeline.conversation {
      options.addsSpecialTokens = false
      let text = try conversation.text(Conversation.messages("", prompt: prompt), as: role)
      return try pipeline.tokenizer.encode(text, options: options).ids.count
    }
    return try pipeline.tokenizer.encode(prompt + pipeline.ending, options: options).ids.count
  }

  /// How many leading tokens of a text belong to the prompt: those of the prompt alone, without a special one at the
  /// end.
  func promptLength(_ prompt: String) throws -> Int { try tokenizing(.plain).promptLength(prompt) }

  /// Encodes tokenized texts.
  func encode(
    _ chunks: [PackedTokens], promptLength: Int, spent: TimeSpent? = nil, progress: (@Sendable (Int) -> Void)? = nil
  ) async throws -> Matrix {
    let runner = BatchRunner(
      team: team, workspaces: workspaces, budget: configuration.batchTokens, sharesSteps: pipeline.isDeep)
    return try await runner.rows(of: chunks, columns: dimension, spent: spent, progress: progress) {
      tokens, workspace, check in
      let vectors = try pipeline.forward(tokens, promptLength: promptLength, in: workspace, check: check)
      guard dimension < vectors.columns else { return try finite(vectors, in: workspace) }
      return try finite(shortened(vectors, normalizes: pipeline.normalizes, in: workspace), in: workspace)
    }
  }

  /// The values of vectors.
  ///
  /// - Throws: ``EmbeddingError`` where one is not a number.
  func finite(_ vectors: Block, in workspace: Workspace) throws -> [Float] {
    let values = workspace.values(of: vectors)
    guard values.allSatisfy(\.isFinite) else { throw ModelFolder.notANumber(folder, kernels: kernels) }
    return values
  }

  /// Copies of vectors with the model's leading dimensions only.
  ///
  /// - Parameter normalizes: Whether they get length 1.
  func shortened(_ vectors: Block, normalizes: Bool, in workspace: Workspace) -> Block {
    let output = workspace.allocate(rows: vectors.rows, columns: dimension)
    for row in 0..<vectors.rows {
      workspace.copy(Block(slice: vectors.rows(row..<row + 1), columns: 0..<dimension), to: output.rows(row..<row + 1))
    }
    if normalizes { workspace.normalizeRows(output) }
    return output
  }
}
