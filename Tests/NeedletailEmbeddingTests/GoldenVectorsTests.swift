import NeedletailEmbedding
import NeedletailTensor
import NeedletailTestSupport
import NeedletailTokenizers
import Testing

/// Whole folders against sentence-transformers 6.2.0, with every kernel set of this machine.
@Suite("Vectors of a folder equal those of sentence-transformers")
struct GoldenVectorsTests {
  /// DESIGN section 4: 2·10⁻⁵ for vectors of length 1, and as much of the longest value for others.
  private static let tolerance: Float = 2e-5

  @Test("the fixtures are there")
  func fixtures() throws {
    #expect(EmbeddingFixture.names.count >= 38)
    #expect(try EmbeddingFixture.texts().count >= 30)
  }

  @Test("every case of every folder", arguments: EmbeddingFixture.names, Kernels.available)
  func vectors(_ name: String, _ kernels: Kernels) async throws {
    let fixture = try EmbeddingFixture(name)
    #expect(!fixture.cases.isEmpty)
    for settings in fixture.cases {
      let embedder = try await fixture.embedder(settings, kernels: kernels)
      #expect(embedder.dimension == settings.dimensions ?? fixture.dimension)
      if let limit = fixture.maximumLength { #expect(embedder.maximumLength == limit) }
      let expected = try fixture.expected("case.\(settings.index)", kernels: kernels)
      let vectors = try await embedder.embed(settings.texts, as: settings.role)
      #expect(vectors.rows == expected.rows && vectors.columns == expected.columns && vectors.rows > 0)
      for (row, text) in settings.texts.enumerated() {
        // Needletail normalises what it cuts again where the model normalises; sentence-transformers leaves it short.
        let isShortened = settings.dimensions != nil && embedder.normalizes
        let wanted = isShortened ? normalized(expected[row: row]) : Array(expected[row: row])
        let found = settings.normalizes ? normalized(vectors[row: row]) : Array(vectors[row: row])
        let scale = max(1, wanted.map(abs).max() ?? 0)
        let difference = largestDifference(found, wanted)
        #expect(difference <= Self.tolerance * scale, "\(settings.name), text \(row): \(text.prefix(40))")
      }
    }
  }

  @Test("a limit beyond the positions counts as their number, where sentence-transformers fails")
  func limitBeyondPositions() async throws {
    let fixture = try EmbeddingFixture("prompts")
    let folder = try ModelCopy(copying: fixture.folder)
    try folder.replace("{\n", with: "{\"max_seq_length\": 4096,\n", in: "sentence_bert_config.json")
    try folder.replace("\"model_max_length\": 48", with: "\"model_max_length\": 1e30", in: "tokenizer_config.json")
    let embedder = try await Embedder(contentsOf: folder.url)
    #expect(embedder.maximumLength == 48)
    let texts = try EmbeddingFixture.texts()
    let vectors = try await embedder.embed(texts)
    let expected = try await fixture.embedder().embed(texts)
    #expect(vectors == expected)
  }

  @Test("token states before pooling, of a folder that cuts texts", arguments: Kernels.available)
  func tokenStates(_ kernels: Kernels) async throws {
    let fixture = try EmbeddingFixture("limit-12")
    let embedder = try await fixture.embedder(kernels: kernels)
    let texts = try EmbeddingFixture.texts()
    for index in [0, 4, 26, 28] {
      var options = EncodingOptions()
      options.truncation = embedder.maximumLength.map { Truncation(maximumLength: $0) }
      var tokens = PackedTokens()
      try embedder.tokenizer.pack([texts[index]][...], options: options, into: &tokens)
      let states = try #require(try await embedder.tokenStates(of: tokens).first)
      let expected = try fixture.expected("tokens.\(index)", kernels: kernels)
      #expect(states.rows == expected.rows && states.columns == expected.columns)
      #expect(largestDifference(states.values, expected.values) <= 1e-4, "text \(index)")
    }
  }
}
