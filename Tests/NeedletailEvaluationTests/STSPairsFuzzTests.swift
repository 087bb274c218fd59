import NeedletailEvaluation
import NeedletailTestSupport
import Testing

@Suite("Mutated pairs of sentences")
struct STSPairsFuzzTests {
  static let seeds: [Fuzzing.Seed] = [
    ("plain", "score\tsentence1\tsentence2\n1.5\ta b\tc\n0\t日本\t\"d\"\n".utf8),
    ("windows", "\u{FEFF}id\tsentence2\tscore\tsentence1\r\n1\ta\t-1e3\tb\r\n\r\n2\tc\t5\td".utf8),
  ].map { ($0.0, Array($0.1)) }

  @Test("are read or refused with their line")
  func pairs() async throws {
    let report = try await Fuzzing("sentence pairs").run(Self.seeds) { input in
      let pairs = try STSPairs(parsing: input.bytes, subject: "pairs.tsv")
      #expect(pairs.count >= 2 && pairs.first.count == pairs.count && pairs.second.count == pairs.count)
      #expect(pairs.scores.allSatisfy { $0.isFinite })
    } refusal: { error in
      (error as? EvaluationError).map { ($0.message, $0.subject) }
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
