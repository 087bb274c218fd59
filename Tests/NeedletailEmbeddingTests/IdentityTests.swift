import NeedletailEmbedding
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Testing

@Suite("The identity of a model")
struct IdentityTests {
  let folders: ModelCopy

  init() throws {
    folders = try ModelCopy()
    for name in ["a", "b"] {
      try FileManager.default.copyItem(at: EmbeddingFixture("dense-relu").folder, to: folders.file(name))
    }
    try change("b/2_Dense/model.safetensors")
  }

  /// Changes the last value of the last tensor.
  func change(_ file: String) throws {
    var data = try Data(contentsOf: folders.file(file))
    data[data.count - 2] ^= 1
    try data.write(to: folders.file(file))
  }

  func link(_ name: String, to target: String) throws {
    try? FileManager.default.removeItem(at: folders.file(name))
    try FileManager.default.createSymbolicLink(
      atPath: folders.file(name).path, withDestinationPath: folders.file(target).path)
  }

  func identity(_ name: String) async throws -> String {
    try await Embedder(contentsOf: folders.file(name)).identity()
  }

  @Test("a link to a model is that model, wherever it points")
  func linkedModel() async throws {
    let (a, b) = (try await identity("a"), try await identity("b"))
    #expect(a != b)
    for (target, expected) in [("a", a), ("b", b)] {
      try link("model", to: target)
      #expect(try await identity("model") == expected)
    }
  }

  @Test("the weights of a PyTorch checkpoint are part of it")
  func checkpoint() async throws {
    for name in ["c", "d"] {
      try FileManager.default.copyItem(at: EmbeddingFixture("layout-checkpoint").folder, to: folders.file(name))
    }
    #expect(try await identity("c") == identity("d"))
    try change("d/pytorch_model.bin")
    #expect(try await identity("c") != identity("d"))
  }

  @Test("a chat template is part of it")
  func template() async throws {
    for name in ["c", "d"] {
      try FileManager.default.copyItem(at: EmbeddingFixture("chat-flat").folder, to: folders.file(name))
    }
    #expect(try await identity("c") == identity("d"))
    try folders.replace("this text", with: "that text", in: "d/chat_template.jinja")
    #expect(try await identity("c") != identity("d"))
  }

  @Test("another precision is another model")
  func precision() async throws {
    var identities: Set<String> = []
    for precision in Precision.allCases {
      var configuration = EmbedderConfiguration()
      configuration.precision = precision
      identities.insert(try await Embedder(contentsOf: folders.file("a"), configuration: configuration).identity())
    }
    #expect(identities.count == Precision.allCases.count)
    #expect(identities.contains(try await identity("a")))
  }

  @Test("a module behind a link counts")
  func linkedModule() async throws {
    let a = try await identity("a")
    try FileManager.default.moveItem(at: folders.file("a/2_Dense"), to: folders.file("dense-a"))
    for (target, isSame) in [("dense-a", true), ("b/2_Dense", false)] {
      try link("a/2_Dense", to: target)
      #expect(try await (identity("a") == a) == isSame)
    }
  }

  @Test("links that lead in a circle end")
  func circle() async throws {
    try link("a/again", to: "a")
    #expect(try await !identity("a").isEmpty)
  }

  @Test("the files look the same until one changes, and say nothing while one is fresh")
  func fingerprint() async throws {
    let embedder = try await Embedder(contentsOf: folders.file("a"))
    #expect(try embedder.fingerprint(now: Date(timeIntervalSinceNow: -100)) == nil)
    let later = Date(timeIntervalSinceNow: 100)
    let before = try #require(try embedder.fingerprint(now: later))
    #expect(try embedder.fingerprint(now: later) == before)
    let path = folders.file("a/2_Dense/model.safetensors")
    let date = try #require(FileManager.default.attributesOfItem(atPath: path.path)[.modificationDate] as? Date)
    let handle = try Data(contentsOf: path)
    try handle.write(to: path)
    try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path.path)
    #expect(try embedder.fingerprint(now: later) != before)
  }

  @Test("a model whose weights are gone has no identity")
  func gone() async throws {
    let embedder = try await Embedder(contentsOf: folders.file("a"))
    try FileManager.default.removeItem(at: folders.file("a"))
    #expect(throws: EmbeddingError.self) { try embedder.identity() }
  }
}
