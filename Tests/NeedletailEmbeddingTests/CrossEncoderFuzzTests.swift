import NeedletailEmbedding
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Mutated cross-encoder folders")
struct CrossEncoderFuzzTests {
  static let pairs = [
    ("", ""), ("a swift in flight", "b c d"), ("a", "b c d e f g h i j k l m n o p q r s t u v w x y z"),
  ]

  @Test("are executed or refused", arguments: ["configurations", "all files"])
  func folders(_ what: String) async throws {
    let names = [
      "bert-three", "modernbert-mean", "older-4", "prompts", "xlm-roberta", "answers-qwen3", "qwen3-classifier",
      "chat-named", "chat-llama-parts",
      "asked-t5-gated", "mt5-classifier", "pooled-three",
    ]
    let folders = try FuzzedFolders(names.map { CrossEncoderFixture.root.appending(path: $0) }) {
      what == "all files" || $0.hasSuffix(".json") && !$0.hasPrefix("tokenizer.")
    }
    let team = ComputeTeam(threads: 2)
    let report = try await Fuzzing("cross-encoder folders, \(what)", share: 0.5).run(folders.seeds) { input in
      try await folders.withFolder(of: input) { folder in
        let model = try await CrossEncoder(contentsOf: folder, team: team)
        let scores = try await model.predict(Self.pairs)
        #expect(scores.rows == Self.pairs.count && scores.columns == model.labels.count)
        let areNumbers = scores.values.allSatisfy { $0.isFinite }
        #expect(areNumbers)
      }
    } refusal: {
      ModelFolderFuzzTests.refusal($0)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
