import NeedletailEvaluation
import NeedletailTensor
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Sentence similarity tasks")
struct STSTests {
  private func pairs(_ text: String) throws -> STSPairs {
    try STSPairs(parsing: Array(text.utf8), subject: "pairs.tsv")
  }

  @Test("columns are found by name, in any order, and quotation marks mean nothing")
  func reading() throws {
    let pairs = try pairs(
      "\u{FEFF}genre\tsentence2\tscore\tsentence1\r\nx\t\"b\t4.5\ta \"quoted\" word\r\n\r\ny\td\t-1e-1\t\n")
    #expect(pairs.scores == [4.5, -0.1])
    #expect(pairs.first == ["a \"quoted\" word", ""])
    #expect(pairs.second == ["\"b", "d"])
  }

  @Test(
    "a malformed file is an error that names the line",
    arguments: [
      ("", "pairs.tsv:1"), ("\n1\ta\tb\n", "pairs.tsv:1"), ("score\tsentence1\n1\ta\n", "pairs.tsv:1"),
      ("score\tsentence1\tsentence2\n1\ta\tb\n\n2\ta\n", "pairs.tsv:4"),
      ("score\tsentence1\tsentence2\n1\ta\tb\tc\n", "pairs.tsv:2"),
      ("score\tsentence1\tsentence2\n1\ta\tb\nmuch\ta\tb\n", "pairs.tsv:3"),
      ("score\tsentence1\tsentence2\nnan\ta\tb\n", "pairs.tsv:2"),
      ("score\tsentence1\tsentence2\n1\ta\tb\n", "pairs.tsv"), ("score\tsentence1\tsentence2\n", "pairs.tsv"),
    ])
  func malformed(_ text: String, _ place: String) {
    let error = #expect(throws: EvaluationError.self) { try pairs(text) }
    #expect(error?.subject == place)
  }

  @Test("bytes that are not UTF-8 and missing files are errors")
  func unreadable() {
    let bytes = Array("score\tsentence1\tsentence2\n1\ta\t".utf8) + [0xFF, 0x0A]
    let error = #expect(throws: EvaluationError.self) { try STSPairs(parsing: bytes, subject: "pairs.tsv") }
    #expect(error?.subject == "pairs.tsv:2")
    let missing = #expect(throws: EvaluationError.self) {
      try STSPairs(contentsOf: URL(filePath: "/nowhere/pairs.tsv"))
    }
    #expect(missing?.code == .unreadable)
  }

  @Test("each distinct sentence is embedded once; precomposed and decomposed letters are two")
  func distinctSentences() throws {
    let task = STSTask(pairs: try pairs("score\tsentence1\tsentence2\n1\ta\tb\n2\tb\ta\n3\t\u{E9}\te\u{301}\n"))
    #expect(task.sentenceCount == 4)
    #expect(task.sentences.map { Array($0.utf8) } == ["a", "b", "\u{E9}", "e\u{301}"].map { Array($0.utf8) })
  }

  @Test("scores or cosines that are all the same are errors, as nothing correlates with them")
  func constant() throws {
    let scores = #expect(throws: EvaluationError.self) {
      try pairs("score\tsentence1\tsentence2\n3\ta\tb\n3.0\tb\tc\n")
    }
    #expect(scores?.code == .constant && scores?.subject == "pairs.tsv")
    let task = STSTask(pairs: try pairs("score\tsentence1\tsentence2\n1\ta\tb\n2\tc\td\n"))
    let cosines = #expect(throws: EvaluationError.self) {
      try task.result(vectors: Matrix(rows: 4, columns: 2, values: [1, 0, 2, 0, 0, 1, 0, 3]))
    }
    #expect(cosines?.code == .constant)
  }

  @Test("a file is named as the user named it, with the system's reason")
  func reasons() {
    let error = #expect(throws: EvaluationError.self) { try STSPairs(contentsOf: URL(filePath: "none/pairs.tsv")) }
    #expect(error?.description == "none/pairs.tsv: cannot be opened: No such file or directory")
  }

  @Test("the result correlates cosines with scores; a zero vector counts as unlike anything")
  func scoring() throws {
    let task = STSTask(pairs: try pairs("score\tsentence1\tsentence2\n5\ta\tb\n3\ta\tc\n1\ta\td\n0\ta\te\n"))
    // Cosines with a: 1, 0.6, 0 (zero vector), -1.
    let vectors = Matrix(rows: 5, columns: 2, values: [2, 0, 7, 0, 3, 4, 0, 0, -1, 0])
    let result = try task.result(vectors: vectors)
    #expect(result.pairs == 4)
    #expect(abs(result.spearman - 1) < 1e-15)
    #expect(abs(result.pearson - 0.9418626249146715) < 1e-12)  // scipy 1.17.1
  }
}
