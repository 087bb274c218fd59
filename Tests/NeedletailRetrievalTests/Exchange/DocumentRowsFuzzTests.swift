import NeedletailRetrieval
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Mutated files of documents", .serialized)
struct DocumentRowsFuzzTests {
  @Test(
    "are read or refused with their line; ids and texts are what can be kept", arguments: DocumentRows.Format.allCases)
  func rows(format: DocumentRows.Format) async throws {
    let seeds: [Fuzzing.Seed] =
      switch format {
      case .jsonl:
        [
          (
            "objects",
            Array(
              #"{"id": "a", "title": "T", "text": "x é", "metadata": {"k": [1, 2.5e3, "\ud83d\ude00"]}, "n": 1}"#.utf8)
          ),
          ("vectors", Array("{\"_id\": 7, \"text\": \"\", \"vector\": [0.5, -1e-3]}\n\"string\"\n".utf8)),
        ]
      default:
        [
          ("plain", Array("id,text,year\n1,one,2020\n2,two,\n".utf8)),
          ("quoted", Array("id\ttext\n\"1\"\t\"a \"\"b\"\"\tc\nd\"\r\n2\t\n".utf8)),
        ].filter { $0.0 == "plain" || format == .tsv }.map { name, bytes in
          (name, format == .tsv ? bytes.map { $0 == 0x2C ? 0x09 : $0 } : bytes)
        }
      }
    let report = try await Fuzzing("\(format.rawValue) documents").run(seeds) { input in
      let rows = try DocumentRows(contentsOf: try input.write(to: "rows").path, format: format)
      while let row = try rows.next() {
        #expect(!row.document.id.isEmpty)
      }
    } refusal: { error in
      (error as? RetrievalError).map { ($0.message, $0.subject) }
    }
    #expect(report.problems == [] && report.isMixed)
  }
}
