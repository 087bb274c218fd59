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

/// How an adapter is added.
enum AdapterWay: CaseIterable {
  /// To the weights, when the model is loaded.
  case loading
  /// Beside the products, while it runs.
  case running
}

/// Low-rank adapters against PEFT 0.21.2 (`Tools/reference/adapter_fixtures.py`).
@Suite("Low-rank adapters")
struct AdapterTests {
  static let folder = SharedData.repository.appending(path: "Tests/NeedletailModelsTests/Adapters")
  static let names = [
    "bert-attention", "bert-everything", "bert-float16", "gpt2", "llama", "gemma2", "gpt-neox", "albert", "t5",
    "deberta-v2-values",
  ]
  /// What other programs call the modules of these differs from the names of their weights.
  static let renamed = ["gte-modules", "jina-modules"]
  /// Its weights make tables of positions as well.
  static let lasting = "deberta-v2"

  private func adapter(_ name: String, weight: Float = 1) throws -> LowRankAdapter {
    let file = Self.folder.appending(path: "\(name)/adapter_config.json")
    return try LowRankAdapter(
      ModelFixture.json(file), subject: file.path,
      store: TensorStore(folder: Self.folder.appending(path: name), name: "adapter_model"), weight: weight)
  }

  /// The largest difference of all states from those of `golden`.
  private func difference(
    _ base: String, _ adapters: [LowRankAdapter], _ way: AdapterWay = .loading, from golden: TensorStore,
    _ kernels: Kernels
  ) async throws -> Float {
    let fixture = ModelFixture(base)
    let (team, store) = (ComputeTeam(threads: 2), try TensorStore(folder: fixture.folder))
    let model = try await Transformer(
      configuration: fixture.configuration(), store: store, adapters: way == .loading ? adapters : [],
      kernels: kernels, team: team)
    var parts: [(changes: TransformerChanges, weight: Float)] = []
    for adapter in way == .running ? adapters : [] {
      let changes = try await TransformerChanges(
        adapter, configuration: model.configuration, store: store, kernels: kernels, team: team)
      parts.append((changes, 1))
    }
    let changes = TransformerChanges(sumOf: parts)
    let cases = try ModelFixture.json(Self.folder.appending(path: "bert-attention/cases.json")).value("cases").elements
    var tokens = PackedTokens()
    for text in cases { tokens.append(ids: try text.value("ids").elements.compactMap { $0.integer.map(Int32.init) }) }
    let workspace = Workspace(kernels: kernels)
    let states = workspace.values(of: model.forward(tokens, changes: changes, in: workspace) { _, _ in })
    var largest: Float = 0
    for text in 0..<tokens.count {
      let range = tokens.range(text)
      let wanted = try golden.floats("states.\(text)", shape: [range.count, model.hiddenSize], kernels: kernels)
      let found = states[range.lowerBound * model.hiddenSize..<range.upperBound * model.hiddenSize]
      largest = max(largest, largestDifference(found, wanted.values))
    }
    return largest
  }

  @Test(
    "states with an adapter that is added to the weights", arguments: names + renamed + [lasting], Kernels.available)
  func added(_ name: String, _ kernels: Kernels) async throws { try await compare(name, .loading, kernels) }

  @Test("states with an adapter beside the weights", arguments: names + renamed, Kernels.available)
  func beside(_ name: String, _ kernels: Kernels) async throws { try await compare(name, .running, kernels) }

  private func compare(_ name: String, _ way: AdapterWay, _ kernels: Kernels) async throws {
    let base = try ModelFixture.json(Self.folder.appending(path: "\(name)/cases.json")).string("base")
    let golden = try TensorStore(folder: Self.folder.appending(path: name), name: "golden")
    #expect(try await difference(base, [adapter(name)], way, from: golden, kernels) <= 1e-4)
    #expect(try await difference(base, [], from: golden, kernels) >= 1e-3)
  }

  @Test("two at once, one with half its weight", arguments: AdapterWay.allCases)
  func stacked(_ way: AdapterWay) async throws {
    let kernels = try #require(Kernels.available.last)
    let golden = try TensorStore(file: Self.folder.appending(path: "stacked.safetensors"))
    let both = [try adapter("bert-attention"), try adapter("bert-everything", weight: 0.5)]
    #expect(try await difference("bert", both, way, from: golden, kernels) <= 1e-4)
  }

  @Test("an adapter of what tables are made of is refused while the model runs, by name")
  func refusedWhileRunning() async throws {
    let kernels = try #require(Kernels.available.last)
    let golden = try TensorStore(folder: Self.folder.appending(path: Self.lasting), name: "golden")
    let error = await #expect(throws: ModelError.self) {
      try await difference("deberta-v2", [adapter(Self.lasting)], .running, from: golden, kernels)
    }
    #expect(error?.code == .unsupported && error?.message.contains("query_proj") == true)
  }

  @Test("an adapter of another model is refused by the name of what it changes", arguments: AdapterWay.allCases)
  func another(_ way: AdapterWay) async throws {
    let kernels = try #require(Kernels.available.last)
    let golden = try TensorStore(folder: Self.folder.appending(path: "llama"), name: "golden")
    let error = await #expect(throws: ModelError.self) {
      try await difference("bert", [adapter("llama")], way, from: golden, kernels)
    }
    #expect(error?.message.contains("layers.0") == true)
  }

  @Test(
    "what would change the result and is not built is refused by name",
    arguments: [
      ("\"LORA\"", "\"IA3\"", "IA3"), ("\"use_dora\": false", "\"use_dora\": true", "use_dora"),
      ("\"bias\": \"none\"", "\"bias\": \"all\"", "bias"),
      ("\"modules_to_save\": null", "\"modules_to_save\": [7]", "modules_to_save"),
      ("\"alora_invocation_tokens\": null", "\"alora_invocation_tokens\": [3]", "alora_invocation_tokens"),
      ("\"use_qalora\": false", "\"use_qalora\": true", "use_qalora"),
      ("\"init_lora_weights\": true", "\"init_lora_weights\": \"pissa_niter_4\"", "pissa_niter_4"),
      ("\"kasa_config\": null", "\"kasa_config\": {\"svd\": true}", "kasa_config"),
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
