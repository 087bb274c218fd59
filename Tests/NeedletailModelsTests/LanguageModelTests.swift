import NeedletailJSON
import NeedletailModels
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
#elseif canImport(Darwin)
  import Darwin
#endif

/// Logits and continuations against transformers 5.23.0 (`Tools/reference/model_fixtures.py`).
@Suite("Language models")
struct LanguageModelTests {
  static let names = ModelFixture.supported.filter {
    FileManager.default.fileExists(atPath: ModelFixture($0).folder.appending(path: "language.json").path)
  }

  private struct Expected {
    let ids: [Int32]
    let prompts: [[Int32]]
    let generated: [[Int32]]

    init(_ fixture: ModelFixture) throws {
      let json = try ModelFixture.json(fixture.folder.appending(path: "language.json"))
      func ids(_ value: JSON) -> [Int32] { value.elements.compactMap { $0.integer.map(Int32.init) } }
      self.ids = ids(try json.value("logits_ids"))
      prompts = try json.value("prompts").elements.map(ids)
      generated = try json.value("generated").elements.map(ids)
    }
  }

  private func model(_ name: String, _ kernels: Kernels, _ precision: Precision = .float32) async throws
    -> LanguageModel
  {
    let fixture = ModelFixture(name)
    return try await LanguageModel(
      configuration: fixture.configuration(), store: TensorStore(folder: fixture.folder), kernels: kernels,
      precision: precision, team: ComputeTeam(threads: 2))
  }

  @Test("every family that tells the next word has its fixture")
  func fixtures() { #expect(Self.names.count >= 11) }

  @Test("logits and log-probabilities", arguments: names, Kernels.available)
  func logits(_ name: String, _ kernels: Kernels) async throws {
    let fixture = ModelFixture(name)
    let expected = try Expected(fixture)
    let model = try await model(name, kernels)
    let (logits, following) = try model.score(expected.ids)
    let golden = try TensorStore(folder: fixture.folder, name: "golden-language").floats(
      "logits", shape: [expected.ids.count, model.vocabularySize], kernels: kernels
    ).values
    let size = golden.map(abs).max() ?? 0
    #expect(largestDifference(logits.values, golden) <= 1e-4 * max(1, size))
    #expect(following.count == expected.ids.count - 1)
    for (row, value) in following.enumerated() {
      let truth = golden[row * model.vocabularySize..<(row + 1) * model.vocabularySize].map(Double.init)
      let total = truth.reduce(0.0) { $0 + exp($1) }
      let wanted = truth[Int(expected.ids[row + 1])] - log(total)
      #expect(abs(Double(value) - wanted) <= 2e-4 * Double(max(1, size)))
    }
  }

  @Test("greedy search says the same words", arguments: names, Kernels.available)
  func greedy(_ name: String, _ kernels: Kernels) async throws {
    let expected = try Expected(ModelFixture(name))
    let model = try await model(name, kernels)
    for threads in [1, 3] {
      let team = ComputeTeam(threads: threads)
      for (prompt, wanted) in zip(expected.prompts, expected.generated) {
        // More than the model has room for is cut where its texts end.
        let words = try await model.generate(prompt, settings: .init(maximumTokens: 24), team: team)
        #expect(words == wanted, "after \(prompt.count) tokens")
      }
    }
  }

  @Test("int8 and bf16 continue a text as well", arguments: names, [Precision.int8, .bfloat16])
  func narrow(_ name: String, _ precision: Precision) async throws {
    let kernels = try #require(Kernels.available.last)
    let expected = try Expected(ModelFixture(name))
    let team = ComputeTeam(threads: 2)
    let model = try await model(name, kernels, precision)
    let words = try await model.generate(expected.prompts[1], settings: .init(maximumTokens: 8), team: team)
    #expect(words.count == 8 && words.allSatisfy { (0..<Int32(model.vocabularySize)).contains($0) })
  }

  @Test("a text ends at a stop, at the caller's word, and where every other word is forbidden")
  func ends() async throws {
    let kernels = try #require(Kernels.available.last)
    let expected = try Expected(ModelFixture("llama"))
    let (prompt, wanted) = (expected.prompts[1], expected.generated[1])
    let team = ComputeTeam(threads: 1)
    let model = try await model("llama", kernels)
    let stop = try #require(wanted.dropFirst(3).first)
    let end = try #require(wanted.firstIndex(of: stop))
    let stopped = try await model.generate(prompt, settings: .init(stops: [stop]), team: team)
    #expect(stopped == Array(wanted[...end]))
    let ended = try await model.generate(prompt, team: team, next: { _ in false })
    #expect(ended == [wanted[0]])
    let forced = try await model.generate(
      prompt, settings: .init(maximumTokens: 5), team: team,
      adjust: { tokens, logits in
        for token in logits.indices where token != tokens.count { logits[token] = -.infinity }
      })
    #expect(forced == (0..<5).map { Int32(prompt.count + $0) })
  }

  @Test("drawing follows the seed, and one kept word is greedy search")
  func drawing() async throws {
    let kernels = try #require(Kernels.available.last)
    let expected = try Expected(ModelFixture("llama"))
    let (prompt, team) = (expected.prompts[1], ComputeTeam(threads: 1))
    let model = try await model("llama", kernels)
    func words(_ rule: GenerationSettings.Sampling) async throws -> [Int32] {
      try await model.generate(prompt, settings: .init(maximumTokens: 24, sampling: rule), team: team)
    }
    let once = try await words(.init(temperature: 2, seed: 5))
    #expect(try await words(.init(temperature: 2, seed: 5)) == once)
    #expect(try await words(.init(temperature: 2, seed: 6)) != once)
    #expect(try await words(.init(temperature: 2, top: 1)) == expected.generated[1])
    #expect(try await words(.init(temperature: 2, nucleus: 1e-6)) == expected.generated[1])
  }

  @Test("what a model cannot continue is refused")
  func refused() async throws {
    let kernels = try #require(Kernels.available.last)
    let team = ComputeTeam(threads: 1)
    let model = try await model("gpt2", kernels)
    for prompt in [[], [-1], [99], [Int32](repeating: 5, count: 41)] {
      await #expect(throws: ModelError.self) { try await model.generate(prompt, team: team) }
    }
    await #expect(throws: ModelError.self) { try await self.model("t5", kernels) }
    await #expect(throws: ModelError.self) { try await self.model("gemma", kernels).generate([], team: team) }
  }
}
