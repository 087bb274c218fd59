import NeedletailEmbedding
import NeedletailHub
import NeedletailModels
import NeedletailTensor
import NeedletailTestSupport
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Mutated model folders")
struct ModelFolderFuzzTests {
  static let texts = ["", "a swift in flight", "b c d e f g h i j k l m n o p q r s t u v w x y z"]

  static func refusal(_ error: any Error) -> (message: String, subject: String)? {
    switch error {
    case let error as EmbeddingError: (error.message, error.subject)
    case let error as ModelError: (error.message, error.subject)
    case let error as TensorError: (error.message, error.subject)
    case let error as TokenizerError: (error.message, error.subject)
    case let error as HubError: (error.message, error.subject)
    default: nil
    }
  }

  @Test("are executed or refused", arguments: ["configurations", "all files"])
  func folders(_ what: String) async throws {
    let fixtures = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests/Fixtures")
    let names = [
      "cased-do-lower-case", "chat-flat", "dense-chain", "dense-on-tokens", "dense-residual-projected", "layer-norm",
      "layout-checkpoint", "limit-9-older", "plain", "pooling-six", "prompts-default", "router-shared", "static-mapped",
    ]
    let folders = try FuzzedFolders(names.map { fixtures.appending(path: $0) }) {
      what == "all files" || $0.hasSuffix(".json") && !$0.hasPrefix("tokenizer.")
    }
    let team = ComputeTeam(threads: 2)
    let report = try await Fuzzing("model folders, \(what)", share: 0.5).run(folders.seeds) { input in
      try await folders.withFolder(of: input) { folder in
        let embedder = try await Embedder(.folder(folder), team: team)
        #expect(embedder.dimension > 0)
        for role in TextRole.allCases {
          let vectors = try await embedder.embed(Self.texts, as: role)
          #expect(vectors.rows == Self.texts.count && vectors.columns == embedder.dimension)
        }
      }
    } refusal: {
      Self.refusal($0)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }

  @Test("are described, or no folders of models")
  func reports() async throws {
    let fixtures = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests/Fixtures")
    let names = ["dense-chain", "limit-9-older", "prompts-default", "static-mapped"]
    let folders = try FuzzedFolders(names.map { fixtures.appending(path: $0) }) { _ in true }
    let report = try await Fuzzing("reports on model folders", share: 0.3).run(folders.seeds) { input in
      try await folders.withFolder(of: input) { folder in
        let report = try await ModelReport(of: folder)
        #expect(report.parameters >= 0 && report.memory.allSatisfy { $0.bytes >= 0 })
        // What does not load is described as well, so that most folders are.
        #expect((report.refusal == nil) == (report.ignored != nil))
      }
    } refusal: {
      Self.refusal($0)
    }
    #expect(report.problems == [])
  }
}
