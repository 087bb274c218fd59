import NeedletailIndex
import NeedletailJSON
import NeedletailRetrieval
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Samples of collections, and rows in memory")
struct SampleTests {
  @Test("a sample is evenly spread, keeps to a filter, and brings vectors")
  func sample() async throws {
    let folder = try TemporaryFolder()
    let url = URL(filePath: folder.path + "/notes")
    let notes = try await DocumentCollection.create(at: url, dimension: 2)
    let documents = (0..<10).map {
      Document(id: "\($0)", text: "t", metadata: .object(["even": .boolean($0.isMultiple(of: 2))]))
    }
    let vectors = Matrix(rows: 10, columns: 2, values: (0..<20).map { Float($0) })
    try await notes.add(documents, vectors: vectors)
    let few = try await notes.sample(5)
    #expect(few.documents.map(\.id) == ["0", "2", "4", "6", "8"] && few.vectors.isEmpty && few.total == 10)
    let odd = try await notes.sample(100, where: Filter(parsing: "even == false"), vectorsOf: "text")
    #expect(odd.documents.map(\.id) == ["1", "3", "5", "7", "9"] && odd.total == 5)
    #expect(odd.vectors == [[2, 3], [6, 7], [10, 11], [14, 15], [18, 19]])
    await #expect(throws: IndexError.self) { try await notes.sample(5, where: Filter(parsing: "odd == true")) }
    await #expect(throws: RetrievalError.self) { try await notes.sample(5, vectorsOf: "title") }
    try await notes.close()
  }

  @Test("rows of lines in memory are those of a file, and faults name their line")
  func lines() throws {
    let rows = try DocumentRow.lines(Array("{\"id\":\"a\",\"text\":\"x\",\"year\":1}\r\n\n \"y\"".utf8))
    #expect(rows.map(\.document.text) == ["x", "y"] && rows[0].document.id == "a")
    do {
      _ = try DocumentRow.lines(Array("{\"text\":\"x\"}\n{\"text\":1}\n".utf8))
      Issue.record("the second line is no row")
    } catch {
      #expect(error.code == .malformed && error.subject == "line 2")
    }
  }
}
