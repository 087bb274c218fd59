import NeedletailJSON
import Testing

@Suite("JSON documents")
struct JSONDocumentTests {
  @Test("values read back as they were written")
  func roundTrip() throws {
    let value = JSONValue.object([
      "text": .string("a\"\\\n\u{1}é😀"), "numbers": .array([.integer(-3), .float(0.1), .double(.nan)]),
      "none": .null, "yes": .boolean(true),
    ])
    for indented in [false, true] {
      let root = try JSONDocument(parsing: value.text(indented: indented)).root
      #expect(root["text"]?.string == "a\"\\\n\u{1}é😀")
      #expect(root["numbers"]?.elements.map { $0.double } == [-3, 0.1, nil])
      #expect(root["none"]?.isNull == true)
      #expect(root["yes"]?.boolean == true)
    }
  }

  @Test("keys that differ only in Unicode normalization stay apart")
  func bytewiseKeys() throws {
    let root = try JSONDocument(parsing: "{\"\u{E9}\": 1, \"e\u{301}\": 2}").root
    #expect(root["\u{E9}"]?.integer == 1)
    #expect(root["e\u{301}"]?.integer == 2)
  }

  @Test("surrogate pairs join and lone surrogates are replaced")
  func surrogates() throws {
    #expect(try JSONDocument(parsing: #""\ud83d\ude00""#).root.string == "😀")
    #expect(try JSONDocument(parsing: #""a\ud83dz""#).root.string == "a\u{FFFD}z")
  }

  @Test(
    "malformed text is refused",
    arguments: [
      "", " ", "{", "[1,", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "01", "1.", "1e", "-", "tru", "\"", "\"\\x\"",
      "\"\\u12\"", "[1 2]", "1 1", "\"\u{1}\"", "nan", "{\"a\":1,}", "]",
    ])
  func malformed(text: String) {
    #expect(throws: JSONError.self) { try JSONDocument(parsing: text) }
  }

  @Test("deep nesting is refused before the stack ends")
  func depth() {
    let text = String(repeating: "[", count: 1_000_000)
    #expect(throws: JSONError.self) { try JSONDocument(parsing: text) }
  }

  @Test("an error names the file, the line and the key")
  func placement() throws {
    let root = try JSONDocument(parsing: "{\n  \"layers\": \"six\"\n}", subject: "config.json").root
    let error = #expect(throws: JSONError.self) { try root.integer("layers") }
    #expect(error?.description == "config.json:2:14: \"layers\" should be a whole number, found a string")
  }
}
