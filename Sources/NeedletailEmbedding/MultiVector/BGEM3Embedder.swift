internal import NeedletailModels
public import NeedletailTensor
public import NeedletailTokenizers

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Turns texts into dense, sparse and multi-vector form in one pass of a model that has all three heads (BGE-M3: Chen
/// and others 2024, arXiv:2402.03216).
///
///     let embedder = try await BGEM3Embedder(.hub("BAAI/bge-m3"))
///     let forms = try await embedder.embed(["A swift in flight"])
///     forms[0].sparse.dot(forms[0].sparse)
///
/// The folder holds `sparse_linear.safetensors` and `colbert_linear.safetensors` beside its encoder, each with the tensors
/// `weight` and `bias`. A text's forms are the same bits alone, in any batch and order, and on any number of threads.
public struct BGEM3Embedder: Sendable {
  /// The forms of one text.
  public struct Forms: Sendable, Equatable {
    /// What ``Embedder`` gives for the same folder: the first token's state, of length 1, `[dimension]`.
    public let dense: [Float]
    /// A weight for each token of the text, over the vocabulary: the largest where a token comes several times.
    public let sparse: SparseVector
    /// A vector of length 1 for each token but the first, `[tokens − 1, features]`.
    public let tokens: Matrix
  }

  private let pipeline: Pipeline
  private let encoder: Transformer
  private let pooling: Pooling
  private let weighting: Linear
  private let projection: Linear
  /// Tokens that get no weight.
  private let unweighted: Set<Int32>
  private let configuration: EmbedderConfiguration
  private let workspaces: WorkspacePool
  /// The model's files.
  public let folder: URL
  /// The threads that compute.
  public let team: ComputeTeam

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
    try configuration.refuseChanges(dimensions: "vectors of several forms are not cut", takesAdapters: false)
    guard let url = try source.folder() else {
      throw EmbeddingError(.request, "bundled", "the bundled model gives dense vectors only")
    }
    let folder = try ModelFolder(url)
    let kernels = try configuration.kernels ?? Kernels.preferred()
    pipeline = try await Pipeline.routes(
      folder, kernels: kernels, precision: configuration.precision, team: team
    ).usual
    guard case .transformer(let encoder, .pooling(let pooling)) = pipeline.encoder, pipeline.tokenModules.isEmpty else {
      throw EmbeddingError(.unsupported, url.path, "the three heads need a Transformer followed by Pooling")
    }
    guard pipeline.conversation == nil else { throw Conversation.notHere(folder) }
    (self.encoder, self.pooling) = (encoder, pooling)
    weighting = try HeadProduct.read(
      "sparse_linear", in: folder, inputs: encoder.hiddenSize, outputs: 1, activation: .relu, precision: .float32,
      kernels: kernels)
    projection = try HeadProduct.read(
      "colbert_linear", in: folder, inputs: encoder.hiddenSize, outputs: nil, precision: configuration.precision,
      kernels: kernels)
    let usual = ["cls_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"]
    let special = try folder.specialTokens()
    let tokenizer = pipeline.tokenizer
    unweighted = Set(usual.compactMap { tokenizer.id(forToken: special[$0.key] ?? $0.value) })
    self.configuration = configuration
    self.team = team
    self.folder = url
    workspaces = WorkspacePool(kernels: kernels)
  }

  /// Features of a dense vector.
  public var dimension: Int { pipeline.dimension }
  /// Features of a token's vector.
  public var tokenDimension: Int { projection.outputs }
  /// The model's tokenizer.
  public var tokenizer: Tokenizer { pipeline.tokenizer }
  /// The prompts that the model knows.
  public var prompts: Prompts { pipeline.prompts }
  /// The arithmetic in use.
  public var kernels: Kernels { pipeline.kernels }

  /// The three forms of texts, in their order.
  ///
  /// - Parameters:
  ///   - texts: Any texts, empty ones included.
  ///   - role: What they are for.
  ///   - progress: Called now and then, from any thread, with the number of texts that are done.
  /// - Throws: `CancellationError` soon after the task is cancelled; ``EmbeddingError`` for an unknown prompt, and with
  ///   code `.malformed` where damaged weights would give a value that is not a number.
  public func embed(
    _ texts: [String], as role: TextRole = .plain, progress: (@Sendable (Int) -> Void)? = nil
  ) async throws -> [Forms] {
    let prompt = try prompts.text(for: role, configuration.prompt)
    let input = TextInput(
      tokenizer: tokenizer, maximumLength: pipeline.maximumLength, truncationSide: pipeline.truncationSide,
      addsSpecialTokens: true)
    let tokenizing = input.tokenizing(limit: configuration.maximumLength, team: team)
    let chunks = try await tokenizing.tokenize(texts, prompt: prompt)
    let promptLength = try tokenizing.promptLength(prompt)
    let runner = BatchRunner(
      team: team, workspaces: workspaces, budget: configuration.batchTokens, sharesSteps: true)
    return try await runner.results(of: chunks, progress: progress) { tokens, _, workspace, check in
      try forms(of: tokens, promptLength: promptLength, in: workspace, check: check)
    }
  }

  /// Encodes one batch on this thread.
  private func forms(
    of tokens: PackedTokens, promptLength: Int, in workspace: Workspace, check: () throws -> Void
  ) throws -> [Forms] {
    try encoder.check(tokens)
    let states = try encoder.forward(tokens, in: workspace) { (_, _) throws in try check() }
    let pooled = workspace.allocate(rows: tokens.count, columns: pooling.dimension(hiddenSize: encoder.hiddenSize))
    for text in 0..<tokens.count {
      pooling.forward(
        states.rows(tokens.range(text)), promptLength: promptLength, to: pooled.rows(text..<text + 1), in: workspace)
    }
    let weights = workspace.allocate(rows: states.rows, columns: 1)
    weighting.forward(states, to: weights, in: workspace)
    let vectors = workspace.allocate(rows: states.rows, columns: projection.outputs)
    projection.forward(states, to: vectors, in: workspace)
    workspace.normalizeRows(vectors)
    let dense = pipeline.modules.reduce(pooled) { $1.forward($0, in: workspace) }
    let forms = (0..<tokens.count).map { text in
      let range = tokens.range(text)
      // The first token's state is the text's: it has no vector of its own.
      let own = vectors.rows(min(range.lowerBound + 1, range.upperBound)..<range.upperBound)
      return Forms(
        dense: workspace.values(of: dense.rows(text..<text + 1)),
        sparse: sparse(tokens.ids[range], workspace.values(of: weights.rows(range))),
        tokens: Matrix(rows: own.rows, columns: own.columns, values: workspace.values(of: own)))
    }
    let isDamaged = forms.contains { form in
      !form.dense.allSatisfy(\.isFinite) || !form.sparse.values.allSatisfy(\.isFinite)
        || !form.tokens.values.allSatisfy(\.isFinite)
    }
    guard !isDamaged else { throw ModelFolder.notANumber(folder, kernels: kernels) }
    return forms
  }

  /// The largest weight of each token.
  private func sparse(_ ids: ArraySlice<Int32>, _ weights: [Float]) -> SparseVector {
    var largest: [Int32: Float] = [:]
    for (id, weight) in zip(ids, weights) where !unweighted.contains(id) {
      largest[id] = weight.isFinite ? max(largest[id] ?? 0, weight) : weight
    }
    var vector = SparseVector()
    for (id, weight) in largest.sorted(by: { $0.key < $1.key }) { vector.append(Int(id), weight) }
    return vector
  }
}
