import NeedletailEmbedding
import NeedletailTensor
import NeedletailTestSupport
import Synchronization
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Single layers and attention maps against transformers 5.23.0 and sentence-transformers 6.2.0
/// (`Tools/reference/layer_goldens.py`).
@Suite("Layers and attention of a folder")
struct LayerTests {
  static let names = ["layout-3", "dense-on-tokens", "pooling-cls"]
  /// Those of the goldens, by their places in `texts.json`.
  static let texts = [0, 4, 15]

  static func golden(_ name: String) throws -> TensorStore {
    try TensorStore(folder: EmbeddingFixture.root.appending(path: "layers"), name: name)
  }

  private static func embedder(_ name: String, layer: Int?, kernels: Kernels? = nil) async throws -> Embedder {
    var configuration = EmbedderConfiguration()
    configuration.layer = layer
    configuration.kernels = kernels
    return try await Embedder(
      .folder(EmbeddingFixture.root.appending(path: name)), configuration: configuration, team: ComputeTeam(threads: 2))
  }

  private static func chosen() throws -> [String] {
    let texts = try EmbeddingFixture.texts()
    return Self.texts.map { texts[$0] }
  }

  @Test("vectors of a layer are those of the model that ends there", arguments: names, Kernels.available)
  func pooled(_ name: String, _ kernels: Kernels) async throws {
    let texts = try Self.chosen()
    let golden = try Self.golden(name)
    let whole = try await Self.embedder(name, layer: nil, kernels: kernels)
    let layers = golden.names.filter { $0.hasPrefix("vectors.") }.count
    #expect(layers == 3)
    for layer in 0..<layers {
      let embedder = try await Self.embedder(name, layer: layer, kernels: kernels)
      let vectors = try await embedder.embed(texts)
      let shape = [texts.count, embedder.dimension]
      let expected = try golden.floats("vectors.\(layer)", shape: shape, kernels: kernels).values
      let scale = max(1, expected.map(abs).max() ?? 0)
      #expect(largestDifference(vectors.values, expected) <= 2e-5 * scale, "layer \(layer)")
      let fromEnd = try await Self.embedder(name, layer: layer - layers, kernels: kernels)
      #expect(try await fromEnd.embed(texts) == vectors)
      #expect(try embedder.identity() == fromEnd.identity() && embedder.identity() != whole.identity())
    }
    #expect(try await whole.embed(texts) == Self.embedder(name, layer: -1, kernels: kernels).embed(texts))
  }

  @Test("states of every layer, some texts at a time", arguments: names, Kernels.available)
  func states(_ name: String, _ kernels: Kernels) async throws {
    let golden = try Self.golden(name)
    var configuration = EmbedderConfiguration()
    configuration.kernels = kernels
    // So few that the texts come in several groups.
    configuration.batchTokens = 4
    let embedder = try await Embedder(
      .folder(EmbeddingFixture.root.appending(path: name)), configuration: configuration, team: ComputeTeam(threads: 2))
    var texts: [[Matrix]] = []
    try await embedder.tokenStates(try Self.chosen(), allLayers: true) { texts.append($0) }
    #expect(texts.count == Self.texts.count)
    for (text, layers) in zip(Self.texts, texts) {
      let rows = layers.first?.rows ?? 0
      let expected = try golden.floats("layers.\(text)", shape: [layers.count, rows, 24], kernels: kernels).values
      #expect(largestDifference(layers.flatMap(\.values), expected) <= 1e-4, "text \(text)")
    }
    let together = try await embedder.tokenStates(try Self.chosen(), allLayers: true)
    #expect(together == texts)
    // Nothing comes before the first layer's states and after pooling's, so that a layer's states are its row.
    if name != "dense-on-tokens" {
      let embedder = try await Self.embedder(name, layer: 1, kernels: kernels)
      #expect(try await embedder.tokenStates(try Self.chosen()).map { $0[0] } == texts.map { $0[1] })
    }
  }

  @Test("attention maps, one after another", arguments: names, Kernels.available)
  func attention(_ name: String, _ kernels: Kernels) async throws {
    let golden = try Self.golden(name)
    let embedder = try await Self.embedder(name, layer: nil, kernels: kernels)
    let shape = try #require(embedder.attentionShape)
    for (text, number) in zip(try Self.chosen(), Self.texts) {
      let tokens = try await embedder.tokenCounts([text])[0]
      let found = Mutex<[AttentionMap]>([])
      let shared = Shared(found)
      try await embedder.attentionMaps(of: text) { map in shared.value.withLock { $0.append(map) } }
      let maps = shared.value.withLock { $0 }
      let order = (0..<shape.layers).flatMap { layer in (0..<shape.heads).map { [layer, $0] } }
      #expect(maps.map { [$0.layer, $0.head] } == order)
      let expected = try golden.floats(
        "maps.\(number)", shape: [shape.layers, shape.heads, tokens, tokens], kernels: kernels
      ).values
      #expect(largestDifference(maps.flatMap(\.weights.values), expected) <= 1e-5, "text \(number)")
    }
  }

  @Test("queries and documents of a router have the states and maps of their own route")
  func routes() async throws {
    let embedder = try await Self.embedder("router-static-query", layer: nil)
    var texts: [[Matrix]] = []
    try await embedder.tokenStates(["a swift"], as: .document, allLayers: true) { texts.append($0) }
    #expect(try await embedder.tokenStates(["a swift"], as: .document, allLayers: true) == texts)
    #expect(texts.first?.count ?? 0 > 1)
    let states = await #expect(throws: EmbeddingError.self) {
      try await embedder.tokenStates(["a swift"], as: .query, allLayers: true) { _ in }
    }
    #expect(states?.code == .request && states?.message.contains("static") == true)
    let maps = await #expect(throws: EmbeddingError.self) {
      try await embedder.attentionMaps(of: "a swift", as: .query) { _ in }
    }
    #expect(maps?.code == .request && maps?.message.contains("static") == true)
    #expect(try embedder.routed(for: .query).attentionShape == nil && embedder.attentionShape != nil)
  }

  private final class Shared<Value>: Sendable {
    let value: Mutex<Value>
    init(_ value: consuming sending Mutex<Value>) { self.value = value }
  }

  @Test("what the receiver throws ends the work, and a layer or a model without attention is named")
  func refusals() async throws {
    let embedder = try await Self.embedder("pooling-cls", layer: nil)
    await #expect(throws: CancellationError.self) {
      try await embedder.attentionMaps(of: "a swift") { _ in throw CancellationError() }
    }
    for layer in [3, -4, .max, .min] {
      let error = await #expect(throws: EmbeddingError.self) {
        try await Self.embedder("pooling-cls", layer: layer)
      }
      #expect(error?.code == .request && error?.message.contains("0 to 2") == true)
    }
    let layerless = await #expect(throws: EmbeddingError.self) { try await Self.embedder("static", layer: 0) }
    #expect(layerless?.code == .request)
    let table = try await Embedder(.bundled)
    let mapless = await #expect(throws: EmbeddingError.self) { try await table.attentionMaps(of: "a") { _ in } }
    #expect(mapless?.code == .request)
  }
}
