public import NeedletailEmbedding
public import NeedletailTensor

/// What a model's vectors lose in a narrower precision, against its own in float32.
///
///     let comparison = PrecisionComparison(similarity: [("stsb", stsTask)], retrieval: [("cranfield", retrievalTask)])
///     for result in try await comparison.run(.folder(url)) { print(result.precision, result.meanCosine) }
public struct PrecisionComparison: Sendable {
  /// What one precision does to the vectors and to the scores.
  public struct Result: Sendable {
    /// A set, and its score in float32 and in this precision.
    public struct Score: Sendable {
      /// What the set was called.
      public let name: String
      /// The score of the float32 vectors.
      public let float32: Double
      /// The score of this precision's vectors.
      public let score: Double
      /// This precision's less float32's.
      public var change: Double { score - float32 }
    }

    /// The precision compared with float32.
    public let precision: Precision
    /// How many texts were compared.
    public let texts: Int
    /// The mean over all texts of the cosine between a text's two vectors.
    public let meanCosine: Double
    /// The smallest of these cosines.
    public let leastCosine: Double
    /// Spearman's correlations, −1…1.
    public let similarity: [Score]
    /// nDCG@10, 0…1.
    public let retrieval: [Score]
  }

  private let texts: [String]
  private let similarity: [(name: String, task: STSTask)]
  private let retrieval: [(name: String, task: RetrievalTask)]

  /// - Parameters:
  ///   - texts: Texts to compare the vectors of, beside those of the sets.
  ///   - similarity: Sets of sentence pairs, and what to call them.
  ///   - retrieval: Sets of documents and queries, and what to call them.
  public init(
    texts: [String] = [], similarity: [(name: String, task: STSTask)] = [],
    retrieval: [(name: String, task: RetrievalTask)] = []
  ) {
    self.texts = texts
    self.similarity = similarity
    self.retrieval = retrieval
  }

  /// How many texts each precision will embed.
  public var textCount: Int {
    texts.count + similarity.reduce(0) { $0 + $1.task.sentenceCount } + retrieval.reduce(0) { $0 + $1.task.textCount }
  }

  /// Embeds everything in float32, then in each narrower precision.
  ///
  /// - Parameters:
  ///   - source: The model.
  ///   - configuration: How it works; its precision is not used.
  ///   - team: The threads to compute on.
  ///   - progress: Called with the number of texts embedded so far, in all three precisions together.
  /// - Returns: bfloat16, then int8; nothing for static models, which multiply nothing.
  /// - Throws: What loading and embedding throw; ``EvaluationError``.
  public func run(
    _ source: ModelSource, configuration: EmbedderConfiguration = .init(), team: ComputeTeam = .init(),
    progress: (@Sendable (Int) -> Void)? = nil
  ) async throws -> [Result] {
    var reference: [Matrix] = []
    var results: [Result] = []
    for (number, precision) in [Precision.float32, .bfloat16, .int8].enumerated() {
      var configuration = configuration
      configuration.precision = precision
      let embedder = try await Embedder(source, configuration: configuration, team: team)
      guard embedder.tokenStateFeatures != nil else { return [] }
      let vectors = try await vectors(embedder) { [textCount] in progress?(number * textCount + $0) }
      if precision == .float32 {
        reference = vectors
      } else {
        results.append(try compare(vectors, with: reference, precision, kernels: embedder.kernels))
      }
    }
    return results
  }

  /// The vectors of the texts, then of each similarity set's sentences, then of each retrieval set's documents and
  /// queries.
  private func vectors(_ embedder: Embedder, progress: @escaping @Sendable (Int) -> Void) async throws -> [Matrix] {
    var all: [Matrix] = []
    func embed(_ texts: [String], _ role: TextRole) async throws {
      let done = all.reduce(0) { $0 + $1.rows }
      all.append(try await embedder.embed(texts, as: role) { progress(done + $0) })
    }
    try await embed(texts, .plain)
    for set in similarity { try await embed(set.task.sentences, .plain) }
    for set in retrieval {
      try await embed(set.task.data.documents.map(\.text), .document)
      try await embed(set.task.data.queries.map(\.text), .query)
    }
    return all
  }

  private func compare(
    _ vectors: [Matrix], with reference: [Matrix], _ precision: Precision, kernels: Kernels
  ) throws -> Result {
    var cosines: [Double] = []
    for (wide, narrow) in zip(reference, vectors) {
      for row in 0..<wide.rows { cosines.append(STSTask.cosine(wide[row: row], narrow[row: row])) }
    }
    let similarity = try self.similarity.enumerated().map { index, set in
      Result.Score(
        name: set.name, float32: try set.task.result(vectors: reference[1 + index]).spearman,
        score: try set.task.result(vectors: vectors[1 + index]).spearman)
    }
    let first = 1 + similarity.count
    let retrieval = try self.retrieval.enumerated().map { index, set in
      func score(_ all: [Matrix]) throws -> Double {
        try set.task.result(documents: all[first + 2 * index], queries: all[first + 2 * index + 1], kernels: kernels)
          .ndcgAt10
      }
      return Result.Score(name: set.name, float32: try score(reference), score: try score(vectors))
    }
    return Result(
      precision: precision, texts: cosines.count,
      meanCosine: cosines.isEmpty ? 1 : cosines.reduce(0, +) / Double(cosines.count), leastCosine: cosines.min() ?? 1,
      similarity: similarity, retrieval: retrieval)
  }
}
