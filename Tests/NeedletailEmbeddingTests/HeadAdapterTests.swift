import NeedletailEmbedding
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

/// An adapter of a model that is more than an encoder, and what PEFT 0.21.2 makes of it
/// (`Tools/reference/head_adapter_fixtures.py`).
struct HeadAdapterFixture {
  static let root = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests/Adapters/heads")
  static let names: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    return names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }()

  let name: String
  let kind: String
  let base: URL
  let texts: [String]
  let pairs: [(String, String)]
  /// The adapter, which names its base.
  let folder: ModelCopy

  init(_ name: String) throws {
    self.name = name
    let file = Self.root.appending(path: "\(name).json")
    let json = try JSONDocument(parsing: Array(Data(contentsOf: file)), subject: file.path).root
    kind = try json.string("kind")
    base = EmbeddingFixture.root.appending(path: try json.string("base"))
    texts = json.optional("texts")?.elements.compactMap(\.string) ?? []
    pairs =
      json.optional("pairs")?.elements.map { pair in
        let texts = pair.elements.compactMap(\.string)
        return (texts[0], texts[1])
      } ?? []
    folder = try ModelCopy(copying: Self.root.appending(path: name))
    try folder.replace("\"BASE\"", with: "\"\(base.path)\"", in: "adapter_config.json")
  }

  /// Whether the model's other modules lie beside the adapter.
  var isModel: Bool { FileManager.default.fileExists(atPath: folder.file("modules.json").path) }

  /// The scores or vectors of a model, one after another.
  func values(_ model: URL, adapters: [AdapterChoice] = [], _ kernels: Kernels) async throws -> [Float] {
    var configuration = EmbedderConfiguration()
    configuration.adapters = adapters
    configuration.kernels = kernels
    switch kind {
    case "sparse":
      let embedder = try await SparseEmbedder(.folder(model), configuration: configuration)
      return try await embedder.embed(texts).flatMap { vector in
        var values = [Float](repeating: 0, count: embedder.dimension)
        for (index, value) in zip(vector.indices, vector.values) { values[Int(index)] = value }
        return values
      }
    case "multi-vector":
      let embedder = try await MultiVectorEmbedder(.folder(model), configuration: configuration)
      return try await embedder.embed(texts, as: .document).flatMap(\.values)
    default:
      var configuration = CrossEncoderConfiguration()
      configuration.adapters = adapters
      configuration.kernels = kernels
      return try await CrossEncoder(contentsOf: model, configuration: configuration).predict(pairs).values
    }
  }

  func expected(_ kernels: Kernels) throws -> [Float] {
    let store = try TensorStore(folder: Self.root, name: name)
    let tensors =
      switch kind {
      case "sparse": ["vectors"]
      case "multi-vector": texts.indices.map { "vectors.\($0)" }
      default: ["scores"]
      }
    return try tensors.flatMap { try store.floats($0, shape: [nil, nil], kernels: kernels).values }
  }
}

@Suite("Adapters of models with heads")
struct HeadAdapterTests {
  @Test("the fixtures are there")
  func fixtures() throws {
    #expect(HeadAdapterFixture.names.count >= 15)
    #expect(try Set(HeadAdapterFixture.names.map { try HeadAdapterFixture($0).kind }).count == 3)
  }

  @Test("scores and vectors are those of PEFT", arguments: HeadAdapterFixture.names, Kernels.available)
  func added(_ name: String, _ kernels: Kernels) async throws {
    let fixture = try HeadAdapterFixture(name)
    let wanted = try fixture.expected(kernels)
    let found = try await fixture.values(
      fixture.base, adapters: [AdapterChoice(fixture.folder.url)], kernels)
    #expect(found.count == wanted.count)
    #expect(largestDifference(found, wanted) <= (fixture.kind == "multi-vector" ? 2e-5 : 1e-4))
    let without = try await fixture.values(fixture.base, kernels)
    #expect(largestDifference(without, wanted) > 1e-3)
    if fixture.isModel { #expect(try await fixture.values(fixture.folder.url, kernels) == found) }
  }

  @Test(
    "a merged folder gives the same bits", arguments: HeadAdapterFixture.names.filter { !$0.hasSuffix("-words") })
  func merged(_ name: String) async throws {
    let fixture = try HeadAdapterFixture(name)
    let kernels = try #require(Kernels.available.last)
    let adapters = [AdapterChoice(fixture.folder.url)]
    let place = try ModelCopy()
    _ = try MergedModel(.folder(fixture.base), adapters: adapters).write(to: place.file("merged"))
    let found = try await fixture.values(place.file("merged"), kernels)
    #expect(try await fixture.values(fixture.base, adapters: adapters, kernels) == found)
    guard fixture.isModel else { return }
    _ = try MergedModel(.folder(fixture.folder.url), adapters: []).write(to: place.file("alone"))
    #expect(try await fixture.values(place.file("alone"), kernels) == found)
  }

  @Test(
    "a change of words that a tied head does not share cannot be merged",
    arguments: HeadAdapterFixture.names.filter { $0.hasSuffix("-words") })
  func tied(_ name: String) async throws {
    let fixture = try HeadAdapterFixture(name)
    let place = try ModelCopy()
    let found = await message {
      _ = try MergedModel(.folder(fixture.base), adapters: [AdapterChoice(fixture.folder.url)])
        .write(to: place.file("merged"))
    }
    #expect(found.contains("ties its head"))
  }

  private func message(_ body: () async throws -> Void) async -> String {
    do {
      try await body()
      return ""
    } catch { return "\(error)" }
  }

  @Test("weights that stand in place of the model's are taken whole or not at all, and once")
  func whole() async throws {
    let fixture = try HeadAdapterFixture("bert-classifier")
    let kernels = try #require(Kernels.available.last)
    let half = await message {
      _ = try await fixture.values(fixture.base, adapters: [AdapterChoice(fixture.folder.url, weight: 0.5)], kernels)
    }
    #expect(half.contains("modules_to_save") && half.contains("classifier"))
    let twice = [AdapterChoice(fixture.folder.url), AdapterChoice(fixture.folder.url)]
    let second = await message { _ = try await fixture.values(fixture.base, adapters: twice, kernels) }
    #expect(second.contains("replaces classifier"))
    let other = await message {
      let base = EmbeddingFixture.root.appending(path: "cross-encoders/modernbert-mean")
      _ = try await fixture.values(base, adapters: [AdapterChoice(fixture.folder.url)], kernels)
    }
    #expect(other.contains("which the model does not have"))
    let unlisted = try HeadAdapterFixture("bert-classifier")
    try unlisted.folder.replace("\"classifier\"", with: "\"another\"", in: "adapter_config.json")
    let stray = await message {
      _ = try await unlisted.values(unlisted.base, adapters: [AdapterChoice(unlisted.folder.url)], kernels)
    }
    #expect(stray.contains("base_model.model.classifier") && stray.contains("no part of a low-rank change"))
  }

  @Test("a router is merged where it has one transformer")
  func routers() async throws {
    let fixture = try HeadAdapterFixture("splade-router")
    let place = try ModelCopy()
    _ = try MergedModel(.folder(fixture.base), adapters: [AdapterChoice(fixture.folder.url)])
      .write(to: place.file("merged"))
    for role in [TextRole.query, .document] {
      let before = try await SparseEmbedder(.folder(fixture.base)).embed(fixture.texts, as: role)
      let after = try await SparseEmbedder(.folder(place.file("merged"))).embed(fixture.texts, as: role)
      #expect((before == after) == (role == .query))
    }
    let kind = "sentence_transformers.base.modules.transformer.Transformer"
    let several = try ModelCopy(copying: fixture.base)
    try several.write(
      #"{"types": {"a": "\#(kind)", "b": "\#(kind)"}, "structure": {"query": ["a"], "document": ["b"]}}"#,
      to: "router_config.json")
    let found = await message {
      _ = try MergedModel(.folder(several.url), adapters: [AdapterChoice(fixture.folder.url)])
    }
    #expect(found.contains("several transformers (a, b)"), "\(found)")
  }

  @Test("an adapter is refused where nothing takes it")
  func unused() async throws {
    let fixture = try HeadAdapterFixture("splade")
    let kernels = try #require(Kernels.available.last)
    let weights = await message {
      let base = EmbeddingFixture.root.appending(path: "Sparse/weights")
      _ = try await fixture.values(base, adapters: [AdapterChoice(fixture.folder.url)], kernels)
    }
    #expect(weights.contains("adapters change transformers"))
  }
}
