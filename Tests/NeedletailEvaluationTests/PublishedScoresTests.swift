import NeedletailEmbedding
import NeedletailEvaluation
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Scores of real models on public test sets.
@Suite(
  "Scores on the public similarity sets",
  .enabled(
    if: SharedData.folder != nil,
    "the public test sets are missing: put them at ../shared/data, or name their folder by NEEDLETAIL_DATA"))
struct PublishedScoresTests {
  /// One set and the correlations of all-MiniLM-L6-v2 on it, times 100.
  ///
  /// Measured with sentence-transformers 6.2.0, PyTorch 2.15.0 and scipy on these very files. The Spearman values but those of STS12, of which the files hold a part, are also those
  /// that MTEB publishes.
  struct Score: Sendable {
    let set: String
    let pairs: Int
    let spearman: Double
    let pearson: Double
    /// Whether it is run only where `NEEDLETAIL_SLOW` is set.
    var isLong = false
  }

  private static let scores = [
    Score(set: "stsb/en", pairs: 1379, spearman: 82.032, pearson: 82.741),
    Score(set: "stsb/de", pairs: 1379, spearman: 62.397, pearson: 63.243),
    Score(set: "sts12", pairs: 2358, spearman: 61.198, pearson: 62.589, isLong: true),
    Score(set: "sts14", pairs: 3750, spearman: 75.600, pearson: 80.808, isLong: true),
    Score(set: "sts16", pairs: 1186, spearman: 78.986, pearson: 77.932),
  ]

  private func task(_ set: String) throws -> STSTask {
    let folder = try #require(SharedData.folder)
    return STSTask(pairs: try STSPairs(contentsOf: folder.appending(path: "\(set)/test.tsv")))
  }

  @Test(
    "all-MiniLM-L6-v2 scores what sentence-transformers scores, within 0.02",
    .enabled(
      if: SharedData.miniLM != nil,
      "all-MiniLM-L6-v2 is missing: run `make model`, or name its folder by NEEDLETAIL_MINILM"))
  func miniLM() async throws {
    let embedder = try await Embedder(contentsOf: try #require(SharedData.miniLM))
    for score in Self.scores where !score.isLong || SharedData.runsSlowTests {
      let result = try await task(score.set).run(embedder)
      #expect(result.pairs == score.pairs, "\(score.set)")
      #expect(abs(result.spearman * 100 - score.spearman) <= 0.02, "\(score.set)")
      #expect(abs(result.pearson * 100 - score.pearson) <= 0.02, "\(score.set)")
    }
  }

  /// Measured with sentence-transformers 6.2.0 and pytrec_eval on these very files, times 100.
  @Test(
    "all-MiniLM-L6-v2 finds what sentence-transformers finds, within 0.02",
    .enabled(
      if: SharedData.miniLM != nil,
      "all-MiniLM-L6-v2 is missing: run `make model`, or name its folder by NEEDLETAIL_MINILM"),
    arguments: [
      ("cranfield", 225, [37.359, 77.557, 31.659, 54.022]), ("med", 30, [78.750, 95.790, 71.505, 91.111]),
    ])
  func retrieval(_ set: String, queries: Int, expected: [Double]) async throws {
    guard set != "cranfield" || SharedData.runsSlowTests else { return }
    let folder = try #require(SharedData.folder)
    let task = RetrievalTask(data: try RetrievalData(contentsOf: folder.appending(path: set)))
    let result = try await task.run(Embedder(contentsOf: try #require(SharedData.miniLM)))
    #expect(result.queries == queries)
    let measures = [result.ndcgAt10, result.recallAt100, result.mapAt100, result.reciprocalRank]
    for (measure, value) in zip(measures, expected) { #expect(abs(measure * 100 - value) <= 0.02, "\(set)") }
  }

  /// DESIGN section 4, the first contract.
  @Test(
    "narrow precisions of all-MiniLM-L6-v2 stay near float32 on the STS benchmark",
    .enabled(
      if: SharedData.miniLM != nil,
      "all-MiniLM-L6-v2 is missing: run `make model`, or name its folder by NEEDLETAIL_MINILM"),
    arguments: [(Precision.bfloat16, 0.9995, 0.9995), (.int8, 0.999, 0.995)])
  func precisions(_ precision: Precision, leastMean: Double, least: Double) async throws {
    let task = try task("stsb/en")
    let folder = try #require(SharedData.miniLM)
    var configuration = EmbedderConfiguration()
    let wide = try await Embedder(contentsOf: folder, configuration: configuration).embed(task.sentences)
    configuration.precision = precision
    let narrow = try await Embedder(contentsOf: folder, configuration: configuration).embed(task.sentences)
    let cosines = (0..<wide.rows).map { cosine(wide[row: $0], narrow[row: $0]) }
    let mean = cosines.reduce(0, +) / Double(cosines.count)
    #expect(mean >= leastMean && mean < 0.999_999_9, "\(mean) on average")
    #expect((cosines.min() ?? 0) >= least)
    let change = try task.result(vectors: narrow).spearman - task.result(vectors: wide).spearman
    #expect(abs(change) <= 0.001, "0.1 points of Spearman's correlation times 100")
  }

  @Test("the bundled model reaches 69 on the STS benchmark's English test set")
  func bundledModel() async throws {
    let result = try await task("stsb/en").run(Embedder(.bundled))
    #expect(result.pairs == 1379)
    #expect(result.spearman >= 0.69)
    #expect(result.pearson >= 0.69)
  }
}
