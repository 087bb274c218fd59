internal import NeedletailModels
public import NeedletailTensor
public import NeedletailTokenizers

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Turns texts into a vector for each of their tokens, to be compared token by token (ColBERT: Khattab and Zaharia 2020,
/// arXiv:2004.12832).
///
///     let embedder = try await MultiVectorEmbedder(.hub("lightonai/colbertv2.0"))
///     let passages = try await embedder.embed(["A swift in flight"], as: .document)
///     let query = try await embedder.embed("what flies?", as: .query)
///     let score = embedder.score(query, passages[0])
///
/// It reads folders of sentence-transformers' `MultiVectorEncoder`, of PyLate and of colbert-ai. A text's vectors are the
/// same bits alone, in any batch and order, and on any number of threads.
public struct MultiVectorEmbedder: Sendable {
  private let model: MultiVectorModel
  private let configuration: EmbedderConfiguration
  private let workspaces: WorkspacePool
  /// The model's files.
  public let folder: URL
  /// The threads that compute.
  public let team: ComputeTeam
  /// The arithmetic in use.
  public let kernels: Kernels

  /// Loads a model.
  ///
  /// - Parameters:
  ///   - source: A folder, or a model in the local store of the hub.
  ///   - configuration: What to change about the model's own settings; `dimensions` must be `nil`.
  ///   - team: The threads to compute on; new ones, as many as there are processors, by default.
  /// - Throws: ``EmbeddingError`` or the error of the reader that failed, naming file and place.
  public init(
    _ source: ModelSource, configuration: EmbedderConfiguration = .init(), team: ComputeTeam = .init()
  ) async throws {
    try configuration.refuseChanges(dimensions: "vectors of tokens are not cut")
    guard let url = try source.folder() else {
      throw EmbeddingError(.request, "bundled", "the bundled model gives one vector a text")
    }
    kernels = try configuration.kernels ?? Kernels.preferred()
    model = try await MultiVectorModel(
      ModelFolder(url), kernels: kernels, precision: configuration.precision, adapters: configuration.adapters,
      team: team)
    self.configuration = configuration
    self.team = team
    folder = url
    workspaces = WorkspacePool(kernels: kernels)
  }

  /// Features of a token's vector.
  public var dimension: Int { model.dimension }
  /// The model's tokenizer.
  public var tokenizer: Tokenizer { model.input.tokenizer }
  /// The prompts that the model knows, its markers of queries and documents among them.
  public var prompts: Prompts { model.prompts }

  /// The vectors of the tokens of texts.
  ///
  /// - Parameters:
  ///   - texts: Any texts, empty ones included; queries and documents are cut at limits of their own.
  ///   - role: What they are for. Queries are made longer, and documents lose the tokens that the model skips, where
  ///     the folder says so; texts without a role count as documents without a limit of their own.
  ///   - progress: Called now and then, from any thread, with the number of texts that are done.
  /// - Returns: For each text `[tokens, dimension]`.
  /// - Throws: `CancellationError` soon after the task is cancelled; ``EmbeddingError`` for an unknown prompt, for
  ///   queries that the model's kind of attention cannot make longer, and with code `.malformed` where damaged weights
  ///   would give a vector that is not a number.
  public func embed(
    _ texts: [String], as role: TextRole = .plain, progress: (@Sendable (Int) -> Void)? = nil
  ) async throws -> [Matrix] {
    let model = model
    let prompt = try model.prompts.text(for: role, configuration.prompt)
    let tokenizing = model.tokenizing(as: role, limit: configuration.maximumLength, team: team)
    var chunks = try await tokenizing.tokenize(texts, prompt: prompt)
    var attended: [Int]?
    if role == .query, let expansion = model.settings.expansion {
      if !expansion.isAttended {
        guard model.canLookOnly(length: expansion.length) else {
          throw EmbeddingError(
            .unsupported, folder.path,
            "queries are made longer by tokens that nobody attends to, which attention with distances does not allow")
        }
        let lengths = chunks.flatMap { chunk in (0..<chunk.count).map { chunk.range($0).count } }
        if let empty = lengths.firstIndex(of: 0) {
          throw EmbeddingError(
            .request, "text \(empty)", "has no tokens that those it is made longer with could attend to")
        }
        attended = lengths
      }
      chunks = chunks.map { expansion.expand($0, with: model.expansionID) }
    }
    let runner = BatchRunner(
      team: team, workspaces: workspaces, budget: configuration.batchTokens, sharesSteps: true)
    let (folder, kernels, lengths) = (folder, kernels, attended)
    return try await runner.results(of: chunks, progress: progress) { tokens, places, workspace, check in
      let vectors = try model.forward(
        tokens, attended: lengths.map { lengths in places.map { lengths[$0] } }, as: role, in: workspace, check: check)
      guard vectors.allSatisfy({ $0.values.allSatisfy(\.isFinite) }) else {
        throw ModelFolder.notANumber(folder, kernels: kernels)
      }
      return vectors
    }
  }

  /// The vectors of one text's tokens, `[tokens, dimension]`.
  public func embed(_ text: String, as role: TextRole = .plain) async throws -> Matrix {
    try await embed([text], as: role).first ?? Matrix(rows: 0, columns: dimension)
  }

  /// How well a document answers a query: for each of the query's vectors the largest dot product with one of the
  /// document's, summed; 0 for a document without vectors.
  ///
  /// - Parameters:
  ///   - query: `[tokens, dimension]`.
  ///   - document: `[tokens, dimension]`.
  /// - Complexity: O(tokens of both · `dimension`).
  public func score(_ query: Matrix, _ document: Matrix) -> Float {
    precondition(query.columns == document.columns, "vectors of one model are compared")
    var products = [Float](repeating: 0, count: document.rows)
    return (0..<query.rows).reduce(0) { sum, row in
      kernels.dots(query[row: row], document.values[...], to: &products)
      return sum + (products.max() ?? 0)
    }
  }
}
