import NeedletailJSON
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

/// Low-rank adapters against PEFT 0.21.2 (`Tools/reference/adapter_fixtures.py`).
@Suite("Low-rank adapters")
struct AdapterTests {
  static let folder = SharedData.repository.appending(path: "Tests/NeedletailModelsTests/Adapters")
  static let names = ["bert-attention", "bert-everything", "bert-float16", "gpt2", "llama"]

  private func adapter(_ name: String, weight: Float = 1) throws -> LowRankAdapter {
    let file = Self.folder.appending(path: "\(name)/adapter_config.json")
    return try LowRankAdapter(
      ModelFixture.json(file), subject: file.path,
      store: TensorStore(folder: Self.folder.appending(path: name), name: "adapter_model"), weight: weight)
  }

  /// The largest difference of all states from those of `golden`.
  private func difference(
    _ base: String, _ adapters: [LowRankAdapter], from golden: TensorStore, _ kernels: Kernels
  ) async throws -> Float {
    let fixture = ModelFixture(base)
    let model = try await Transformer(
      configuration: fixture.configuration(), store: TensorStore(folder: fixture.folder), adapters: adapters,
      kernels: kernels, team: ComputeTeam(threads: 2))
    let cases = try ModelFixture.json(Self.folder.appending(path: "bert-attention/cases.json")).value("cases").elements
    var tokens = PackedTokens()
    for text in cases { tokens.append(ids: try text.value("ids").elements.compactMap { $0.integer.map(Int32.init) }) }
    let workspace = Workspace(kernels: kernels)
    let states = workspace.values(of: model.forward(tokens, in: workspace))
    var largest: Float = 0
    for text in 0..<tokens.count {
      let range = tokens.range(text)
      let wanted = try golden.floats("states.\(text)", shape: [range.count, model.hiddenSize], kernels: kernels)
      let found = states[range.lowerBound * model.hiddenSize..<range.upperBound * model.hiddenSize]
      largest = max(largest, largestDifference(found, wanted.values))
    }
    return largest
  }

  @Test("states with an adapter", arguments: names, Kernels.available)
  func one(_ name: String, _ kernels: Kernels) async throws {
    let base = try ModelFixture.json(Self.folder.appending(path: "\(name)/cases.json")).string("base")
    let golden = try TensorStore(folder: Self.folder.appending(path: name), name: "golden")
    #expect(try await difference(base, [adapter(name)], from: golden, kernels) <= 1e-4)
    #expect(try await difference(base, [], from: golden, kernels) >= 1e-3)
  }

  @Test("two at once, one with half its weight")
  func stacked() async throws {
    let kernels = try #require(Kernels.available.last)
    let golden = try TensorStore(file: Self.folder.appending(path: "stacked.safetensors"))
    let both = [try adapter("bert-attention"), try adapter("bert-everything", weight: 0.5)]
    #expect(try await difference("bert", both, from: golden, kernels) <= 1e-4)
  }

  @Test("an adapter of another model is refused by the name of what it changes")
  func another() async throws {
    let kernels = try #require(Kernels.available.last)
    let golden = try TensorStore(folder: Self.folder.appending(path: "llama"), name: "golden")
    let error = await #expect(throws: ModelError.self) {
      try await difference("bert", [adapter("llama")], from: golden, kernels)
    }
    #expect(error?.message.contains("layers.0") == true)
  }

  @Test(
    "what would change the result and is not built is refused by name",
    arguments: [
      ("\"LORA\"", "\"IA3\"", "IA3"), ("\"use_dora\": false", "\"use_dora\": true", "use_dora"),
      ("\"bias\": \"none\"", "\"bias\": \"all\"", "bias"),
      ("\"modules_to_save\": null", "\"modules_to_save\": [\"classifier\"]", "modules_to_save"),
      ("\"alpha_pattern\": {}", "\"alpha_pattern\": {\".*key\": 3}", "alpha_pattern"),
    ])
  func refused(_ old: String, _ new: String, _ named: String) throws {
    let file = Self.folder.appending(path: "bert-attention/adapter_config.json")
    var text = try String(contentsOf: file, encoding: .utf8)
    text.replaceSubrange(try #require(text.firstRange(of: old)), with: new)
    let json = try JSONDocument(parsing: text, subject: file.path).root
    let error = #expect(throws: ModelError.self) {
      try LowRankAdapter(
        json, subject: file.path,
        store: TensorStore(folder: Self.folder.appending(path: "bert-attention"), name: "adapter_model"))
    }
    #expect(error?.message.contains(named) == true)
  }
}
