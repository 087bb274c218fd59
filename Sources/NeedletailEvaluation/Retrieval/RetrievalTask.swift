public import NeedletailEmbedding
internal import NeedletailIndex
package import NeedletailTensor

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Retrieval: whether the documents whose vectors are nearest to a query's are those that answer it.
///
///     let result = try await RetrievalTask(data: RetrievalData(contentsOf: folder)).run(embedder)
///     print(result.ndcgAt10)
///
/// Measures are those of trec_eval over the 1,000 nearest documents by cosine, averaged over queries; of documents with
/// the same cosine, the one whose id is the later string comes first.
public struct RetrievalTask: Sendable {
  /// How well documents were found; each measure lies between 0 and 1.
  public struct Result: Sendable, Equatable {
    /// Normalised discounted cumulative gain of the first 10, the usual score (Järvelin and Kekäläinen 2002).
    public let ndcgAt10: Double
    /// The share of all answers that are among the first 100.
    public let recallAt100: Double
    /// Average precision over the first 100.
    public let mapAt100: Double
    /// 1 / the place of the first answer.
    public let reciprocalRank: Double
    /// How many queries were asked.
    public let queries: Int
    /// How many documents were searched.
    public let documents: Int
  }

  /// What is searched for what.
  public let data: RetrievalData

  private static let depth = 1000

  /// Prepares the task.
  public init(data: RetrievalData) { self.data = data }

  /// How many texts will be embedded.
  public var textCount: Int { data.documents.count + data.queries.count }

  /// Embeds documents and queries, searches, and compares with the judgements.
  ///
  /// - Parameters:
  ///   - embedder: The model to measure.
  ///   - progress: Called with the number of texts embedded so far.
  /// - Throws: What the embedder throws; `IndexError` for vectors that cannot be searched.
  public func run(_ embedder: Embedder, progress: (@Sendable (Int) -> Void)? = nil) async throws -> Result {
    let documents = try await embedder.embed(data.documents.map(\.text), as: .document, progress: progress)
    let queries = try await embedder.embed(data.queries.map(\.text), as: .query) { [count = documents.rows] in
      progress?(count + $0)
    }
    return try result(documents: documents, queries: queries, kernels: embedder.kernels)
  }

  /// Searches with vectors of the documents and the queries, one a row.
  package func result(documents: Matrix, queries: Matrix, kernels: Kernels) throws -> Result {
    precondition(documents.rows == data.documents.count && queries.rows == data.queries.count, "each has a vector")
    var index = ExactIndex(dimension: documents.columns, metric: .cosine, kernels: kernels)
    try index.add(documents)
    var sums = [0.0, 0.0, 0.0, 0.0]
    for (hits, judged) in zip(try index.search(queries, limit: Self.depth), data.judgements) {
      let ranked = hits.map { (id: data.documents[$0.index].id, score: $0.score) }
        .sorted { ($0.score, $0.id) > ($1.score, $1.id) }
      let measures = Self.measures(ranked.map { judged[$0.id] ?? 0 }, judged: judged.values)
      for (place, measure) in measures.enumerated() { sums[place] += measure }
    }
    let means = sums.map { $0 / Double(data.queries.count) }
    return Result(
      ndcgAt10: means[0], recallAt100: means[1], mapAt100: means[2], reciprocalRank: means[3],
      queries: data.queries.count, documents: data.documents.count)
  }

  /// The measures of one query, in the order of ``Result``.
  ///
  /// - Parameters:
  ///   - grades: Those of the documents found, best first.
  ///   - judged: Those of all judged documents.
  private static func measures(_ grades: [Int], judged: some Sequence<Int>) -> [Double] {
    let answers = judged.filter { $0 > 0 }
    var (found, precisions) = (0, 0.0)
    for (place, grade) in grades.prefix(100).enumerated() where grade > 0 {
      found += 1
      precisions += Double(found) / Double(place + 1)
    }
    let first = grades.firstIndex { $0 > 0 }
    return [
      gain(grades) / gain(answers.sorted(by: >)), Double(found) / Double(answers.count),
      precisions / Double(answers.count), first.map { 1 / Double($0 + 1) } ?? 0,
    ]
  }

  /// Discounted cumulative gain of the first ten.
  private static func gain(_ grades: [Int]) -> Double {
    grades.prefix(10).enumerated().reduce(0) { sum, next in
      sum + Double(max(next.element, 0)) / log2(Double(next.offset + 2))
    }
  }
}
