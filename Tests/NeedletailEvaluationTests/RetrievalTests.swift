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
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("Retrieval tasks")
struct RetrievalTests {
  /// Writes a collection and reads it.
  private func data(corpus: String, queries: String, qrels: String, at place: String = "qrels.tsv") throws
    -> RetrievalData
  {
    let folder = FileManager.default.temporaryDirectory.appending(path: "retrieval-\(UInt64.random(in: 0 ... .max))")
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in [("corpus.jsonl", corpus), ("queries.jsonl", queries), (place, qrels)] {
      let file = folder.appending(path: name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return try RetrievalData(contentsOf: folder)
  }

  private static let corpus = (0..<4).map { #"{"_id": "d\#($0)", "title": "T", "text": "x\#($0)"}"# }.joined(
    separator: "\n")

  @Test("a folder of BEIR is read: titles before texts, numbers as names, queries without an answer left out")
  func reading() throws {
    for place in ["qrels.tsv", "qrels/test.tsv"] {
      let data = try data(
        corpus: Self.corpus, queries: #"{"_id": 7, "text": "a"}"# + "\n" + #"{"_id": "8", "text": "b"}"# + "\n\"c\"\n",
        qrels: "query-id\tcorpus-id\tscore\r\n7\td1\t2\r\n7\td2\t0\r\n\r\n8\td3\t0\r\n", at: place)
      #expect(data.documents.map(\.text) == ["T x0", "T x1", "T x2", "T x3"])
      #expect(data.queries.map(\.id) == ["7"] && data.queries.map(\.text) == ["a"])
      #expect(data.judgements == [["d1": 2, "d2": 0]])
    }
  }

  @Test("measures are those of trec_eval, worked out by hand")
  func measures() throws {
    let data = try data(
      corpus: Self.corpus, queries: #"{"_id": "q", "text": "a"}"#,
      qrels: "query-id\tcorpus-id\tscore\nq\td0\t1\nq\td2\t3\nq\tabsent\t1\n")
    // Nearest first: d1, then d3 and d2 with the same cosine (the later name first), then d0.
    let vectors = Matrix(rows: 4, columns: 2, values: [0, 1, 1, 0, 1, 1, 1, 1])
    let result = try RetrievalTask(data: data).result(
      documents: vectors, queries: Matrix(rows: 1, columns: 2, values: [1, 0]), kernels: .preferred())
    let ideal = 3 / log2(2.0) + 1 / log2(3.0) + 1 / log2(4.0)
    #expect(abs(result.ndcgAt10 - (3 / log2(4.0) + 1 / log2(5.0)) / ideal) < 1e-12)
    #expect(abs(result.recallAt100 - 2.0 / 3) < 1e-12)
    #expect(abs(result.mapAt100 - (1.0 / 3 + 2.0 / 4) / 3) < 1e-12)
    #expect(abs(result.reciprocalRank - 1.0 / 3) < 1e-12)
    #expect(result.queries == 1 && result.documents == 4)
  }

  @Test("a collection that asks nothing, and missing files, are errors")
  func bad() throws {
    let empty = #expect(throws: EvaluationError.self) {
      try data(corpus: Self.corpus, queries: "\"a\"\n", qrels: "q\td\ts\n9\td0\t1\n")
    }
    #expect(empty?.code == .empty)
    let missing = #expect(throws: EvaluationError.self) {
      try RetrievalData(contentsOf: URL(filePath: "/nowhere/collection"))
    }
    #expect(missing?.code == .unreadable)
    let malformed = #expect(throws: EvaluationError.self) {
      try data(corpus: Self.corpus, queries: "\"a\"\n", qrels: "q\td\ts\n0 d0 1\n")
    }
    #expect(malformed?.code == .malformed && malformed?.subject.hasSuffix("qrels.tsv:2") == true)
  }

  @Test("the bundled model finds the bundled answers")
  func bundled() async throws {
    let task = RetrievalTask(data: RetrievalData(try BundledCorpus()))
    let result = try await task.run(Embedder(.bundled))
    #expect(result.queries == 8 && result.ndcgAt10 > 0.8)
  }
}
