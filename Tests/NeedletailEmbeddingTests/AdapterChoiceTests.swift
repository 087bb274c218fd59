import NeedletailEmbedding
import NeedletailJSON
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Adapters around whole model folders, against sentence-transformers 6.2.0 with PEFT 0.21.2
/// (`Tools/reference/adapter_fixtures.py`).
@Suite("Adapters of a model")
struct AdapterChoiceTests {
  private static let tests = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests")
  private static let base = tests.appending(path: "Fixtures/cased")

  /// The folder that sentence-transformers saved, and what it makes of the texts.
  private func saved() throws -> (folder: ModelCopy, texts: [String], vectors: [Float]) {
    let folder = try ModelCopy(copying: Self.tests.appending(path: "Adapters/sentence"))
    let file = folder.file("adapter_config.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try folder.write(text.replacing("\"BASE\"", with: "\"\(Self.base.path)\""), to: "adapter_config.json")
    let about = Self.tests.appending(path: "Adapters/sentence.json")
    let json = try JSONDocument(parsing: Array(Data(contentsOf: about)), subject: about.path).root
    let texts = try json.value("texts").elements.compactMap(\.string)
    let store = try TensorStore(file: Self.tests.appending(path: "Adapters/sentence.safetensors"))
    let kernels = try #require(Kernels.available.last)
    let vectors = try store.floats("vectors", shape: [texts.count, nil], kernels: kernels)
    return (folder, texts, vectors.values)
  }

  @Test("a folder that holds an adapter alone is its base with the adapter")
  func folder() async throws {
    let (folder, texts, vectors) = try saved()
    let embedder = try await Embedder(contentsOf: folder.url)
    #expect(largestDifference(try await embedder.embed(texts).values, vectors) <= 2e-5)
  }

  @Test("an adapter beside the model gives the same vectors, and another identity")
  func choice() async throws {
    let (folder, texts, vectors) = try saved()
    var configuration = EmbedderConfiguration()
    configuration.adapters = [AdapterChoice(folder.url)]
    let plain = try await Embedder(contentsOf: Self.base)
    let changed = try await Embedder(contentsOf: Self.base, configuration: configuration)
    #expect(largestDifference(try await changed.embed(texts).values, vectors) <= 2e-5)
    #expect(largestDifference(try await plain.embed(texts).values, vectors) >= 1e-4)
    configuration.adapters[0].weight = 0
    let none = try await Embedder(contentsOf: Self.base, configuration: configuration)
    #expect(largestDifference(try await none.embed(texts).values, try await plain.embed(texts).values) == 0)
    #expect(Set([try plain.identity(), try changed.identity(), try none.identity()]).count == 3)
  }

  @Test("a static model and a base that is not there are refused by name")
  func refused() async throws {
    let (folder, _, _) = try saved()
    var configuration = EmbedderConfiguration()
    configuration.adapters = [AdapterChoice(folder.url)]
    await #expect(throws: EmbeddingError.self) { try await Embedder(.bundled, configuration: configuration) }
    let file = folder.file("adapter_config.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try folder.write(text.replacing(Self.base.path, with: "/nowhere/at-all"), to: "adapter_config.json")
    let error = await #expect(throws: EmbeddingError.self) { try await Embedder(contentsOf: folder.url) }
    #expect("\(error.map(\.description) ?? "")".contains("/nowhere/at-all"))
  }
}
