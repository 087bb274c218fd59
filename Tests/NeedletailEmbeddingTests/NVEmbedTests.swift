import NeedletailEmbedding
import NeedletailTensor
import NeedletailTestSupport
import NeedletailTokenizers
import Testing

/// What is particular about NV-Embed's folders; their vectors are tested with those of all others.
@Suite("Folders of NV-Embed")
struct NVEmbedTests {
  @Test("without modules.json the model pools by itself, and the user is told")
  func plain() async throws {
    let plain = try await EmbeddingFixture("nv-embed-plain").embedder()
    #expect(plain.warning?.contains("no modules.json") == true && plain.normalizes)
    let listed = try await EmbeddingFixture("nv-embed").embedder()
    #expect(listed.warning == nil)
    // Without a prompt both ways are the same.
    let texts = try EmbeddingFixture.texts()
    #expect(try await plain.embed(texts) == listed.embed(texts))
  }

  @Test("the end of text is one of the tokens, and counts as no text's own")
  func ending() async throws {
    let embedder = try await EmbeddingFixture("nv-embed").embedder()
    let alone = try embedder.tokenizer.encode("the swift").ids
    #expect(try await embedder.tokenCounts(["the swift", ""]) == [alone.count + 1, 2])
    #expect(try embedder.overhead(as: .plain) == 2)
  }

  @Test("a tokenizer that names no end of text is refused by name")
  func noEnding() async throws {
    let folder = try ModelCopy(copying: EmbeddingFixture("nv-embed").folder)
    try folder.replace("\"eos_token\"", with: "\"other_token\"", in: "tokenizer_config.json")
    let error = await #expect(throws: EmbeddingError.self) { try await Embedder(contentsOf: folder.url) }
    #expect(error?.code == .malformed && error?.message.contains("eos_token") == true)
  }

  @Test("int8 and bf16 stay near float32, and a text alone has its bits", arguments: [Precision.int8, .bfloat16])
  func narrow(_ precision: Precision) async throws {
    let fixture = try EmbeddingFixture("nv-embed")
    let texts = try EmbeddingFixture.texts()
    let exact = try await fixture.embedder().embed(texts)
    var configuration = EmbedderConfiguration()
    configuration.precision = precision
    let embedder = try await Embedder(
      .folder(fixture.folder), configuration: configuration, team: ComputeTeam(threads: 2))
    let vectors = try await embedder.embed(texts)
    let cosines = (0..<texts.count).map { cosine(exact[row: $0], vectors[row: $0]) }
    let mean = cosines.reduce(0, +) / Double(cosines.count)
    // As for token states: the fixtures magnify differences.
    #expect(mean >= (precision == .int8 ? 0.995 : 0.9995), "\(mean)")
    #expect(try await embedder.embed(texts[4]) == Array(vectors[row: 4]))
  }
}
