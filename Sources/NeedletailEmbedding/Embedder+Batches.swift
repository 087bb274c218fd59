internal import NeedletailTensor
internal import NeedletailTokenizers
internal import Synchronization

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

  private var tokenizing: ChunkedTokenizing {
    ChunkedTokenizing(tokenizer: pipeline.tokenizer, options: encodingOptions, team: team)
  }

  /// Tokenizes texts, the prompt before each, and keeps their order.
  func tokenize(_ texts: [String], prompt: String, spent: TimeSpent? = nil) async throws -> [PackedTokens] {
    try await tokenizing.tokenize(texts, prompt: prompt, spent: spent)
  }

  /// Tokens that are not worth waking another thread for to lead their work.
  static let fewTokens = 64

  /// How many tokens each text has for the model: prompt and special tokens included, cut at ``maximumLength``.
  public func tokenCounts(_ texts: [String], as role: TextRole = .plain) async throws -> [Int] {
    let embedder = try routed(for: role)
    let prompt = try prompts.text(for: role, configuration.prompt)
    return try await embedder.tokenize(texts, prompt: prompt).flatMap { chunk in
      (0..<chunk.count).map { chunk.range($0).count }
    }
  }

  /// How many tokens of each text are not its own: the prompt's and the special ones.
  package func overhead(as role: TextRole) throws -> Int {
    let pipeline = try routes.route(for: role)
    var options = EncodingOptions()
    options.addsSpecialTokens = pipeline.addsSpecialTokens
    let prompt = try pipeline.prompts.text(for: role, configuration.prompt)
    return try pipeline.tokenizer.encode(prompt, options: options).ids.count
  }

  /// How many leading tokens of a text belong to the prompt: those of the prompt alone, without a special one at the
  /// end.
  func promptLength(_ prompt: String) throws -> Int { try tokenizing.promptLength(prompt) }

  /// Encodes tokenized texts, the longest first so that no thread is left with a long one at the end.
  func encode(
    _ chunks: [PackedTokens], promptLength: Int, spent: TimeSpent? = nil, progress: (@Sendable (Int) -> Void)? = nil
  ) async throws -> Matrix {
    let batches = Batch.plan(chunks, budget: configuration.batchTokens, threads: team.threads)
    let count = chunks.reduce(0) { $0 + $1.count }
    let results = Results(rows: count, columns: dimension)
    let cancellation = CancellationFlag()
    @Sendable func encode(_ batch: Batch, with crew: Crew? = nil) throws {
      let vectors = try workspaces.withWorkspace { workspace in
        workspace.crew = crew
        workspace.profile = spent.map { _ in Profile() }
        workspace.profile?.begin(.other)
        defer {
          workspace.profile?.begin(nil)
          if let profile = workspace.profile { spent?.add(profile) }
          (workspace.crew, workspace.profile) = (nil, nil)
        }
        return try self.vectors(
          of: batch.tokens(of: chunks), promptLength: promptLength, in: workspace, check: cancellation.check)
      }
      let done = results.write(vectors, rows: batch.texts.map(\.position))
      progress?(done)
    }
    try await withTaskCancellationHandler {
      if batches.count == 1, pipeline.isDeep {
        let tokens = batches[0].texts.reduce(0) { $0 + $1.length }
        try await team.lead(isShort: tokens <= Self.fewTokens) { crew in try encode(batches[0], with: crew) }
      } else {
        try await team.run(batches.count) { item in try encode(batches[item]) }
      }
    } onCancel: {
      cancellation.set()
    }
    return results.matrix()
  }

  /// Encodes one batch on this thread.
  private func vectors(
    of tokens: PackedTokens, promptLength: Int, in workspace: Workspace, check: () throws -> Void
  ) throws -> [Float] {
    try workspace.scoped {
      let vectors = try pipeline.forward(tokens, promptLength: promptLength, in: workspace, check: check)
      let values = workspace.values(of: truncated(vectors, in: workspace))
      guard values.allSatisfy(\.isFinite) else { throw ModelFolder.notANumber(folder, kernels: kernels) }
      return values
    }
  }

  /// Keeps the leading dimensions, and the length 1 of vectors that had it.
  private func truncated(_ vectors: Block, in workspace: Workspace) -> Block {
    guard dimension < vectors.columns else { return vectors }
    let output = workspace.allocate(rows: vectors.rows, columns: dimension)
    for row in 0..<vectors.rows {
      workspace.copy(Block(slice: vectors.rows(row..<row + 1), columns: 0..<dimension), to: output.rows(row..<row + 1))
    }
    if pipeline.normalizes { workspace.normalizeRows(output) }
    return output
  }
}

/// Texts that are encoded together on one thread.
struct Batch: Sendable {
  /// Where a text stands: its chunk, its place in the chunk, and its place among all texts.
  struct Text: Sendable {
    let chunk: Int
    let index: Int
    let position: Int
    let length: Int
  }

  let texts: [Text]

  /// Tokens for which it pays to go through the weights once more, so that another thread has work.
  private static let leastTokens = 64

  /// Groups texts of like length, the longest first, each group within the budget or a single text; few tokens make
  /// smaller groups, so that every thread has one.
  static func plan(_ chunks: [PackedTokens], budget: Int, threads: Int) -> [Batch] {
    var texts: [Text] = []
    for (chunk, tokens) in chunks.enumerated() {
      for index in 0..<tokens.count {
        texts.append(Text(chunk: chunk, index: index, position: texts.count, length: tokens.range(index).count))
      }
    }
    texts.sort { ($0.length, $1.position) > ($1.length, $0.position) }
    let total = texts.reduce(0) { $0 + $1.length }
    // As many groups as let every thread have the same number of them, where each is worth it.
    let rounds = total / budget / threads + 1
    let groups = max(1, min(rounds * threads, total / Self.leastTokens))
    let budget = min(budget, total / groups + (texts.first?.length ?? 0))
    var batches: [Batch] = []
    var group: [Text] = []
    var tokens = 0
    for text in texts {
      if !group.isEmpty, tokens + text.length > budget {
        batches.append(Batch(texts: group))
        group = []
        tokens = 0
      }
      group.append(text)
      // A text costs something even without tokens.
      tokens += max(text.length, 1)
    }
    if !group.isEmpty { batches.append(Batch(texts: group)) }
    return batches
  }

  func tokens(of chunks: [PackedTokens]) -> PackedTokens {
    var tokens = PackedTokens()
    for text in texts {
      let range = chunks[text.chunk].range(text.index)
      tokens.append(ids: chunks[text.chunk].ids[range], typeIDs: chunks[text.chunk].typeIDs[range])
    }
    return tokens
  }
}

/// The vectors of all texts while threads fill them in.
private final class Results: Sendable {
  private struct State {
    var matrix: Matrix
    var done = 0
  }

  private let state: Mutex<State>

  init(rows: Int, columns: Int) { state = Mutex(State(matrix: Matrix(rows: rows, columns: columns))) }

  /// Puts vectors in their places and returns how many are there by now.
  func write(_ values: [Float], rows: [Int]) -> Int {
    state.withLock { state in
      let columns = state.matrix.columns
      for (index, row) in rows.enumerated() {
        for column in 0..<columns { state.matrix.values[row * columns + column] = values[index * columns + column] }
      }
      state.done += rows.count
      return state.done
    }
  }

  func matrix() -> Matrix { state.withLock { $0.matrix } }
}
