import NeedletailEmbedding
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Mutated folders of sparse and multi-vector models")
struct OtherFoldersFuzzTests {
  private static let configurations = ["artifact.metadata", ".json"]

  private static func folders(_ root: String, _ names: [String], allFiles: Bool) throws -> FuzzedFolders {
    try FuzzedFolders(names.map { EmbeddingFixture.root.appending(path: "\(root)/\($0)") }) { path in
      allFiles || configurations.contains(where: path.hasSuffix) && !path.hasSuffix("tokenizer.json")
    }
  }

  @Test("sparse ones are executed or refused", arguments: [false, true])
  func sparse(_ allFiles: Bool) async throws {
    let names = ["splade-older", "splade-limit", "weights", "weights-listed", "features-normalize", "router"]
    let folders = try Self.folders("Sparse", names, allFiles: allFiles)
    let team = ComputeTeam(threads: 2)
    let report = try await Fuzzing("sparse folders, \(allFiles ? "all files" : "configurations")", share: 0.25)
      .run(folders.seeds) { input in
        try await folders.withFolder(of: input) { folder in
          let embedder = try await SparseEmbedder(.folder(folder), team: team)
          for role in TextRole.allCases {
            let vectors = try await embedder.embed(ModelFolderFuzzTests.texts, as: role)
            #expect(vectors.allSatisfy { $0.indices.allSatisfy { $0 >= 0 && $0 < embedder.dimension } })
            for vector in vectors { _ = embedder.words(of: vector) }
          }
        }
      } refusal: {
        ModelFolderFuzzTests.refusal($0)
      }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }

  @Test("multi-vector ones are executed or refused", arguments: [false, true])
  func multiVector(_ allFiles: Bool) async throws {
    let names = ["fixed", "attended", "least", "chosen", "pylate", "colbert"]
    let folders = try Self.folders("MultiVector", names, allFiles: allFiles)
    let team = ComputeTeam(threads: 2)
    let report = try await Fuzzing("multi-vector folders, \(allFiles ? "all files" : "configurations")", share: 0.25)
      .run(folders.seeds) { input in
        try await folders.withFolder(of: input) { folder in
          let embedder = try await MultiVectorEmbedder(.folder(folder), team: team)
          for role in TextRole.allCases {
            let texts = try await embedder.embed(ModelFolderFuzzTests.texts, as: role)
            #expect(texts.allSatisfy { $0.columns == embedder.dimension })
          }
        }
      } refusal: {
        ModelFolderFuzzTests.refusal($0)
      }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
