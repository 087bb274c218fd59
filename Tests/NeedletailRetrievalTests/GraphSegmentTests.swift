import Foundation
import NeedletailIndex
import NeedletailJSON
import NeedletailRetrieval
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("Large segments of collections", .serialized)
struct GraphSegmentTests {
  let folder: TemporaryFolder
  var url: URL { URL(filePath: folder.path + "/notes") }

  init() throws { folder = try TemporaryFolder() }

  /// Searches as hard as `effort` says, against a comparison of all.
  private func recall(
    _ notes: DocumentCollection, _ effort: SearchEffort, where filter: Filter? = nil
  ) async throws -> Double {
    var shared = 0
    for query in 0..<30 {
      let vector = SegmentTests.vector(2_000_000 + query)
      let truth = try await notes.search(vector: vector, limit: 10, where: filter, effort: .exact).hits
      let found = try await notes.search(vector: vector, limit: 10, where: filter, effort: effort).hits
      #expect(found.count == truth.count)
      let scores = Dictionary(uniqueKeysWithValues: truth.map { ($0.document.id, $0.score) })
      for hit in found {
        guard let score = scores[hit.document.id] else { continue }
        #expect(abs(score - hit.score) < 1e-5)
        shared += 1
      }
    }
    return Double(shared) / 300
  }

  /// Weighted searches walk the graph, too, and compare what they found exactly.
  private func weighted(_ notes: DocumentCollection) async throws {
    var shared = 0
    for query in 0..<30 {
      let vector = SegmentTests.vector(3_000_000 + query)
      let filter = query % 3 == 0 ? try Filter(parsing: "part == 7") : nil
      let truth = try await notes.search(vector: vector, limit: 10, where: filter, effort: .exact).hits
      let exact = try await notes.search(vector: vector, fields: ["text": 2], where: filter, effort: .exact).hits
      let found = try await notes.search(vector: vector, fields: ["text": 2], where: filter)
      #expect(exact.map(\.document.id) == truth.map(\.document.id))
      #expect(zip(exact, truth).allSatisfy { abs($0.score - 2 * $1.score) < 1e-5 })
      #expect(found.hits.count == 10 && found.plan.contains("field text, weight 2.0"))
      shared += Set(found.hits.map(\.document.id)).intersection(truth.map(\.document.id)).count
    }
    #expect(shared > 270)
  }

  @Test("a large segment is searched by its graph: after deletions, with filters, damaged, and compacted again")
  func graph() async throws {
    let notes = try await DocumentCollection.create(at: url, dimension: SegmentTests.dimension)
    let count = 24_000
    for first in stride(from: 0, to: count, by: 8000) {
      let numbers = first..<(first + 8000)
      try await notes.add(
        numbers.map {
          Document(id: "\($0)", text: "text \($0)", metadata: .object([(key: "part", value: .integer($0 % 100))]))
        },
        vectors: Matrix(
          rows: numbers.count, columns: SegmentTests.dimension, values: numbers.flatMap(SegmentTests.vector)))
    }
    try await notes.compact()
    let plan = try await notes.search(vector: SegmentTests.vector(1), limit: 10).plan
    #expect(plan.contains("walk through the graph"))
    #expect(try await recall(notes, .recall(0.95)) > 0.9)
    #expect(try await recall(notes, .recall(0.95), where: try Filter(parsing: "part < 60")) > 0.9)
    #expect(try await recall(notes, .recall(0.95), where: try Filter(parsing: "part == 7")) > 0.9)
    try await notes.delete(ids: stride(from: 0, to: 3000, by: 1).map { "\($0)" })
    #expect(try await recall(notes, .recall(0.95)) > 0.9)
    #expect(try await notes.verify().isSound)
    try await weighted(notes)
    try await notes.close()

    let segments = folder.path + "/notes/segments"
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: segments).first)
    var bytes = try Data(contentsOf: URL(filePath: segments + "/" + name))
    bytes[bytes.count / 2] ^= 4
    try bytes.write(to: URL(filePath: segments + "/" + name))
    let opened = try await DocumentCollection(at: url)
    #expect(try await opened.search(vector: SegmentTests.vector(5000), limit: 1).hits.first?.document.id == "5000")
    #expect(try await !opened.verify().isSound)
    try await opened.compact()
    #expect(try await opened.verify().isSound)
    #expect(try await recall(opened, .recall(0.95)) > 0.9)
  }
}
