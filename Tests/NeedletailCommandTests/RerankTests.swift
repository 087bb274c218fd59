import Needletail
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Rerankers that are asked, and adapters of models with heads.
@Suite("Reranking with T5 and with adapters")
struct RerankTests {
  private static let tests = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests")
  private static let fixtures = tests.appending(path: "Fixtures/cross-encoders")
  private static let adapters = tests.appending(path: "Adapters/heads")
  private static let texts = ["the swift flies fast", "the old church tower", "a river in summer"]

  private func run(_ program: Program, _ arguments: [String]) async throws -> Program.Result {
    let running = try program.start(arguments)
    try running.send("")
    return try await running.end()
  }

  private func scores(_ output: String) throws -> [Float] {
    try JSONDocument(parsing: output).root.elements.map { Float(try $0.double("score")) }
  }

  @Test("T5 is asked what monoT5 is, and a warning says so, or what the user says")
  func asked() async throws {
    try await Program.inFolder { program in
      let folder = Self.fixtures.appending(path: "asked-t5")
      let query = "what eats insects?"
      let arguments = ["rerank", "--model", folder.path, query] + Self.texts + ["--json"]
      let usual = try await run(program, arguments)
      #expect(usual.status == 0 && usual.errors.contains("Relevant:") && usual.errors.contains("true or false"))
      let ranked = try await CrossEncoder(contentsOf: folder).rank(query, Self.texts)
      #expect(try scores(usual.output) == ranked.map(\.score))
      let said = try await run(
        program, arguments + ["--template", "{query} near {document}", "--answers", "swift,bird"])
      #expect(said.status == 0 && said.errors.isEmpty)
      var configuration = CrossEncoderConfiguration()
      configuration.question = PairQuestion("{query} near {document}", yes: "swift", no: "bird")
      let other = try await CrossEncoder(contentsOf: folder, configuration: configuration).rank(query, Self.texts)
      #expect(try scores(said.output) == other.map(\.score))
      let single = try await run(
        program,
        arguments + ["--template", PairQuestion.rankT5.template, "--answers", PairQuestion.rankT5.yes, "--quiet"])
      #expect(single.status == 0 && single.errors.isEmpty)
      let unknown = try await run(program, arguments + ["--template", "{query} {document}", "--answers", "falsetto"])
      #expect(unknown.status == 1 && unknown.errors.contains("falsetto"))
    }
  }

  @Test(
    "a question needs both of its parts",
    arguments: [
      ["--template", "{query} {document}"], ["--answers", "yes,no"],
      ["--template", "{query} {document}", "--answers", "yes,no,perhaps"],
      ["--template", "{query} {document}", "--answers", "yes,"],
    ])
  func usage(_ options: [String]) async throws {
    try await Program.inFolder { program in
      let result = try await run(program, ["rerank", "--model", "x", "a query", "a passage"] + options)
      #expect(result.status == 64 && result.output.isEmpty && !result.errors.isEmpty)
    }
  }

  @Test("an adapter changes scores and sparse vectors, and merging it gives the same scores")
  func adapter() async throws {
    try await Program.inFolder { program in
      let folder = Self.fixtures.appending(path: "bert-identity")
      let arguments = ["rerank", "--model", folder.path, "what eats insects?"] + Self.texts + ["--json"]
      let adapter = Self.adapters.appending(path: "bert-classifier")
      let plain = try await run(program, arguments)
      let changed = try await run(program, arguments + ["--adapter", adapter.path])
      #expect(changed.status == 0 && changed.errors.isEmpty)
      #expect(try scores(changed.output) != scores(plain.output))
      let merged = try await run(
        program,
        ["models", "merge", folder.path, "--adapter", adapter.path, "--output", "merged"])
      #expect(merged.status == 0)
      let again = try await run(program, ["rerank", "--model", "./merged"] + arguments.dropFirst(3))
      #expect(again.output == changed.output)
      let sparse = Self.tests.appending(path: "Fixtures/Sparse/splade-max").path
      let embed = ["embed", "--model", sparse, "a swift"]
      let words = try await run(program, embed + ["--adapter", Self.adapters.appending(path: "splade").path])
      let without = try await run(program, embed)
      #expect(words.status == 0 && words.output != without.output)
    }
  }
}
