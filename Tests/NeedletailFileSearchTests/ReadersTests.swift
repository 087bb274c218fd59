import Foundation
import NeedletailFileSearch
import NeedletailTestSupport
import Testing

@Suite("Readers")
struct ReadersTests {
  func read(_ name: String, _ bytes: [UInt8]) throws -> (passages: [Passage], warnings: [FileSearchError]) {
    try Passages.read(bytes, name: name, target: 40) { $0.map { WordModel.words($0).count } }
  }

  func texts(_ name: String, _ text: String) throws -> [String] {
    try read(name, Array(text.utf8)).passages.map { "\($0.firstLine): \($0.text)" }
  }

  @Test("tags, scripts, styles and comments go, references are decoded, blocks end paragraphs")
  func html() throws {
    let page = """
      <!DOCTYPE html><html><head><title>T &amp; U</title>
      <style>p > a { x: "<p>" }</style><script>if (a < b) { "</p>" }</script></head>
      <body class="a>b"><!-- <p>gone</p> --
      still --><p>One&nbsp;two <b>th</b>ree
      four</p><p>&lt;x&gt; &eacute;&#233;&#xe9; &unknown; a & b 1 < 2 &copy=2<br>next</p>
      <ul><li>first<li>second</ul><img alt="a > b"/><SCRIPT>no</SCRIPT >end
      """
    let found = try texts("a.html", page)
    #expect(
      found.joined(separator: "\n\n") == """
        1: T & U

        One two three four

        <x> ééé &unknown; a & b 1 < 2 &copy=2 next

        first

        second

        end
        """)
  }

  @Test("an HTML passage knows its lines")
  func htmlLines() throws {
    let words = String(repeating: "many words stand in here ", count: 7)
    let found = try read("a.htm", Array("<p>\n\n\(words)</p>\n<p\nclass=x>\n\(words)\nlast</p>".utf8)).passages
    #expect(found.map(\.firstLine) == [3, 6] && found.map(\.lastLine) == [3, 7])
  }

  @Test(
    "tables keep quoted commas, quotation marks and line ends",
    arguments: [
      ("a.csv", "id,text\n1,\"a, \"\"b\"\"\nc\"\n2,plain\n", ["2: a, \"b\"\nc", "4: plain"]),
      ("a.csv", "1,Hello,2\n3,World,4\n", ["1: Hello", "2: World"]),
      ("a.csv", "name,city\r\nAnn,Oslo\r\n", ["2: Ann; Oslo"]),
      ("a.csv", "name\n\"never closed\nb\nc\n", ["2: \"never closed", "3: b", "4: c"]),
      ("a.tsv", "title\ttext\textra\nT\tBody \"quoted\tX\n", ["2: T\n\nBody \"quoted"]),
      ("a.tsv", "a\tb\n\"open\tb c\n", ["2: \"open; b c"]),
      ("a.csv", "", []), ("a.csv", "\n\n", []),
    ])
  func tables(name: String, text: String, expected: [String]) throws {
    #expect(try texts(name, text) == expected)
  }

  @Test("a table in which every row opens a quotation that never ends is read line by line, and soon")
  func endlessQuotations() throws {
    let text = "a,b\n" + String(repeating: "x\",\"y\n", count: 60_000)
    var found: [Passage] = []
    let time = try ContinuousClock().measure { found = try read("a.csv", Array(text.utf8)).passages }
    #expect(found.count == 60_000 && found.allSatisfy { $0.text == "x\"; \"y" })
    #expect(time < .seconds(20))
  }

  @Test("lines of JSON that cannot be read are counted and named, the others are read")
  func jsonLines() throws {
    let found = try read(
      "a.jsonl", Array("\"a\"\n{bad\n\n[1]\n{\"text\": \"b\", \"_id\": \"x\"}\n{\"title\": \"t\"}\n".utf8))
    #expect(found.passages.map(\.text) == ["a", "b"] && found.passages.map(\.id) == [nil, "x"])
    #expect(found.warnings.count == 1 && found.warnings[0].code == .malformed)
    #expect(found.warnings[0].subject.hasSuffix("a.jsonl:2") && found.warnings[0].message.contains("2 more lines"))
  }

  /// A text with its byte order mark.
  func utf16(_ text: String, bigEndian: Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    for unit in [0xFEFF] + Array(text.utf16) {
      let (high, low) = (UInt8(unit >> 8), UInt8(unit & 255))
      bytes += bigEndian ? [high, low] : [low, high]
    }
    return bytes
  }

  @Test("UTF-16 with a mark, UTF-8 with a mark and invalid UTF-8 are read")
  func encodings() throws {
    let text = "Grüße 😀 end"
    let little = utf16(text, bigEndian: false)
    let big = utf16(text, bigEndian: true)
    for bytes in [little, big, [0xEF, 0xBB, 0xBF] + Array(text.utf8), Array(text.utf8)] {
      #expect(try read("a.txt", bytes).passages.map(\.text) == [text])
    }
    #expect(try read("a.txt", little + [0x41]).passages.map(\.text) == [text + "\u{FFFD}"])
    #expect(try read("a.txt", [0x61, 0xFF, 0x62]).passages.map(\.text) == ["a\u{FFFD}b"])
  }

  @Test(
    "a text without a name is lines of JSON where the first two are records",
    arguments: [
      ("{\"text\": \"a\"}\n{\"text\": \"b\"}\n", FileKind.jsonLines), ("\"a\"\n\n\"b\"", .jsonLines),
      ("\u{FEFF}{\"text\": \"a\", \"id\": 1}", .jsonLines), ("{\"text\": \"a\"}\r\n", .jsonLines),
      ("\"Yes,\" she said.\n", .prose), ("\"Yes.\"\nShe went.\n", .prose), ("{\n  \"text\": \"a\"\n}\n", .prose),
      ("{\"a\": 1}\n", .prose), ("", .prose), ("plain", .prose), ("{bad\n", .prose),
    ])
  func sniffing(text: String, kind: FileKind) {
    #expect(FileKind(sniffing: Array(text.utf8)) == kind)
  }

  @Test("a long UTF-16 text keeps its surrogate pairs at the seams")
  func longUTF16() throws {
    let text = String(repeating: "a😀", count: 50_000)
    let bytes = utf16(text, bigEndian: false)
    #expect(try read("a.txt", bytes).passages.map(\.text).joined() == text)
  }

  @Test("compressed text is read, and damaged data is an error, not a crash")
  func gzip() throws {
    let folder = try TemporaryFolder()
    let lines = (0..<20_000).map { "Line number \($0) of the text." }.joined(separator: "\n")
    try folder.write("a.txt", lines)
    guard try output(of: ["gzip", "a.txt"], in: folder.path) != nil else { return }
    let count: ([String]) -> [Int] = { $0.map { WordModel.words($0).count } }
    let found = try Passages.read(folder.path + "/a.txt.gz", target: 40, countTokens: count).passages
    #expect(found.last?.lastLine == 20_000)
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: folder.path + "/a.txt.gz")))
    // Several members, and then something else.
    let twice = try folder.write("twice.txt.gz", bytes + bytes + Array("rest".utf8))
    #expect(try Passages.read(twice, target: 40, countTokens: count).passages.last?.lastLine == 39_999)
    let plain = try folder.write("plain.txt.gz", "x")
    #expect(try Passages.read(plain, target: 40, countTokens: count).passages.map(\.text) == ["x"])
    bytes.removeLast(bytes.count / 2)
    let cut = try folder.write("b.txt.gz", bytes)
    #expect { try Passages.read(cut, target: 40, countTokens: count) } throws: {
      ($0 as? FileSearchError)?.code == .malformed
    }
  }
}
