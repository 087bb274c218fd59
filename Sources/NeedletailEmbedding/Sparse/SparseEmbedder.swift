internal import NeedletailJSON
internal import NeedletailModels
public import NeedletailTensor
public import NeedletailTokenizers

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Turns texts into sparse vectors with one model; a value to share freely between tasks.
///
///     let embedder = try await SparseEmbedder(.hub("naver/splade-cocondenser-ensembledistil"))
///     let vectors = try await embedder.embed(["A swift in flight"], as: .document)
///     embedder.words(of: vectors[0], limit: 10)
///
/// It reads folders of sentence-transformers' `SparseEncoder`: masked language models with SPLADE pooling, weights of
/// tokens, auto-encoders of dense vectors, and routers that give queries and documents a way each. A text's vector is
/// the same bits alone, in any batch and order, and on any number of threads.
public struct SparseEmbedder: Sendable {
  /// A feature as a word.
  public struct Word: Sendable, Equatable {
    /// The token, as the vocabulary spells it.
    public let token: String
    /// Its weight.
    public let weight: Float
  }

  private let routes: Routes<SparseRoute>
  private let configuration: EmbedderConfiguration
  private let workspaces: WorkspacePool
  /// The model's files.
  public let folder: URL
  /// The threads that compute.
  public let team: ComputeTeam
  /// The arithmetic in use.
  public let kernels: Kernels
  /// The prompts that the model knows.
  public let prompts: Prompts
  /// How many features a vector has at most, if the model says so.
  public let limit: Int?
  /// What was assumed because the folder does not say it; for the user to read.
  public let warning: String?

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
    try configuration.refuseChanges(dimensions: "sparse vectors are not cut; limit their features instead")
    guard let url = try source.folder() else {
      throw EmbeddingError(.request, "bundled", "the bundled model gives dense vectors only")
    }
    let folder = try ModelFolder(url)
    let list = try Self.modules(folder)
    kernels = try configuration.kernels ?? Kernels.preferred()
    var loading = SparseRoute.Loading(
      folder: folder, kernels: kernels, precision: configuration.precision, adapters: configuration.adapters, team: team
    )
    routes = try await SparseRoute.routes(&loading, list)
    prompts = try Prompts(folder)
    limit = try Self.limit(folder)
    warning = list.warning
    self.configuration = configuration
    self.folder = url
    self.team = team
    workspaces = WorkspacePool(kernels: kernels)
  }

  /// Features that there are, nearly all of them zero.
  public var dimension: Int { routes.usual.dimension }
  /// The model's tokenizer.
  public var tokenizer: Tokenizer { routes.usual.input.tokenizer }
  /// Tokens of a text after which it is cut, special ones included; `nil` where nothing limits it.
  public var maximumLength: Int? {
    [configuration.maximumLength, routes.usual.input.maximumLength].compactMap(\.self).min()
  }

  /// The vectors of texts, in their order.
  ///
  /// - Parameters:
  ///   - texts: Any texts, empty ones included; each is cut at ``maximumLength``.
  ///   - role: What they are for; models with a router send queries and documents different ways.
  ///   - limit: How many features a vector may have; the largest stay. ``limit`` by default.
  ///   - progress: Called now and then, from any thread, with the number of texts that are done.
  /// - Returns: One vector a text.
  /// - Throws: `CancellationError` soon after the task is cancelled; ``EmbeddingError`` for an unknown prompt or a role
  ///   that the model has no way for, and with code `.malformed` where damaged weights would give a weight that is not
  ///   a number.
  /// - Complexity: O(tokens · vocabulary) for a masked language model, beside its encoder; memory follows the token
  ///   budget, never tokens · vocabulary.
  public func embed(
    _ texts: [String], as role: TextRole = .plain, limit: Int? = nil, progress: (@Sendable (Int) -> Void)? = nil
  ) async throws -> [SparseVector] {
    if let limit, limit < 1 { throw EmbeddingError(.request, "limit \(limit)", "a vector needs at least 1 feature") }
    let route = try routes.route(for: role)
    let prompt = try prompts.text(for: role, configuration.prompt)
    let tokenizing = route.input.tokenizing(limit: configuration.maximumLength, team: team)
    let chunks = try await tokenizing.tokenize(texts, prompt: prompt)
    let promptLength = try tokenizing.promptLength(prompt)
    let most = limit ?? self.limit
    let runner = BatchRunner(
      team: team, workspaces: workspaces, budget: configuration.batchTokens, sharesSteps: route.isDeep)
    let (folder, kernels) = (folder, kernels)
    return try await runner.results(of: chunks, progress: progress) { tokens, _, workspace, check in
      let vectors = try route.forward(
        tokens, promptLength: promptLength, limit: most, in: workspace, check: check)
      guard vectors.allSatisfy({ $0.values.allSatisfy(\.isFinite) }) else {
        throw ModelFolder.notANumber(folder, kernels: kernels)
      }
      return vectors
    }
  }

  /// The vector of one text.
  public func embed(_ text: String, as role: TextRole = .plain, limit: Int? = nil) async throws -> SparseVector {
    try await embed([text], as: role, limit: limit).first ?? SparseVector()
  }

  /// What a vector says, as words, those with the largest weight first.
  ///
  /// - Parameters:
  ///   - vector: A vector of this model.
  ///   - limit: How many words at most; all by default.
  /// - Returns: The words; none for a model whose features are no tokens.
  public func words(of vector: SparseVector, limit: Int? = nil) -> [Word] {
    guard routes.usual.isOverTokens else { return [] }
    return vector.strongest().prefix(limit.map { max(0, $0) } ?? vector.indices.count).map { place in
      Word(token: tokenizer.token(forID: vector.indices[place]) ?? "", weight: vector.values[place])
    }
  }

  /// What the folder lists; a masked language model without a list is taken for one with SPLADE pooling, as
  /// sentence-transformers takes it.
  private static func modules(_ folder: ModelFolder) throws -> ModuleList {
    if let type = try folder.modelType(), type != "SparseEncoder" {
      throw EmbeddingError(
        .unsupported, folder.file(ModelFolder.settings).path, "model_type \"\(type)\" gives no sparse vectors")
    }
    guard !folder.has("modules.json"), let json = try folder.json("config.json") else {
      return try ModuleList(folder)
    }
    let names = json.optional("architectures")?.elements.compactMap(\.string) ?? []
    guard names.contains(where: { $0.hasSuffix("ForMaskedLM") }) else {
      throw EmbeddingError(
        .unsupported, folder.url.path, "has no modules.json, and its config.json names no masked language model")
    }
    return ModuleList(
      entries: [ModuleEntry(kind: .transformer, path: "")],
      warning: "\(folder.url.path) has no modules.json: using SPLADE pooling with the largest logits")
  }

  private static func limit(_ folder: ModelFolder) throws(EmbeddingError) -> Int? {
    guard let json = try folder.json(ModelFolder.settings), json.optional("max_active_dims") != nil else { return nil }
    do { return try json.integer("max_active_dims", in: 1...10_000_000) } catch {
      throw EmbeddingError(.malformed, error, subject: folder.file(ModelFolder.settings).path)
    }
  }
}
