import NeedletailEmbedding
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Texts without tokens")
struct EmptyTextTests {
  /// The reference library cannot embed them; zeros are what its mean pooling would give.
  @Test("have a vector of zeros where the tokenizer adds no special tokens, in every pooling mode")
  func zeros() async throws {
    let fixture = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests/Fixtures/pooling-six")
    let temporary = try TemporaryFolder()
    let folder = URL(filePath: temporary.path).appending(path: "model")
    try FileManager.default.copyItem(at: fixture, to: folder)
    let tokenizer = String(decoding: try Data(contentsOf: folder.appending(path: "tokenizer.json")), as: UTF8.self)
    let changed = tokenizer.replacing("\"post_processor\"", with: "\"unused\"")
    #expect(changed != tokenizer)
    try temporary.write("model/tokenizer.json", changed)

    let embedder = try await Embedder(contentsOf: folder)
    let vectors = try await embedder.embed(["", "fox", ""])
    let columns = vectors.columns
    #expect(
      vectors.values[..<columns].allSatisfy { $0 == 0 } && vectors.values[(2 * columns)...].allSatisfy { $0 == 0 })
    #expect(vectors.values[columns..<2 * columns].contains { $0 != 0 })
  }
}
