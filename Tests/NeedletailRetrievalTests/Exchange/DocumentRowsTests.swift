import NeedletailJSON
import NeedletailRetrieval
import NeedletailTestSupport
import Testing

@Suite("Documents of JSONL files", .serialized)
struct DocumentRowsTests {
  /// All rows of a file with these lines.
  static func rows(_ text: String, name: String = "rows.jsonl") throws -> [DocumentRow] {
    try rows(Array(text.utf8), name: name)
  }

  static func rows(_ bytes: [UInt8], name: String = "rows.jsonl") throws -> [DocumentRow] {
    let folder = try TemporaryFolder()
    let rows = try DocumentRows(contentsOf: try folder.write(name, bytes))
    var found: [DocumentRow] = []
    while let row = try rows.next() { found.append(row) }
    return found
  }

  @Test("a row has id, text and metadata, and what else stands there is metadata")
  func members() throws {
    let rows = try Self.rows(
      #"{"id": "a", "text": "one", "metadata": {"year": 2020, "tags": ["x", null]}, "lang": "en"}"# + "\n\n"
        + #"{"_id": 7, "title": "Swifts", "text": "They fly.", "url": null}"# + "\r\n"
        + #"{"id": -12345678901234567890123, "text": ""}"#)
    #expect(rows.map(\.document.id) == ["a", "7", "-12345678901234567890123"])
    #expect(rows.map(\.document.text) == ["one", "Swifts They fly.", ""])
    #expect(
      rows.map { $0.document.metadata.text() } == [
        #"{"year":2020,"tags":["x",null],"lang":"en"}"#, #"{"url":null,"title":"Swifts"}"#, "{}",
      ])
    #expect(rows.allSatisfy { $0.vector == nil })
  }

  @Test("a row without an id is named by its content: the same everywhere, another for other metadata")
  func contentIds() throws {
    let rows = try Self.rows(
      "\"A swift\"\n{\"text\": \"A swift\"}\n{\"text\": \"A swift\", \"year\": 1}\n\"a swift\"\n")
    #expect(rows[0].document.id == rows[1].document.id)
    #expect(Set(rows.map(\.document.id)).count == 3)
    // printf 'A swift\xff{}' | sha256sum
    #expect(rows[0].document.id == "864fd73ff5b5f61b1ec25c822ced26b3")
  }

  @Test("a row's own vector may be called embedding or vector", arguments: ["embedding", "vector"])
  func vectors(key: String) throws {
    let rows = try Self.rows(#"{"id": 1, "text": "a", "KEY": [0.25, -1, 3e-2]}"#.replacing("KEY", with: key))
    #expect(rows[0].vector == [0.25, -1, 0.03])
    #expect(rows[0].document.metadata.text() == "{}")
  }

  @Test(
    "a row that would not be kept as it stands is refused, with its line",
    arguments: [
      (#"{"id": 1}"#, "has no \"text\""), (#"{"id": "", "text": "a"}"#, "the id is empty"),
      (#"{"id": 1, "_id": 2, "text": "a"}"#, "two ids"), (#"{"id": 1.5, "text": "a"}"#, "found a number"),
      (#"{"id": ["a"], "text": "a"}"#, "found an array"),
      (#"{"id": "\ud800", "text": "a"}"#, "half of a surrogate pair"),
      (#"{"text": 1}"#, "\"text\" should be a string"),
      (#"{"text": "a", "title": {}}"#, "\"title\" should be a string"),
      (#"{"text": "a", "metadata": [1]}"#, "\"metadata\" should be an object"),
      (#"{"text": "a", "text": "b"}"#, "stands there twice"),
      (#"{"text": "a", "metadata": {"k": 1, "k": 2}}"#, "stands there twice"),
      (#"{"text": "a", "metadata": {"k": {"l": 1, "l": 2}}}"#, "stands there twice"),
      (#"{"text": "a", "k": 1, "metadata": {"k": 2}}"#, "in the row and in its metadata"),
      (#"{"text": "a", "n": 9223372036854775808}"#, "64 bits"), (#"{"text": "a", "n": [1e400]}"#, "64 bits"),
      (#"{"text": "a", "vector": [1, "2"]}"#, "should hold numbers"),
      (#"{"text": "a", "vector": [1e39]}"#, "float32"), (#"{"text": "a", "vector": "x"}"#, "array of numbers"),
      (#"{"text": "a", "vector": [1], "embedding": [1]}"#, "two vectors"), ("[1]", "jq"), ("7", "found a number"),
      (#"{"text": "a""#, "column"), ("plain text", "column"),
    ])
  func refusals(line: String, message: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("rows.jsonl", "\"first\"\n\n\(line)\n\"last\"\n")
    let rows = try DocumentRows(contentsOf: path)
    _ = try rows.next()
    let error = #expect(throws: RetrievalError.self) { try rows.next() }
    #expect(error?.code == .malformed && error?.subject == path + ":3")
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
  }

  @Test("bytes that are not UTF-8 are refused wherever they stand", arguments: [0, 1, 2])
  func encodings(place: Int) throws {
    let parts = [#"{"id": "a"#, #"", "text": "b"#, #"", "metadata": {"c": "d"#, #""}}"#].map { Array($0.utf8) }
    let bad: [UInt8] = Array(parts[...place].joined()) + [0xFF] + Array(parts[(place + 1)...].joined())
    let error = #expect(throws: RetrievalError.self) { try Self.rows(bad) }
    #expect(error?.code == .malformed && error?.message.contains("UTF-8") == true)
    #expect(try Self.rows(Array(parts.joined())).count == 1)
  }

  @Test("U+FFFD in an id is a character like any other, as itself or as an escape")
  func replacementCharacters() throws {
    let rows = try Self.rows("{\"id\": \"\u{FFFD}a\", \"text\": \"\"}\n" + #"{"id": "\ufffdb", "text": ""}"#)
    #expect(rows.map(\.document.id) == ["\u{FFFD}a", "\u{FFFD}b"])
  }

  @Test("rows before a broken one are given before the error, some at a time")
  func batches() throws {
    let folder = try TemporaryFolder()
    let lines = (0..<10).map { "{\"id\": \($0), \"text\": \"0123456789\"}" } + ["{"]
    let rows = try DocumentRows(contentsOf: try folder.write("rows.jsonl", lines.joined(separator: "\n")))
    #expect(try rows.next(4).map(\.document.id) == ["0", "1", "2", "3"])
    #expect(try rows.next(100, bytes: 15).map(\.document.id) == ["4", "5"])
    #expect(try rows.next(100).map(\.document.id) == ["6", "7", "8", "9"])
    let error = #expect(throws: RetrievalError.self) { try rows.next(100) }
    #expect(error?.subject.hasSuffix("rows.jsonl:11") == true)
  }

  @Test("a file that is none is an error that names it")
  func missing() throws {
    let folder = try TemporaryFolder()
    for path in [folder.path, folder.path + "/absent.jsonl"] {
      let error = #expect(throws: RetrievalError.self) { try DocumentRows(contentsOf: path) }
      #expect(error?.code == .unreadable && error?.subject == path)
    }
  }
}
