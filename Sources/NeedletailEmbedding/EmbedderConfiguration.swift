public import NeedletailTensor

/// How an ``Embedder`` works; the defaults are what the model's folder says.
public struct EmbedderConfiguration: Sendable {
  /// The prompt before every text.
  public var prompt = PromptChoice.role
  /// How many of the leading dimensions are kept; all by default.
  ///
  /// Matryoshka truncation (Kusupati and others 2022, arXiv:2205.13147). Vectors of a model that normalises are
  /// normalised again after it, where sentence-transformers leaves them shorter: the cosines are the same.
  public var dimensions: Int?
  /// Tokens of a text, special ones included, after which it is cut; at most the model's own limit, and that by
  /// default.
  public var maximumLength: Int?
  /// About how many tokens a thread computes at a time: the memory it needs grows with it, the results stay the same.
  public var batchTokens = 512
  /// The layer of a transformer whose states are pooled; the last by default.
  ///
  /// 0 is the output of the embeddings, −1 the last layer, −2 the one before. Later layers are not computed. What
  /// follows pooling follows it still: the vectors are those of the model with fewer layers.
  public var layer: Int?
  /// The arithmetic; the fastest of this processor by default.
  public var kernels: Kernels?

  /// What a transformer's matrix products multiply; static models have none.
  public var precision = Precision.float32

  /// Changes of a transformer's weights, added in their order when the model is loaded: it is as fast as without, and
  /// has them always.
  public var adapters: [AdapterChoice] = []

  /// Adapters for texts to choose by these names, beside those that the model's folder has.
  public var namedAdapters: [String: AdapterChoice] = [:]

  /// Those that texts take unless ``Embedder/adapted(by:)`` says otherwise.
  public var chosenAdapters: [AdapterUse] = []

  /// The defaults.
  public init() {}

  /// Refuses a limit that leaves nothing of a text.
  func checkLength() throws(EmbeddingError) {
    if let length = maximumLength, length < 1 {
      throw EmbeddingError(.request, "maximum length \(length)", "a text needs at least 1 token")
    }
  }

  /// Refuses what only models with one dense vector a text can do, so that nothing is ignored.
  ///
  /// - Parameters:
  ///   - reason: Why a model's vectors are not cut.
  ///   - takesAdapters: Whether there is one transformer, or a route each, that adapters may change.
  func refuseChanges(dimensions reason: String, takesAdapters: Bool = true) throws(EmbeddingError) {
    if dimensions != nil { throw EmbeddingError(.request, "dimensions", reason) }
    try checkLength()
    if layer != nil { throw EmbeddingError(.request, "layer", "only models with one vector a text have it") }
    if !takesAdapters, !adapters.isEmpty {
      throw EmbeddingError(.request, "adapters", "a model of several forms takes none")
    }
    if !namedAdapters.isEmpty || !chosenAdapters.isEmpty {
      throw EmbeddingError(.request, "adapters", "only models with one vector a text choose them by name")
    }
  }
}
