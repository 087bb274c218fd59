import NeedletailEmbedding
import NeedletailJSON
import NeedletailTensor
import NeedletailTestSupport
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The real all-MiniLM-L6-v2 against sentence-transformers 6.2.0 (`Tools/reference/minilm_goldens.py`).
@Suite(
  "The real all-MiniLM-L6-v2",
  .enabled(
    if: SharedData.miniLM != nil,
    "all-MiniLM-L6-v2 is missing: run `make model`, or name its folder by NEEDLETAIL_MINILM"))
struct MiniLMTests {
  /// One line of `texts.jsonl`.
  private struct Row: Sendable {
    let text: String
    /// Special tokens included, before the text is cut.
    let tokens: Int
  }

  private static func rows() throws -> [Row] {
    let file = EmbeddingFixture.root.appending(path: "minilm/texts.jsonl")
    return try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")).map { line in
      let json = try JSONDocument(parsing: Array(line), subject: file.path).root
      return Row(text: try json.string("text"), tokens: try json.integer("tokens"))
    }
  }

  private static func golden(_ name: String) throws -> TensorStore {
    try TensorStore(folder: EmbeddingFixture.root.appending(path: "minilm"), name: name)
  }

  private static func embedder(_ kernels: Kernels, _ precision: Precision = .float32) async throws -> Embedder {
    var configuration = EmbedderConfiguration()
    configuration.kernels = kernels
    configuration.precision = precision
    return try await Embedder(.folder(try #require(SharedData.miniLM)), configuration: configuration)
  }

  @Test("vectors of texts of every length and many scripts", arguments: Kernels.available)
  func vectors(_ kernels: Kernels) async throws {
    let rows = try Self.rows()
    #expect(rows.count >= 330)
    let embedder = try await Self.embedder(kernels)
    #expect(embedder.maximumLength == 256 && embedder.normalizes && embedder.warning == nil)
    let expected = try Self.golden("embeddings").floats(
      "embeddings", shape: [rows.count, 384], kernels: kernels
    ).values
    // The plain kernels take a minute for all texts; every sixteenth is of another length and script.
    let takesAll = kernels.name == Kernels.available.last?.name || SharedData.runsSlowTests
    let chosen = Array(stride(from: 0, to: rows.count, by: takesAll ? 1 : 16))
    let vectors = try await embedder.embed(chosen.map { rows[$0].text })
    #expect(vectors.rows == chosen.count && vectors.columns == 384)
    for (row, index) in chosen.enumerated() {
      let wanted = expected[index * 384..<(index + 1) * 384]
      let difference = largestDifference(vectors[row: row], wanted)
      #expect(difference <= 2e-5, "text \(index): \(rows[index].text.prefix(40))")
      #expect(cosine(vectors[row: row], wanted) >= 0.99999, "text \(index)")
    }
  }

  /// Odd texts in many scripts; the average over real ones is tested where the public test sets are.
  @Test("narrow precisions stay near the vectors of float32", arguments: Kernels.available)
  func precisions(_ kernels: Kernels) async throws {
    let rows = try Self.rows()
    let expected = try Self.golden("embeddings").floats(
      "embeddings", shape: [rows.count, 384], kernels: kernels
    ).values
    let takesAll = kernels.name == Kernels.available.last?.name || SharedData.runsSlowTests
    let chosen = Array(stride(from: 0, to: rows.count, by: takesAll ? 1 : 16))
    for (precision, least) in [(Precision.bfloat16, 0.9995), (.int8, 0.995)] {
      let vectors = try await Self.embedder(kernels, precision).embed(chosen.map { rows[$0].text })
      let cosines = chosen.enumerated().map { row, index in
        cosine(vectors[row: row], expected[index * 384..<(index + 1) * 384])
      }
      for (index, cosine) in zip(chosen, cosines) { #expect(cosine >= least, "text \(index), \(precision)") }
    }
  }

  @Test("token counts, before and after a text is cut")
  func tokenCounts() async throws {
    let rows = try Self.rows()
    let embedder = try await Self.embedder(try #require(Kernels.available.last))
    let counts = try await embedder.tokenCounts(rows.map(\.text))
    for (index, row) in rows.enumerated() {
      #expect(counts[index] == min(row.tokens, 256), "text \(index)")
      #expect(try embedder.tokenizer.encode(row.text).ids.count == row.tokens, "text \(index)")
    }
  }

  @Test("token states before pooling", arguments: Kernels.available)
  func tokenStates(_ kernels: Kernels) async throws {
    let rows = try Self.rows()
    let golden = try Self.golden("token_states")
    #expect(golden.names.count >= 8)
    let embedder = try await Self.embedder(kernels)
    for name in golden.names {
      let index = try #require(name.split(separator: ".").last.flatMap { Int($0) })
      let layers = try #require(try await embedder.tokenStates([rows[index].text], allLayers: true).first)
      #expect(layers.count == 7)
      let states = try #require(layers.last)
      let expected = try golden.floats(name, shape: [states.rows, 384], kernels: kernels).values
      #expect(states.rows == rows[index].tokens)
      #expect(largestDifference(states.values, expected) <= 1e-4, "text \(index)")
    }
  }
}
