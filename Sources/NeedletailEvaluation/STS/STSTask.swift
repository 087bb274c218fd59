internal import NeedletailAnalysis
public import NeedletailEmbedding
package import NeedletailTensor

/// Semantic textual similarity: whether cosines of vectors order pairs of sentences as people do.
///
///     let result = try await STSTask(pairs: STSPairs(contentsOf: file)).run(embedder)
///     print(result.spearman)
public struct STSTask: Sendable {
  /// How well cosines and judgements agree.
  public struct Result: Sendable, Equatable {
    /// Spearman's rank correlation, −1…1; the usual score.
    public let spearman: Double
    /// Pearson's correlation, −1…1.
    public let pearson: Double
    /// How many pairs were compared.
    public let pairs: Int
  }

  /// The pairs to compare.
  public let pairs: STSPairs
  /// Every distinct sentence once, in the order of first appearance.
  package let sentences: [String]
  private let firstRows: [Int]
  private let secondRows: [Int]

  /// Prepares the task: each distinct sentence will be embedded once.
  public init(pairs: STSPairs) {
    var rows: [[UInt8]: Int] = [:]  // by bytes: strings that only compare equal may tokenize differently
    var sentences: [String] = []
    func row(_ sentence: String) -> Int {
      let key = Array(sentence.utf8)
      if let row = rows[key] { return row }
      rows[key] = sentences.count
      sentences.append(sentence)
      return sentences.count - 1
    }
    firstRows = pairs.first.map(row)
    secondRows = pairs.second.map(row)
    self.pairs = pairs
    self.sentences = sentences
  }

  /// How many distinct sentences will be embedded.
  public var sentenceCount: Int { sentences.count }

  /// Embeds the sentences and compares.
  ///
  /// - Parameters:
  ///   - embedder: The model to measure.
  ///   - progress: Called with the number of sentences embedded so far.
  /// - Throws: ``EvaluationError`` with code `.constant` if the model gives all pairs the same cosine; what the embedder
  ///   throws.
  public func run(_ embedder: Embedder, progress: (@Sendable (Int) -> Void)? = nil) async throws -> Result {
    try result(vectors: try await embedder.embed(sentences, progress: progress))
  }

  /// Compares the vectors of ``sentences``, `[sentenceCount, dimension]`; the cosine with a zero vector is 0.
  package func result(vectors: Matrix) throws(EvaluationError) -> Result {
    precondition(vectors.rows == sentences.count, "there is a vector for each sentence")
    let cosines = zip(firstRows, secondRows).map { Self.cosine(vectors[row: $0], vectors[row: $1]) }
    guard let first = cosines.first, cosines.contains(where: { $0 != first }) else {
      throw EvaluationError(
        .constant, "\(pairs.count) pairs", "the model gives all of them the same cosine, which correlates with nothing")
    }
    return Result(
      spearman: Correlation.spearman(cosines, pairs.scores), pearson: Correlation.pearson(cosines, pairs.scores),
      pairs: pairs.count)
  }

  static func cosine(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
    var (dot, left, right) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      dot += Double(x) * Double(y)
      left += Double(x) * Double(x)
      right += Double(y) * Double(y)
    }
    let length = (left * right).squareRoot()
    return length > 0 ? dot / length : 0
  }
}
