import NeedletailHub
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Mutated answers and folders of models")
struct HubFuzzTests {
  private static let digits = String(repeating: "0123456789abcdef", count: 4)
  static let listings: [Fuzzing.Seed] = [
    (
      "with checksums",
      #"""
      {"id": "o/n", "sha": "\#(digits.prefix(40))", "siblings": [
       {"rfilename": "a/b.json", "size": 7, "blobId": "\#(digits.prefix(40))"},
       {"rfilename": "m.safetensors", "size": 9, "lfs": {"sha256": "\#(digits)", "size": 9, "pointerSize": 135}}]}
      """#.utf8
    ),
    ("names only", #"{"sha": "\#(digits.suffix(40))", "siblings": [{"rfilename": ".gitattributes"}]}"#.utf8),
  ].map { ($0.0, Array($0.1)) }

  static func refusal(_ error: any Error) -> (message: String, subject: String)? {
    (error as? HubError).map { ($0.message, $0.subject) }
  }

  @Test("lists of files are read or refused")
  func lists() async throws {
    let report = try await Fuzzing("hub listing").run(Self.listings) { input in
      let listing = try Listing(parsing: input.bytes, subject: "o/n: the hub's list of files")
      #expect(listing.commit.utf8.count == 40 && listing.count < input.bytes.count)
    } refusal: {
      Self.refusal($0)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }

  @Test("headers of weights are summed up or refused")
  func headers() async throws {
    let seeds: [Fuzzing.Seed] = [
      (
        "types",
        SafetensorsBytes.file([
          ("embeddings.word_embeddings.weight", "F32", [2, 2], SafetensorsBytes.floats([1, 2, 3, 4])),
          ("positions", "I64", [1, 2], [UInt8](repeating: 0, count: 16)), ("scalar", "BF16", [], [0, 0]),
        ])
      ),
      ("empty", SafetensorsBytes.file(header: #"{"__metadata__": {"format": "pt"}}"#)),
    ]
    let report = try await Fuzzing("hub weights").run(seeds) { input in
      let summary = try SafetensorsSummary(try input.write(to: "model.safetensors").path)
      #expect(summary.parameters >= 0 && summary.parameters <= summary.total)
    } refusal: {
      Self.refusal($0)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }

  @Test("folders are summed up or refused")
  func folders() async throws {
    let fixtures = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests/Fixtures")
    let names = ["dense-chain", "limit-9-older", "plain", "pooling-six", "prompts-default", "static-mapped"]
    let folders = try FuzzedFolders(names.map { fixtures.appending(path: $0) })
    let report = try await Fuzzing("hub model summaries", share: 0.5).run(folders.seeds) { input in
      try await folders.withFolder(of: input) { folder in
        let summary = try ModelSummary(of: folder)
        #expect(summary.files.count > 2 && summary.parameters >= 0)
      }
    } refusal: {
      Self.refusal($0)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
