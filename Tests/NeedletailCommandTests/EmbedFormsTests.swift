import Needletail
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Embedding with models that give no single vectors")
struct EmbedFormsTests {
  private static let fixtures = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests/Fixtures")

  @Test("a sparse model writes features a line, and its words where they are asked for")
  func sparse() async throws {
    let folder = Self.fixtures.appending(path: "Sparse/router")
    let embedder = try await SparseEmbedder(.folder(folder))
    try await Program.inFolder { program in
      for role in [TextRole.plain, .query] {
        let result = try await program.run(
          "embed", "--model", folder.path, "--role", role.rawValue, "--words", "The swift flies fast.", "old tower")
        #expect(result.status == 0 && result.errors.isEmpty)
        let vectors = try await embedder.embed(["The swift flies fast.", "old tower"], as: role)
        let rows = try result.lines.map { try JSONDocument(parsing: String($0)).root }
        #expect(rows.count == 2)
        for (number, (row, vector)) in zip(rows, vectors).enumerated() {
          #expect(try row.integer("id") == number)
          #expect(try row.value("indices").elements.compactMap { $0.integer.map(Int32.init) } == vector.indices)
          #expect(try row.value("values").elements.compactMap { $0.double.map { Float($0) } } == vector.values)
          let words = try row.value("words").members.map { String(decoding: $0.key, as: UTF8.self) }
          #expect(words == embedder.words(of: vector).map(\.token) && !words.isEmpty)
        }
      }
      let wrong = try await program.run("embed", "--model", folder.path, "--format", "npy", "--output", "a.npy", "a")
      #expect(wrong.status != 0 && wrong.errors.contains("jsonl"))
    }
  }

  @Test("a model with a vector for each token writes a tensor a text")
  func multiVector() async throws {
    let folder = Self.fixtures.appending(path: "MultiVector/fixed")
    try await Program.inFolder { program in
      let result = try await program.run(
        "embed", "--model", folder.path, "--role", "query", "--output", "out.safetensors", "swift", "old tower")
      #expect(result.status == 0 && result.errors.isEmpty && result.output.isEmpty)
      let bytes = try Data(contentsOf: URL(filePath: program.path("out.safetensors")))
      let header = String(decoding: bytes.prefix(400), as: UTF8.self)
      #expect(header.contains("\"0\"") && header.contains("\"1\"") && header.contains("[12,10]"))
      let wrong = try await program.run("embed", "--model", folder.path, "swift")
      #expect(wrong.status != 0 && wrong.errors.contains("safetensors"))
    }
  }
}
