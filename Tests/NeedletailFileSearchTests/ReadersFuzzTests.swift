import Foundation
import NeedletailFileSearch
import NeedletailTestSupport
import Testing

@Suite("Mutated documents")
struct ReadersFuzzTests {
  static let seeds: [FileKind: [Fuzzing.Seed]] = [
    .prose: [("a.txt", "One. Two\n\nThree 日本。".utf8)],
    .markup: [("a.md", "# A\n\nB\n==\n\n- c\n\n## D\ne".utf8)],
    .html: [
      ("a.html", "<p a='b'>x &amp; y</p><script>z</script><!-- c --><ul><li>&#65;&eacute;</ul>".utf8),
      (
        "b.html", "<!DOCTYPE html><html><head><title>T</title><style>p > a {}</style></head><body><h1>H</h1>a<br>b".utf8
      ),
    ],
    .jsonLines: [("a.jsonl", "{\"text\": \"a\\u0041\", \"id\": 1, \"metadata\": {\"k\": [1.5, null]}}\n\"s\"\n".utf8)],
    .commaTable: [("a.csv", "id,text\n1,\"a \"\"b\"\"\nc\"\n".utf8), ("b.csv", "1,Hello,2\r\n3,World,4\r\n".utf8)],
    .tabTable: [("a.tsv", "a\tb\n\"c\"\td\n".utf8), ("b.tsv", "title\ttext\textra\nT\tBody \"quoted\tX\n".utf8)],
    .code: [("a.c", "int f() {\n  return 1;\n}\n\nint g;\n".utf8)],
  ].mapValues { $0.map { ($0.0, Array($0.1)) } }
  /// "a😀" and a line end, after the mark of UTF-16.
  static let wide: Fuzzing.Seed = ("wide.txt", [0xFF, 0xFE, 0x61, 0, 0x3D, 0xD8, 0, 0xDE, 0x0A, 0])

  @Sendable static func counts(_ texts: [String]) -> [Int] {
    texts.map { text in text.utf8.split { $0 <= 0x20 || (0x21...0x2F).contains($0) }.count }
  }

  @Sendable static func check(_ found: (passages: [Passage], warnings: [FileSearchError])) {
    #expect(found.passages.allSatisfy { $0.firstLine >= 1 && $0.lastLine >= $0.firstLine && !$0.text.isEmpty })
    #expect(found.warnings.allSatisfy { !$0.subject.isEmpty && !$0.message.isEmpty })
  }

  @Test("texts of every kind are read, whatever they hold", arguments: FileKind.allCases)
  func texts(kind: FileKind) async throws {
    let seeds = try #require(Self.seeds[kind]) + (kind == .prose ? [Self.wide] : [])
    let report = try await Fuzzing("documents, \(kind.rawValue)").run(seeds) { input in
      Self.check(try Passages.read(input.bytes, name: input.name, target: 8, countTokens: Self.counts))
    } refusal: { _ in
      nil
    }
    #expect(report.problems == [])
  }

  @Test("compressed files are read or refused")
  func compressed() async throws {
    // `printf … | gzip -9n`, and the same twice over: a file may have several members.
    let member = try #require(
      Data(
        base64Encoded:
          "H4sIAAAAAAACA/PPS9VRKCnPBxIZRampegrPpi99NmfN44YmLi63/NIihaT8lEqF8ozUPK6czLxUhcS0ktQiBRBTRwFNQI8LAL/ahApNAAAA"
      ))
    let stored: [UInt8] = [
      0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 5, 0, 0xFA, 0xFF, 0x68, 0x65, 0x6C, 0x6C, 0x6F, 0x86, 0xA6, 0x10, 0x36, 5,
      0,
      0, 0,
    ]
    let seeds: [Fuzzing.Seed] = [
      ("stored.txt.gz", stored), ("members.txt.gz", stored + stored), ("deflated.txt.gz", [UInt8](member)),
      ("table.csv.gz", stored), ("page.html.gz", stored),
    ]
    let report = try await Fuzzing("documents, gzip").run(seeds) { input in
      let file = try input.write(to: input.name)
      Self.check(try Passages.read(file.path, target: 8, countTokens: Self.counts))
    } refusal: {
      ($0 as? FileSearchError).map { ($0.message, $0.subject) }
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
