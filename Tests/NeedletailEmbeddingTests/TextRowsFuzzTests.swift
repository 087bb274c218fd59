import NeedletailEmbedding
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Mutated inputs of texts")
struct TextRowsFuzzTests {
  static let seeds: [Fuzzing.Seed] = [
    ("a.txt", "one\r\ntwo\n\nthree 日本\u{0}".utf8), ("guessed.txt", "\"a\"\n\"b\\u0041\"\n".utf8),
    ("a.jsonl", "{\"text\": \"a\", \"id\": 7}\n\n\"s\"\n{\"_id\": \"x\", \"title\": \"t\", \"text\": \"b\"}\r\n".utf8),
    ("numbers.ndjson", "{\"id\": 1.5, \"text\": \"\"}\n  \t\n{\"id\": null, \"text\": \"b\"}".utf8),
  ].map { ($0.0, Array($0.1)) }

  @Test("are read or refused with their line")
  func rows() async throws {
    let report = try await Fuzzing("texts").run(Self.seeds) { input in
      let rows = try TextRows(contentsOf: try input.write(to: input.name).path)
      #expect(rows.byteCount == input.bytes.count)
      var count = 0
      while case let batch = try rows.next(3), !batch.isEmpty { count += batch.count }
      #expect(rows.bytesRead == input.bytes.count && count <= input.bytes.count(where: { $0 == 0x0A }) + 1)
    } refusal: { error in
      (error as? EmbeddingError).map { ($0.message, $0.subject) }
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
