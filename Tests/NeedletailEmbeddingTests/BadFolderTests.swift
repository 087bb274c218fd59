import NeedletailEmbedding
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

/// DESIGN section 4: bad input is a typed error that names file, place and expectation.
@Suite("Model folders that are damaged")
struct BadFolderTests {
  @Test("each is an error that names the file and what is wrong in it", arguments: Damage.all)
  func damaged(_ damage: Damage) async throws {
    let folder = try ModelCopy(copying: EmbeddingFixture(damage.fixture).folder)
    _ = try await Embedder(.folder(folder.url), team: ComputeTeam(threads: 2)).embed(["a swift"])
    try damage.apply(folder)
    let error = await #expect(throws: (any Error).self) {
      try await Embedder(.folder(folder.url), team: ComputeTeam(threads: 2))
    }
    try expectTyped(error, naming: [folder.url.path] + damage.words)
  }

  @Test("a path that is no folder, or nothing at all")
  func noFolder() async throws {
    let folder = try ModelCopy()
    try folder.write("text", to: "file")
    for (path, word) in [("file", "is a file"), ("none", "no such model folder"), ("", "modules.json")] {
      let url = path.isEmpty ? folder.url : folder.file(path)
      let error = await #expect(throws: EmbeddingError.self) { try await Embedder(contentsOf: url) }
      #expect(error?.code == .unreadable)
      try expectTyped(error, naming: [url.path, word])
    }
  }

  @Test(
    "weights that are no numbers give an error, never a vector that is none",
    arguments: [
      ("dense-tanh", "model.safetensors"), ("dense-relu", "2_Dense/model.safetensors"), ("static", "model.safetensors"),
    ])
  func notANumber(_ fixture: String, _ path: String) async throws {
    for bits in [[0xFF, 0xFF, 0xFF, 0xFF], [0x00, 0x00, 0x80, 0x7F]] as [[UInt8]] {
      let folder = try ModelCopy(copying: EmbeddingFixture(fixture).folder)
      var data = try Data(contentsOf: folder.file(path))
      let start = 8 + Int(data[0]) + Int(data[1]) << 8
      data.replaceSubrange(start..., with: (0..<(data.count - start) / 4).flatMap { _ in bits })
      try folder.write(data, to: path)
      let embedder = try await Embedder(contentsOf: folder.url)
      let error = await #expect(throws: EmbeddingError.self) { try await embedder.embed(["a swift"]) }
      #expect(error?.code == .malformed)
      try expectTyped(error, naming: [folder.file(path).path, "tensor", "not a number"])
    }
  }

  @Test("settings that the model cannot fulfil are errors that say what it can")
  func settings() async throws {
    let fixture = try EmbeddingFixture("prompts")
    for (dimensions, length) in [(0, nil), (-1, nil), (25, nil), (nil, 0), (nil, -3)] as [(Int?, Int?)] {
      var configuration = EmbedderConfiguration()
      configuration.dimensions = dimensions
      configuration.maximumLength = length
      let error = await #expect(throws: EmbeddingError.self) {
        try await Embedder(contentsOf: fixture.folder, configuration: configuration)
      }
      #expect(error?.code == .request)
    }
    var configuration = EmbedderConfiguration()
    configuration.prompt = .named("title")
    let embedder = try await Embedder(contentsOf: fixture.folder, configuration: configuration)
    let error = await #expect(throws: EmbeddingError.self) { try await embedder.embed(["a swift"]) }
    #expect(error?.code == .request)
    try expectTyped(error, naming: ["title", "document, none, passage, query"])
  }

  private func expectTyped(_ error: (any Error)?, naming words: [String]) throws {
    let error = try #require(error)
    #expect(
      error is EmbeddingError || error is ModelError || error is TensorError || error is TokenizerError,
      "\(type(of: error)): \(error)")
    let text = "\(error)"
    for word in words { #expect(text.contains(word), "\(text) lacks \(word)") }
    #expect(!text.contains("\n"), "an error is one line")
  }
}
