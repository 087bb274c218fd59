public import NeedletailEmbedding
internal import NeedletailTokenizers

extension FileSearch {
  /// Creates a search with a model.
  ///
  /// - Parameters:
  ///   - embedder: Turns questions and passages into vectors; its team does all the work.
  ///   - cache: Where vectors are kept between searches; `nil` keeps none.
  ///   - options: What is searched and shown.
  /// - Throws: `EmbeddingError` if the model's files cannot be read to tell them from another model's.
  public init(embedder: Embedder, cache: VectorCache? = .standard(), options: Options = Options()) throws {
    let identity = cache == nil ? "" : try embedder.identity()
    self.init(
      model: PassageModel(embedder, identity: identity), cache: cache, team: embedder.team, kernels: embedder.kernels,
      options: options)
  }
}

extension PassageModel {
  init(_ embedder: Embedder, identity: String) {
    let tokenizer = embedder.tokenizer
    @Sendable func count(_ texts: [String], special: Bool) -> [Int] {
      var options = EncodingOptions()
      options.addsSpecialTokens = special
      var packed = PackedTokens()
      // Without truncation packing cannot fail; bytes would be a safe count all the same.
      guard (try? tokenizer.pack(texts, options: options, into: &packed)) != nil else { return texts.map(\.utf8.count) }
      return texts.indices.map { packed.range($0).count }
    }
    // Room for the special tokens and for the longest prompt, which is put before each passage.
    let reserved =
      (count([""], special: true)[0]) + (count(Array(embedder.prompts.texts.values), special: false).max() ?? 0)
    self.init(
      identity: identity, dimension: embedder.dimension,
      maximumTokens: (embedder.maximumLength ?? .max) - reserved,
      countTokens: { count($0, special: false) },
      embedQuery: { try await embedder.embed([$0], as: .query) },
      embedPassages: { try await embedder.embed($0, as: .document) })
  }
}
