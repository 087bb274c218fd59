import NeedletailEmbedding
import NeedletailTensor
import NeedletailTestSupport
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Texts that are merely odd are embedded.
@Suite("Odd texts")
struct OddTextsTests {
  private static let sources: [ModelSource] = [
    .bundled, .folder(EmbeddingFixture.root.appending(path: "prompts")),
    .folder(EmbeddingFixture.root.appending(path: "static-truncation")),
  ]

  @Test("an empty list gives no vectors", arguments: sources)
  func emptyList(_ source: ModelSource) async throws {
    let embedder = try await Embedder(source)
    let vectors = try await embedder.embed([String]())
    #expect(vectors.rows == 0 && vectors.columns == embedder.dimension)
  }

  @Test("empty texts, control characters and every kind of scalar give finite vectors", arguments: sources)
  func odd(_ source: ModelSource) async throws {
    let embedder = try await Embedder(source)
    let controls = (0..<32).map { String(UnicodeScalar(UInt8($0))) }
    let scalars = stride(from: UInt32(0x80), to: 0x11_0000, by: 997).compactMap { UnicodeScalar($0).map { String($0) } }
    let texts =
      ["", " ", "\u{0}", "a\u{0}b", "\r\n", "\u{FEFF}", "\u{FFFD}", "\u{202E}", "e\u{301}\u{301}\u{301}", "👩‍🚀"]
      + controls + scalars + [scalars.joined(), scalars.joined(separator: " ")]
    let vectors = try await embedder.embed(texts)
    #expect(vectors.rows == texts.count)
    #expect(vectors.values.allSatisfy { $0.isFinite })
  }

  @Test("an empty text is the same as one of spaces", arguments: sources)
  func spaces(_ source: ModelSource) async throws {
    let embedder = try await Embedder(source)
    let vectors = try await embedder.embed(["", " \t\r\n\u{3000}"])
    #expect(vectors[row: 0] == vectors[row: 1])
  }

  @Test("a text without tokens has a vector of zeros in every pooling mode", arguments: Kernels.available)
  func noTokens(_ kernels: Kernels) async throws {
    let folder = try ModelCopy(copying: EmbeddingFixture("pooling-six").folder)
    // The class of BERT would put special tokens around texts whatever tokenizer.json says.
    try folder.replace("BertTokenizer", with: "PreTrainedTokenizerFast", in: "tokenizer_config.json")
    try folder.replace("\"padding\": null,", with: "", in: "tokenizer.json")
    try folder.replace("\"post_processor\"", with: "\"padding\"", in: "tokenizer.json")
    var configuration = EmbedderConfiguration()
    configuration.kernels = kernels
    let embedder = try await Embedder(contentsOf: folder.url, configuration: configuration)
    let alone = try await embedder.embed([""])
    #expect(alone.values == [Float](repeating: 0, count: 144))
    let vectors = try await embedder.embed(["", "swift", ""])
    #expect(vectors[row: 0] == alone[row: 0] && vectors[row: 2] == alone[row: 0])
    #expect(vectors[row: 1].contains { $0 != 0 })
  }

  @Test("a limit that leaves room for special tokens only is taken, a smaller one is refused")
  func smallLimits() async throws {
    let folder = EmbeddingFixture.root.appending(path: "prompts")
    var configuration = EmbedderConfiguration()
    configuration.maximumLength = 2
    let vectors = try await Embedder(contentsOf: folder, configuration: configuration).embed(["a swift", ""])
    #expect(vectors[row: 0] == vectors[row: 1])
    configuration.maximumLength = 1
    let embedder = try await Embedder(contentsOf: folder, configuration: configuration)
    let error = await #expect(throws: TokenizerError.self) { try await embedder.embed(["a swift"]) }
    #expect(error?.code == .invalidTruncation)
  }

  @Test("a text of 10 MB counts as its beginning where a model cuts, and is read whole where it does not")
  func long() async throws {
    let long = String(repeating: "swift bird river ", count: 600_000)
    let short = String(repeating: "swift bird river ", count: 100)
    for source in Self.sources.dropFirst() {
      let vectors = try await Embedder(source).embed([long, short])
      #expect(vectors[row: 0] == vectors[row: 1])
    }
    let vectors = try await Embedder(.bundled).embed([long, short, "swift"])
    #expect(cosine(vectors[row: 0], vectors[row: 1]) > 0.9999)
    #expect(cosine(vectors[row: 0], vectors[row: 2]) < 0.99)
    let word = try await Embedder(.bundled).embed([String(repeating: "a", count: 10 << 20)])
    #expect(word.values.allSatisfy { $0.isFinite })
  }
}
