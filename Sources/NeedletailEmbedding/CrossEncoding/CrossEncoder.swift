internal import NeedletailModels
public import NeedletailTensor
public import NeedletailTokenizers

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Scores pairs of texts by reading both at once; a value to share freely between tasks.
///
/// Slower than comparing vectors, and better at putting the best of some dozens or hundreds of passages first.
///
///     let model = try await CrossEncoder(contentsOf: folder)
///     let best = try await model.rank("What eats insects?", passages, limit: 3)
///
/// Reads what sentence-transformers' `CrossEncoder.save` writes, and sequence classifiers and language models of
/// transformers; the latter answer "yes" or "no", and are asked through their chat template where they have one, and T5 and
/// mT5 as monoT5 does. A pair's scores are the same bits alone, in any batch and order, and on
/// any number of threads.
public struct CrossEncoder: Sendable {
  let model: PairModel
  let configuration: CrossEncoderConfiguration
  let workspaces: WorkspacePool
  /// The model's files.
  public let folder: URL
  /// The threads that compute.
  public let team: ComputeTeam

  /// Loads a model.
  ///
  /// - Parameters:
  ///   - source: A folder, or a model in the local store of the hub; the bundled model scores no pairs.
  ///   - configuration: What to change about the model's own settings.
  ///   - team: The threads to compute on; new ones, as many as there are processors, by default.
  /// - Throws: ``EmbeddingError`` or the error of the reader that failed, naming file and place: an architecture, module
  ///   or activation function that is not known is named.
  public init(
    _ source: ModelSource, configuration: CrossEncoderConfiguration = .init(), team: ComputeTeam = .init()
  ) async throws {
    guard let folder = try source.folder() else {
      throw EmbeddingError(.request, "the bundled model", "scores no pairs; name a cross-encoder")
    }
    if let length = configuration.maximumLength, length < 1 {
      throw EmbeddingError(.request, "maximum length \(length)", "a pair needs at least 1 token")
    }
    let kernels = try configuration.kernels ?? Kernels.preferred()
    model = try await PairModel(ModelFolder(folder), configuration, kernels: kernels, team: team)
    let limit = min(configuration.maximumLength ?? .max, model.maximumLength)
    if let question = model.question, limit <= question.ending {
      throw EmbeddingError(
        .request, "maximum length \(limit)", "the question about a pair ends with \(question.ending) tokens that stay")
    }
    self.configuration = configuration
    self.folder = folder
    self.team = team
    workspaces = WorkspacePool(kernels: kernels)
  }

  /// Loads a model from a folder; see ``init(_:configuration:team:)``.
  public init(
    contentsOf folder: URL, configuration: CrossEncoderConfiguration = .init(), team: ComputeTeam = .init()
  ) async throws {
    try await self.init(.folder(folder), configuration: configuration, team: team)
  }

  /// The names of a pair's scores; one for a model that ranks, "score" where that is a language model.
  public var labels: [String] { model.head.labels }
  /// Tokens of a pair after which it is cut, special ones included.
  public var maximumLength: Int { min(configuration.maximumLength ?? .max, model.maximumLength) }
  /// What was assumed because the folder does not say it; for the user to read.
  public var warning: String? { model.warning }
  /// What makes scores of logits.
  public var scoreFunction: ScoreFunction { model.scoreFunction }
  /// The model's tokenizer.
  public var tokenizer: Tokenizer { model.tokenizer }
  /// The prompts that the model knows.
  public var prompts: Prompts { model.prompts }
  /// The arithmetic in use.
  public var kernels: Kernels { model.encoder.kernels }

  /// The scores of pairs, in their order, as `CrossEncoder.predict` of sentence-transformers gives them.
  ///
  /// - Parameters:
  ///   - pairs: Any texts, empty ones included; of a pair that is too long, the longer text is cut.
  ///   - progress: Called now and then, from any thread, with the number of pairs that are done.
  /// - Returns: `[pairs.count, labels.count]`.
  /// - Throws: `CancellationError` soon after the task is cancelled; ``EmbeddingError`` for an unknown prompt, and with
  ///   code `.malformed` where damaged weights would give a score that is not a number.
  /// - Complexity: O(tokens), beside attention, which is quadratic in each pair's own length.
  public func predict(
    _ pairs: [(String, String)], progress: (@Sendable (Int) -> Void)? = nil
  ) async throws -> Matrix {
    let prompt = try model.prompts.text(for: .plain, configuration.prompt)
    let tokens = try await tokenize(pairs.map { ($0.0, $0.1) }, prompt: prompt)
    let runner = BatchRunner(
      team: team, workspaces: workspaces, budget: configuration.batchTokens, sharesSteps: true)
    return try await runner.rows(of: tokens, columns: labels.count, progress: progress) {
      tokens, workspace, check in
      let scores = try model.forward(tokens, in: workspace, check: check)
      let values = workspace.values(of: scores)
      guard values.allSatisfy(\.isFinite) else { throw ModelFolder.notANumber(folder, kernels: kernels) }
      return values
    }
  }

  /// Documents in the order of their scores with a query, best first.
  ///
  /// The same order as `CrossEncoder.rank` of sentence-transformers gives; equal scores keep that of the documents.
  ///
  /// - Parameters:
  ///   - query: The first text of every pair.
  ///   - documents: The second ones.
  ///   - limit: How many are given at most; all by default.
  ///   - progress: Called now and then, from any thread, with the number of documents that are scored.
  /// - Throws: What ``predict(_:progress:)`` throws; ``EmbeddingError`` with code `.request` for a model that gives more
  ///   than one score.
  public func rank(
    _ query: String, _ documents: [String], limit: Int? = nil, progress: (@Sendable (Int) -> Void)? = nil
  ) async throws -> [RankedDocument] {
    precondition(limit ?? 0 >= 0, "a limit is no negative number")
    guard labels.count == 1 else {
      throw EmbeddingError(
        .request, folder.path,
        "gives \(labels.count) scores a pair (\(labels.prefix(8).joined(separator: ", "))); ranking needs one: use "
          + "predict")
    }
    let scores = try await predict(documents.map { (query, $0) }, progress: progress).values
    let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
    return order.prefix(limit ?? .max).map {
      RankedDocument(position: $0, score: scores[$0], text: documents[$0])
    }
  }

  /// Tokenizes pairs or single texts, the prompt before the first text of each or as what the system says, and keeps
  /// their order.
  func tokenize(_ pairs: [(String, String?)], prompt: String) async throws -> [PackedTokens] {
    let chunks = TextChunks.ranges(pairs.lazy.map { $0.0.utf8.count + ($0.1?.utf8.count ?? 0) })
    let limit = maximumLength
    let end = model.conversation?.end(Conversation.messages("", "", prompt: prompt), model.tokenizer) ?? []
    @Sendable func tokenize(_ chunk: Int) throws -> PackedTokens {
      var tokens = PackedTokens()
      for (first, second) in pairs[chunks[chunk]] {
        try model.pack(first, second, prompt: prompt, limit: limit, end: end, into: &tokens)
      }
      if !model.hasSegments { tokens.typeIDs = [Int32](repeating: 0, count: tokens.typeIDs.count) }
      return tokens
    }
    if pairs.count == 1, pairs[0].0.utf8.count + (pairs[0].1?.utf8.count ?? 0) <= TextChunks.shortText {
      return [try tokenize(0)]
    }
    return try await team.map(chunks.count) { chunk in try tokenize(chunk) }
  }
}

/// A document and how well it fits a query.
public struct RankedDocument: Sendable, Equatable {
  /// Its place among the documents, from 0.
  public let position: Int
  /// The larger, the better.
  public let score: Float
  /// The document.
  public let text: String
}
