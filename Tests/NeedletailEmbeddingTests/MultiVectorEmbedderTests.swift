import NeedletailEmbedding
import NeedletailModels
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Whole folders against sentence-transformers 6.2.0, with every kernel set of this machine.
@Suite("Vectors of tokens equal those of sentence-transformers")
struct MultiVectorEmbedderTests {
  private static let tolerance: Float = 1e-4
  private static let root = EmbeddingFixture.root.appending(path: "MultiVector")
  private static let names = SparseFixture.names(root)
  private static let roles: [(role: TextRole, label: String)] = [
    (.plain, "plain"), (.query, "query"), (.document, "document"),
  ]

  @Test("the fixtures are there")
  func fixtures() {
    #expect(Self.names.count >= 7)
  }

  @Test("texts without a role, queries and documents of every folder", arguments: names, Kernels.available)
  func vectors(_ name: String, _ kernels: Kernels) async throws {
    let fixture = try SparseFixture(Self.root, name)
    let embedder = try await MultiVectorEmbedder(
      .folder(fixture.folder), configuration: fixture.configuration(kernels: kernels), team: ComputeTeam(threads: 2))
    #expect(embedder.dimension == fixture.dimension)
    for (role, label) in Self.roles {
      let vectors = try await embedder.embed(fixture.texts, as: role)
      for (text, matrix) in vectors.enumerated() {
        let expected = try fixture.expected("\(label).\(text)")
        #expect(matrix.rows == expected.rows && matrix.columns == expected.columns, "\(label) \(text)")
        #expect(largestDifference(matrix.values, expected.values) <= Self.tolerance, "\(label) \(text)")
      }
    }
    let query = try await embedder.embed(fixture.texts[3], as: .query)
    let document = try await embedder.embed(fixture.texts[4], as: .document)
    let score = try fixture.expected("score").values[0]
    #expect(abs(embedder.score(query, document) - score) <= 1e-3)
  }

  @Test("a text's vectors are the same bits alone, in any batch and on any number of threads", arguments: names)
  func invariance(_ name: String) async throws {
    let fixture = try SparseFixture(Self.root, name)
    let texts = fixture.texts + fixture.texts.reversed()
    for precision in Precision.allCases {
      var configuration = fixture.configuration(precision: precision)
      for (role, label) in Self.roles {
        configuration.batchTokens = 1536
        let single = try await MultiVectorEmbedder(
          .folder(fixture.folder), configuration: configuration, team: ComputeTeam(threads: 1))
        var alone: [Matrix] = []
        for text in texts { alone.append(try await single.embed(text, as: role)) }
        for (threads, batchTokens) in [(1, 1), (4, 1536), (3, 100)] {
          configuration.batchTokens = batchTokens
          let embedder = try await MultiVectorEmbedder(
            .folder(fixture.folder), configuration: configuration, team: ComputeTeam(threads: threads))
          #expect(
            try await embedder.embed(texts, as: role) == alone,
            "\(label), \(threads) threads, \(batchTokens) tokens, \(precision.rawValue)")
        }
      }
    }
  }

  @Test("a score is the sum over the query of its best matches")
  func score() async throws {
    let fixture = try SparseFixture(Self.root, "fixed")
    let embedder = try await MultiVectorEmbedder(.folder(fixture.folder))
    let query = Matrix(rows: 2, columns: 2, values: [1, 0, 0, 2])
    let document = Matrix(rows: 3, columns: 2, values: [0.5, 1, 3, -1, -1, 0.25])
    #expect(embedder.score(query, document) == 3 + 2)
    #expect(embedder.score(query, Matrix(rows: 0, columns: 2)) == 0)
    #expect(try await embedder.embed([String]()).isEmpty)
  }

  /// Ways to spoil a folder, each with the word that its error names.
  private static let damages: [(fixture: String, file: String, old: String, new: String, says: String)] = [
    ("fixed", "sentence_bert_config.json", "\"fixed\"", "\"often\"", "often"),
    ("fixed", "sentence_bert_config.json", "\"length\": 12", "\"length\": 0", "length"),
    ("fixed", "sentence_bert_config.json", "\"length\": 12", "\"length\": 49", "49"),
    ("fixed", "sentence_bert_config.json", "\"attend\"", "\"attention\"", "attention"),
    ("fixed", "modules.json", "multi_vector_mask.MultiVectorMask", "token_pooling.HierarchicalTokenPooling", "Pooling"),
    ("fixed", "config_sentence_transformers.json", "MultiVectorEncoder", "SentenceTransformer", "SentenceTransformer"),
    ("least", "sentence_bert_config.json", "[UNK]", "[NONE]", "mask"),
    ("chosen", "1_Dense/config.json", "\"in_features\": 24", "\"in_features\": 23", "in_features"),
    ("colbert", "config.json", "HF_ColBERT", "BertModel", "HF_ColBERT"),
    ("colbert", "artifact.metadata", "\"query_maxlen\": 16", "\"query_maxlen\": \"16\"", "query_maxlen"),
  ]

  @Test("damaged folders are errors that name the place", arguments: damages.indices)
  func damaged(_ index: Int) async throws {
    let damage = Self.damages[index]
    let folder = try ModelCopy(copying: Self.root.appending(path: damage.fixture))
    _ = try await MultiVectorEmbedder(.folder(folder.url))
    try folder.replace(damage.old, with: damage.new, in: damage.file)
    let error = await #expect(throws: (any Error).self) { try await MultiVectorEmbedder(.folder(folder.url)) }
    #expect(error is EmbeddingError || error is ModelError, "\(type(of: error))")
    #expect("\(try #require(error))".contains(damage.says), "\(String(describing: error))")
  }
}
