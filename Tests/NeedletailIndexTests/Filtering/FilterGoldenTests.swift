import Foundation
import NeedletailIndex
import NeedletailJSON
import NeedletailTestSupport
import Testing

@Suite("Filters beside MongoDB's")
struct FilterGoldenTests {
  @Test("operators match the documents that mongomock 4.3.0 matches, one by one and in columns")
  func operators() throws {
    let file = SharedData.repository.appending(path: "Tests/NeedletailIndexTests/Fixtures/filters.json")
    let root = try JSONDocument(parsing: [UInt8](Data(contentsOf: file)), subject: file.path).root
    let documents = Array(try root.value("documents").elements)
    var builder = AttributeColumnsBuilder()
    for document in documents { builder.append(document) }
    let columns = try builder.finish()
    let cases = try root.value("cases").elements
    var count = 0
    for value in cases {
      let filter = try Filter(json: value.value("filter"))
      let expected = try value.value("matches").elements.map { $0.integer }
      var found: [Int] = []
      try columns.bitmap(for: filter).forEach { found.append($0) }
      #expect(found == expected, "\(filter)")
      #expect(documents.indices.filter { filter.matches(metadata: documents[$0]) } == expected, "\(filter)")
      count += 1
    }
    #expect(documents.count == 200 && count == 400)
  }
}
