import Foundation
import NeedletailJSON
import NeedletailRetrieval
import NeedletailTestSupport
import Testing

@Suite("Documents of tables", .serialized)
struct TableRowsTests {
  /// A table that Python's csv module wrote, and the rows that it reads there.
  struct Golden: Sendable, CustomTestStringConvertible {
    let format: String
    let bytes: [UInt8]
    let rows: [[String]]
    var testDescription: String { "\(format) of \(bytes.count) bytes" }

    static func all() throws -> [Golden] {
      let file = SharedData.repository.appending(path: "Tests/NeedletailRetrievalTests/Fixtures/tables.json")
      let json = try JSONDocument(parsing: [UInt8](try Data(contentsOf: file))).root
      return try json.value("tables").elements.map { table in
        Golden(
          format: try table.string("format"),
          bytes: [UInt8](try #require(Data(base64Encoded: try table.string("bytes")))),
          rows: try table.value("rows").elements.map { $0.elements.compactMap(\.string) })
      }
    }
  }

  @Test("cells are those that Python's csv module reads", arguments: try Golden.all())
  func goldens(golden: Golden) throws {
    let found = try DocumentRowsTests.rows(golden.bytes, name: "table." + golden.format)
    let expected = golden.rows.dropFirst().map { cells in
      let title = cells[2]
      var metadata: [(key: String, value: JSONValue)] = []
      for (name, cell) in zip(golden.rows[0], cells).dropFirst(3) where !cell.isEmpty {
        let number = try? /-?(0|[1-9][0-9]*)(\.[0-9]+)?/.wholeMatch(in: cell)
        metadata.append((name, number == nil ? .string(cell) : .double(Double(cell) ?? .nan)))
      }
      if !title.isEmpty { metadata.append(("title", .string(title))) }
      return [cells[0], title.isEmpty ? cells[1] : "\(title) \(cells[1])", JSONValue.object(metadata).text()]
    }
    // Whole numbers are written without a point.
    let rows = found.map {
      [$0.document.id, $0.document.text, Self.asDoubles($0.document.metadata).text()]
    }
    #expect(rows == expected)
    #expect(found.count == 41)
  }

  private static func asDoubles(_ value: JSONValue) -> JSONValue {
    guard case .object(let members) = value else { return value }
    return .object(
      members.map { key, value in
        if case .integer(let number) = value { (key, .double(Double(number))) } else { (key, value) }
      })
  }

  @Test("cells that are JSON numbers are numbers; 007 and what no double holds are texts")
  func numbers() throws {
    let rows = try DocumentRowsTests.rows(
      "text,a,b,c,d,e,f\nx,2020,-1.5e3,007,12345678901234567890,1e999,+1\n", name: "table.csv")
    #expect(
      rows[0].document.metadata.text()
        == #"{"a":2020,"b":-1500,"c":"007","d":"12345678901234567890","e":"1e999","f":"+1"}"#)
  }

  @Test("a byte order mark, blank lines and a last line without an end are no trouble")
  func edges() throws {
    let rows = try DocumentRowsTests.rows("\u{FEFF}id\ttext\r\n\r\n1\tone\r\n\n2\t", name: "table.tsv")
    #expect(rows.map(\.document.id) == ["1", "2"])
    #expect(rows.map(\.document.text) == ["one", ""])
    #expect(try DocumentRowsTests.rows("", name: "table.csv").isEmpty)
    #expect(try DocumentRowsTests.rows("text\n", name: "table.csv").isEmpty)
  }

  @Test(
    "a table that is none is refused, with the line of the record",
    arguments: [
      ("id,body\n1,a\n", 1, "a column named text"), ("id,text,id\n", 1, "twice"),
      ("id,text\n1,a\n2,b,c\n", 3, "3 cells"),
      ("id,text\n1,\"a\nb\"\n2,\"c\nd\n", 4, "never ends"), ("id,text\n1,\"a\"b\n", 2, "after the quotation mark"),
      ("id,_id,text\n1,2,a\n", 2, "two ids"),
    ])
  func refusals(text: String, line: Int, message: String) throws {
    let error = #expect(throws: RetrievalError.self) { try DocumentRowsTests.rows(text, name: "table.csv") }
    #expect(error?.code == .malformed && error?.subject.hasSuffix("table.csv:\(line)") == true)
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
  }
}
