import Foundation
import NeedletailJSON
import NeedletailRetrieval
import NeedletailTestSupport
import Testing

@Suite("Documents written to files", .serialized)
struct DocumentWriterTests {
  static let documents = [
    Document(id: "1", text: "plain"), Document(id: "a b/\"c\"", text: "two\nlines\u{0}\u{2028}☃"),
    Document(
      id: "☃", text: "Swifts They fly.",
      metadata: .object(["title": .string("Swifts"), "year": .integer(2020), "deep": .object(["x": .array([.null])])])),
    Document(id: "t", text: "Other text", metadata: .object(["title": .string("Swifts")])),
    Document(id: "e", text: "", metadata: .object(["title": .string("")])),
  ]

  /// What a file must give back, as text to compare.
  static func shown(_ documents: [Document]) -> [String] {
    documents.map { document in
      // A title of the row is the last member when it is read back.
      var members: [String] = []
      if case .object(let pairs) = document.metadata {
        members = pairs.map { "\($0.key): \($0.value.text())" }.sorted()
      }
      return "\(document.id) | \(document.text) | \(members)"
    }
  }

  @Test("are read back the same, in either layout", arguments: [DocumentWriter.Layout.documents, .corpus])
  func roundTrip(layout: DocumentWriter.Layout) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/documents.jsonl"
    let writer = try DocumentWriter(path, layout: layout)
    for document in Self.documents { try writer.append(document) }
    #expect(!FileManager.default.fileExists(atPath: path))
    try writer.finish()
    let rows = try DocumentRows(contentsOf: path)
    var found: [Document] = []
    while let row = try rows.next() { found.append(row.document) }
    #expect(Self.shown(found) == Self.shown(Self.documents))
  }

  @Test("have the members that each layout names, a title of its own in BEIR's")
  func members() throws {
    let folder = try TemporaryFolder()
    var lines: [[String]] = []
    for layout in [DocumentWriter.Layout.documents, .corpus] {
      let path = folder.path + "/out.jsonl"
      let writer = try DocumentWriter(path, layout: layout)
      try writer.append(Self.documents[2])
      try writer.finish()
      let root = try JSONDocument(parsing: [UInt8](try Data(contentsOf: URL(filePath: path)))).root
      lines.append(
        root.members.map { String(decoding: $0.key, as: UTF8.self) + "=" + JSONValue(copying: $0.value).text() })
    }
    #expect(
      lines[0] == [
        #"id="☃""#, #"text="Swifts They fly.""#, #"metadata={"title":"Swifts","year":2020,"deep":{"x":[null]}}"#,
      ])
    #expect(
      lines[1] == [
        #"_id="☃""#, #"title="Swifts""#, #"text="They fly.""#, #"metadata={"year":2020,"deep":{"x":[null]}}"#,
      ])
  }

  @Test("a place that cannot be written is an error that names it")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: RetrievalError.self) { try DocumentWriter(folder.path + "/absent/a.jsonl") }
    #expect(error?.code == .unwritable && error?.subject == folder.path + "/absent/a.jsonl")
  }
}
