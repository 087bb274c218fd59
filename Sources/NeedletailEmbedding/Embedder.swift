public import NeedletailTensor
public import NeedletailTokenizers
internal import NeedletailModels

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Turns texts into vectors with one model; a value to share freely between tasks.
///
///     let embedder = try await Embedder(.bundled)
///     let vectors = try await embedder.embed(["A swift in flight"], as: .document)
///
/// A text's vector is the same bits alone, in any batch and order, and on any number of threads.
public struct Embedder: Sendable {
  /// The way of texts without a role, or the one that this value was routed to.
  private let route: SharedRoute<Pipeline>
  var pipeline: Pipeline { route.value }
  let routes: Routes<Pipeline>
  let configuration: EmbedderConfiguration
  let workspaces: WorkspacePool
  /// The model's files, or `nil` for the bundled model.
  public let folder: URL?
  /// The threads that compute.
  public let team: ComputeTeam

  /// Loads a model.
  ///
  /// - Parameters:
  ///   - source: The bundled model, a folder, or a model in the local store of the hub.
  ///   - configuration: What to change about the model's own settings.
  ///   - team: The threads to compute on; new ones, as many as there are processors, by default.
  /// - Throws: ``EmbeddingError`` or the error of the reader that failed, naming file and place.
  public init(
    _ source: ModelSource = .bundled, configuration: EmbedderConfiguration = .init(), team: ComputeTeam = .init()
  ) async throws {
    try configuration.checkLength()
    let kernels = try configuration.kernels ?? Kernels.preferred()
    var routes: Routes<Pipeline>
    switch source {
    case .bundled:
      folder = nil
      guard configuration.adapters.isEmpty, configuration.namedAdapters.isEmpty else {
        throw EmbeddingError(.request, "bundled", "is a static model; adapters change transformers")
      }
      routes = Routes(try BundledModel.pipeline(kernels: kernels))
    case .folder(let url):
      folder = url
      routes = try await Pipeline.routes(
        ModelFolder(url), kernels: kernels, precision: configuration.precision, adapters: configuration.adapters,
        named: configuration.namedAdapters, team: team)
    case .hub(let name):
      let url = try HubModels.snapshot(name)
      folder = url
      routes = try await Pipeline.routes(
        ModelFolder(url), kernels: kernels, precision: configuration.precision, adapters: configuration.adapters,
        named: configuration.namedAdapters, team: team)
    }
    if let layer = configuration.layer {
      try routes.change { (pipeline) throws(EmbeddingError) in try pipeline.endAfter(layer) }
    }
    if !configuration.chosenAdapters.isEmpty {
      routes = try await routes.adapted(by: configuration.chosenAdapters, team: team)
    }
    route = routes.shared
    self.routes = routes
    self.configuration = configuration
    self.team = team
    workspaces = WorkspacePool(kernels: kernels)
    try checkDimensions()
  }

  /// Loads a model from a folder; see ``init(_:configuration:team:)``.
  public init(contentsOf folder: URL, configuration: EmbedderConfiguration = .init()) async throws {
    try await self.init(.folder(folder), configuration: configuration)
  }

  init(_ embedder: Embedder, routes: Routes<Pipeline>) {
    (self.routes, route) = (routes, routes.shared)
    (configuration, workspaces) = (embedder.configuration, embedder.workspaces)
    (folder, team) = (embedder.folder, embedder.team)
  }

  private init(_ embedder: Embedder, route: SharedRoute<Pipeline>) {
    self.route = route
    (routes, configuration, workspaces) = (embedder.routes, embedder.configuration, embedder.workspaces)
    (folder, team) = (embedder.folder, embedder.team)
  }

  /// - Throws: ``EmbeddingError`` with code `.request` for dimensions that the model does not have.
  init(_ embedder: Embedder, configuration: EmbedderConfiguration) throws(EmbeddingError) {
    self.configuration = configuration
    (routes, route, workspaces) = (embedder.routes, embedder.route, embedder.workspaces)
    (folder, team) = (embedder.folder, embedder.team)
    try checkDimensions()
  }

  private func checkDimensions() throws(EmbeddingError) {
    guard let dimensions = configuration.dimensions, !(1...pipeline.dimension).contains(dimensions) else { return }
    throw EmbeddingError(.request, "dimensions \(dimensions)", "the model has 1 to \(pipeline.dimension)")
  }

  /// The same model for texts of one role only, where a router sends queries and documents to different encoders.
  ///
  /// - Throws: ``EmbeddingError`` with code `.request` where the model has no way for them.
  package func routed(for role: TextRole) throws(EmbeddingError) -> Embedder {
    Embedder(self, route: try routes.shared(for: role))
  }

  /// Features of a vector.
  public var dimension: Int { configuration.dimensions ?? pipeline.dimension }
  /// Tokens of a text after which it is cut, special ones included; `nil` where nothing limits it.
  public var maximumLength: Int? {
    switch (configuration.maximumLength, pipeline.maximumLength) {
    case (let wanted?, let limit?): min(wanted, limit)
    case (let wanted, let limit): wanted ?? limit
    }
  }
  /// The model's tokenizer.
  public var tokenizer: Tokenizer { pipeline.tokenizer }
  /// The prompts that the model knows.
  public var prompts: Prompts { pipeline.prompts }
  /// What was assumed because the folder does not say it; for the user to read.
  public var warning: String? { pipeline.warning }
  /// The arithmetic in use.
  public var kernels: Kernels { pipeline.kernels }
  /// Whether vectors have length 1.
  public var normalizes: Bool { pipeline.normalizes }

  /// The vectors of texts, in their order.
  ///
  /// - Parameters:
  ///   - texts: Any texts, empty ones included; each is cut at ``maximumLength``.
  ///   - role: What they are for.
  ///   - progress: Called now and then, from any thread, with the number of texts that are done.
  /// - Returns: `[texts.count, dimension]`.
  /// - Throws: `CancellationError` soon after the task is cancelled; ``EmbeddingError`` for an unknown prompt, and with
  ///   code `.malformed` where damaged weights would give a vector that is not a number.
  /// - Complexity: O(tokens), beside attention, which is quadratic in each text's own length.
  public func embed(
    _ texts: [String], as role: TextRole = .plain, progress: (@Sendable (Int) -> Void)? = nil
  ) async throws -> Matrix {
    try await embed(texts, as: role, spent: nil, progress: progress)
  }

  /// The vectors of texts, and what making them took; a little slower than ``embed(_:as:progress:)-([String],_,_)``.
  public func profile(
    _ texts: [String], as role: TextRole = .plain, progress: (@Sendable (Int) -> Void)? = nil
  ) async throws -> (vectors: Matrix, profile: Profile) {
    let spent = TimeSpent()
    let vectors = try await embed(texts, as: role, spent: spent, progress: progress)
    return (vectors, spent.profile)
  }

  private func embed(
    _ texts: [String], as role: TextRole, spent: TimeSpent?, progress: (@Sendable (Int) -> Void)?
  ) async throws -> Matrix {
    let embedder = try routed(for: role)
    let prompt = try prompts.text(for: role, configuration.prompt)
    let tokens = try await embedder.tokenize(texts, as: role, prompt: prompt, spent: spent)
    return try await embedder.encode(
      tokens, promptLength: try embedder.promptLength(prompt), spent: spent, progress: progress)
  }

  /// The vector of one text.
  public func embed(_ text: String, as role: TextRole = .plain) async throws -> [Float] {
    try await embed([text], as: role).values
  }
}
