import Needletail
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Embedding with adapters")
struct EmbedAdaptersTests {
  private static let folder = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests/Adapters/tasks")
  private static let text = "A swift in flight"

  private func vector(_ result: Program.Result) throws -> [Float] {
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let row = try JSONDocument(parsing: String(try #require(result.lines.first))).root
    return try row.value("embedding").elements.compactMap { $0.double.map { Float($0) } }
  }

  @Test("names choose adapters of the model's folder, with their weights")
  func names() async throws {
    let embedder = try await Embedder(contentsOf: Self.folder)
    try await Program.inFolder { program in
      for (arguments, uses) in [
        ([], []), (["--adapter", "retrieval_query"], ["retrieval_query"]),
        (
          ["--adapter", "retrieval_query", "--adapter", "separation=-0.5"],
          ["retrieval_query", AdapterUse("separation", weight: -0.5)]
        ),
      ] as [([String], [AdapterUse])] {
        let running = try program.start(["embed", "--model", Self.folder.path, Self.text] + arguments)
        try running.send("")
        let found = try vector(await running.end())
        #expect(try await embedder.adapted(by: uses).embed(Self.text) == found)
      }
    }
  }

  @Test("a folder is added to the weights, and unknown names are refused with those that there are")
  func folders() async throws {
    let query = Self.folder.appending(path: "retrieval_query").path
    let base = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests/Fixtures/cased").path
    let adapter = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests/Adapters/sentence").path
    try await Program.inFolder { program in
      try FileManager.default.copyItem(atPath: adapter, toPath: "\(program.folder.path)/lora")
      let named = try await program.run("embed", "--model", base, Self.text, "--adapter", "lora=0.5")
      let path = try await program.run("embed", "--model", base, Self.text, "--adapter", "\(adapter)=0.5")
      #expect(try vector(named) == vector(path))
      let unknown = try await program.run("embed", "--model", Self.folder.path, Self.text, "--adapter", "clustering")
      #expect(unknown.status == 1 && unknown.errors.contains("\"clustering\""))
      #expect(unknown.errors.contains("retrieval_passage, retrieval_query, separation"))
      let missing = try await program.run("embed", "--model", base, Self.text, "--adapter", query + "/nowhere")
      #expect(missing.status == 1 && missing.errors.contains("nowhere"))
    }
  }

  @Test("models info names them, and none of their files is said to have no effect")
  func info() async throws {
    try await Program.inFolder { program in
      let result = try await program.run("models", "info", Self.folder.path, "--json")
      let json = try JSONDocument(parsing: result.output).root
      #expect(
        try json.value("adapters").elements.compactMap(\.string)
          == ["retrieval_passage", "retrieval_query", "separation"])
      let ignored = try json.value("ignored").value("files").elements.compactMap { $0.optional("path")?.string }
      #expect(!ignored.contains { $0.contains("adapter") }, "\(ignored)")
    }
  }
}
