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
@Suite("Sparse vectors of a folder equal those of sentence-transformers")
struct SparseEmbedderTests {
  private static let tolerance: Float = 1e-4
  private static let names = SparseFixture.names(SparseFixture.sparse)

  @Test("the fixtures are there")
  func fixtures() {
    #expect(Self.names.count >= 13)
  }

  @Test("every case of every folder", arguments: names, Kernels.available)
  func vectors(_ name: String, _ kernels: Kernels) async throws {
    let fixture = try SparseFixture(SparseFixture.sparse, name)
    #expect(!fixture.cases.isEmpty)
    for settings in fixture.cases {
      let embedder = try await SparseEmbedder(
        .folder(fixture.folder), configuration: fixture.configuration(settings, kernels: kernels),
        team: ComputeTeam(threads: 2))
      #expect(embedder.dimension == fixture.dimension)
      let expected = try fixture.expected("case.\(settings.index)")
      let vectors = try await embedder.embed(fixture.texts, as: settings.role, limit: settings.limit)
      #expect(vectors.count == expected.rows && expected.rows > 10)
      for (row, vector) in vectors.enumerated() {
        #expect(zip(vector.indices, vector.indices.dropFirst()).allSatisfy(<))
        #expect(vector.values.allSatisfy { $0 > 0 })
        let difference = largestDifference(Self.dense(vector, fixture.dimension), expected[row: row])
        #expect(difference <= Self.tolerance, "\(settings.name), text \(row)")
        let wanted = expected[row: row].count { $0 > Self.tolerance }
        #expect(vector.values.count { $0 > Self.tolerance } == wanted, "\(settings.name), text \(row)")
      }
    }
  }

  @Test("words come with the heaviest first", arguments: names)
  func words(_ name: String) async throws {
    let fixture = try SparseFixture(SparseFixture.sparse, name)
    let embedder = try await SparseEmbedder(.folder(fixture.folder), team: ComputeTeam(threads: 2))
    let vectors = try await embedder.embed(fixture.texts)
    if fixture.words.isEmpty { #expect(embedder.words(of: vectors[2]).isEmpty) }
    for (vector, expected) in zip(vectors, fixture.words) {
      let words = embedder.words(of: vector, limit: 5)
      #expect(words.count == expected.count)
      for (word, wanted) in zip(words, expected) { #expect(abs(Double(word.weight) - wanted.weight) <= 1e-4) }
      // Words of equal weight have no order that both would know.
      if Set(expected.map { Int($0.weight * 1e3) }).count == expected.count {
        #expect(words.map(\.token) == expected.map(\.token))
      }
    }
  }

  @Test("a text's vector is the same bits alone, in any batch and on any number of threads", arguments: names)
  func invariance(_ name: String) async throws {
    let fixture = try SparseFixture(SparseFixture.sparse, name)
    let texts = fixture.texts + fixture.texts.reversed() + (0..<30).map { "swift bird \($0) over the old tower" }
    for precision in Precision.allCases {
      var configuration = fixture.configuration(precision: precision)
      let single = try await SparseEmbedder(
        .folder(fixture.folder), configuration: configuration, team: ComputeTeam(threads: 1))
      var alone: [SparseVector] = []
      for text in texts { alone.append(try await single.embed(text, as: .document)) }
      for (threads, batchTokens) in [(1, 1), (2, 50), (4, 1536), (1, 100_000), (4, 300)] {
        configuration.batchTokens = batchTokens
        let embedder = try await SparseEmbedder(
          .folder(fixture.folder), configuration: configuration, team: ComputeTeam(threads: threads))
        let together = try await embedder.embed(texts, as: .document)
        #expect(together == alone, "\(threads) threads, \(batchTokens) tokens, \(precision.rawValue)")
      }
    }
  }

  @Test("int8 and bf16 stay near float32", arguments: ["splade-max", "splade-sum"], [Precision.int8, .bfloat16])
  func narrow(_ name: String, _ precision: Precision) async throws {
    let fixture = try SparseFixture(SparseFixture.sparse, name)
    let exact = try await SparseEmbedder(.folder(fixture.folder)).embed(fixture.texts)
    let narrow = try await SparseEmbedder(
      .folder(fixture.folder), configuration: fixture.configuration(precision: precision)
    ).embed(fixture.texts)
    for (one, other) in zip(exact, narrow) {
      let cosine = cosine(Self.dense(one, fixture.dimension), Self.dense(other, fixture.dimension))
      #expect(cosine >= (precision == .int8 ? 0.97 : 0.999), "\(cosine)")
    }
  }

  @Test("the dot product of sparse vectors is that of dense ones, and the largest features stay")
  func arithmetic() {
    let one = SparseVector(indices: [1, 4, 7, 9], values: [2, 3, 0.5, 3])
    let other = SparseVector(indices: [0, 4, 9, 12], values: [5, 2, 4, 1])
    #expect(one.dot(other) == 18)
    #expect(one.dot(SparseVector()) == 0)
    #expect(one.keeping(2) == SparseVector(indices: [4, 9], values: [3, 3]))
    #expect(one.keeping(1) == SparseVector(indices: [4], values: [3]))
    #expect(one.keeping(9) == one)
    #expect(one.keeping(0) == SparseVector())
  }

  @Test("no texts give no vectors; what the model cannot do is an error")
  func requests() async throws {
    let fixture = try SparseFixture(SparseFixture.sparse, "splade-max")
    let embedder = try await SparseEmbedder(.folder(fixture.folder))
    #expect(try await embedder.embed([String]()).isEmpty)
    await #expect(throws: EmbeddingError.self) { try await embedder.embed(["a"], limit: 0) }
    await #expect(throws: EmbeddingError.self) { try await SparseEmbedder(.bundled) }
    await #expect(throws: EmbeddingError.self) {
      try await SparseEmbedder(.folder(EmbeddingFixture("pooling-mean").folder))
    }
    let error = await #expect(throws: EmbeddingError.self) { try await Embedder(.folder(fixture.folder)) }
    #expect(error?.description.contains("SparseEncoder") == true)
  }

  /// Ways to spoil a folder, each with the file and the word that its error names.
  private static let damages: [(fixture: String, file: String, old: String, new: String, says: String)] = [
    ("splade-max", "1_SpladePooling/config.json", "\"max\"", "\"mean\"", "mean"),
    ("splade-max", "1_SpladePooling/config.json", "\"relu\"", "\"gelu\"", "gelu"),
    ("splade-max", "modules.json", "SpladePooling\"", "Pooling\"", "Pooling"),
    ("splade-max", "sentence_bert_config.json", "fill-mask", "text-generation", "text-generation"),
    ("splade-max", "config_sentence_transformers.json", "SparseEncoder", "CrossEncoder", "CrossEncoder"),
    ("splade-max", "config.json", "\"bert\"", "\"bert-generation\"", "bert-generation"),
    ("splade-limit", "config_sentence_transformers.json", "_dims\": 9", "_dims\": 0", "max_active_dims"),
    ("features", "2_SparseAutoEncoder/config.json", "\"input_dim\": 24", "\"input_dim\": 25", "input_dim"),
    ("features", "2_SparseAutoEncoder/config.json", "\"k\": 6", "\"k\": 61", "k"),
    ("weights-listed", "idf.json", "\"swift\"", "\"albatross\"", "albatross"),
    ("weights-listed", "config.json", "idf.json", "../idf.json", "../idf.json"),
    ("weights-listed", "config.json", "idf.json", "none.json", "none.json"),
    ("router", "router_config.json", "\"query\": [", "\"image\": [", "image"),
    ("router", "router_config.json", "_route\": \"document\"", "_route\": \"text\"", "default_route"),
    (
      "router", "router_config.json", "\"route_mappings\": {}",
      "\"route_mappings\": {\"('query', 'text')\": \"query\"}",
      "route_mappings"
    ),
    ("router", "router_config.json", "sparse_encoder.modules.splade_pooling.SpladePooling", "base.modules.x.Y", "x.Y"),
  ]

  @Test("damaged folders are errors that name the place", arguments: damages.indices)
  func damaged(_ index: Int) async throws {
    let damage = Self.damages[index]
    let folder = try ModelCopy(copying: SparseFixture.sparse.appending(path: damage.fixture))
    _ = try await SparseEmbedder(.folder(folder.url))
    try folder.replace(damage.old, with: damage.new, in: damage.file)
    let error = await #expect(throws: (any Error).self) { try await SparseEmbedder(.folder(folder.url)) }
    #expect(error is EmbeddingError || error is ModelError, "\(type(of: error))")
    #expect("\(try #require(error))".contains(damage.says), "\(String(describing: error))")
  }

  @Test("weights that are no numbers give an error, whatever the maximum hides")
  func notANumber() async throws {
    for (fixture, file) in [
      ("splade-max", "model.safetensors"), ("features", "2_SparseAutoEncoder/model.safetensors"),
      ("weights", "model.safetensors"),
    ] {
      let folder = try ModelCopy(copying: SparseFixture.sparse.appending(path: fixture))
      try folder.spoilNumbers(file)
      await #expect(throws: (any Error).self, "\(fixture)") {
        try await SparseEmbedder(.folder(folder.url)).embed(["a swift"])
      }
    }
  }

  private static func dense(_ vector: SparseVector, _ dimension: Int) -> [Float] {
    var dense = [Float](repeating: 0, count: dimension)
    for (index, value) in zip(vector.indices, vector.values) { dense[Int(index)] = value }
    return dense
  }
}

extension ModelCopy {
  /// Makes every number of a weights file none.
  fileprivate func spoilNumbers(_ path: String) throws {
    var bytes = try bytes(path)
    let start = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
    for index in start..<bytes.count { bytes[index] = 0xff }
    try write(bytes, to: path)
  }
}
