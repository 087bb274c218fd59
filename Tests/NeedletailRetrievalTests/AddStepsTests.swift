import Foundation
import NeedletailRetrieval
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("Batches that are prepared while others are stored")
struct AddStepsTests {
  let folder: TemporaryFolder
  var url: URL { URL(filePath: folder.path + "/notes") }

  init() throws { folder = try TemporaryFolder() }

  private func batch(_ ids: [Int], version: Int) -> DocumentBatch {
    let vectors = Matrix(
      rows: ids.count, columns: SegmentTests.dimension, values: ids.flatMap { SegmentTests.vector($0 * 100 + version) })
    return DocumentBatch(ids.map { Document(id: "\($0)", text: "version \(version)") }, vectors: vectors)
  }

  private static func texts(_ notes: DocumentCollection) async throws -> [String: String] {
    let documents = try await notes.documents(limit: 10_000).documents
    return Dictionary(uniqueKeysWithValues: documents.map { ($0.id, $0.text) })
  }

  @Test("batches that share ids end as if they came one by one, and are acknowledged in order", arguments: 0...4)
  func order(ahead: Int) async throws {
    let notes = try await DocumentCollection.create(at: url, dimension: SegmentTests.dimension)
    var generator = SeededGenerator(seed: UInt64(ahead))
    var expected: [String: String] = [:]
    var (given, acknowledged) = (0, 0)
    var sizes: [Int] = []
    try await notes.add(ahead: ahead) {
      guard given < 60 else { return nil }
      // Some batches are the one before the last again: its versions come back.
      let version = given % 3 == 2 ? given - 2 : given
      let ids = (0..<Int.random(in: 1...40, using: &generator)).map { _ in Int.random(in: 0..<150, using: &generator) }
      given += 1
      sizes.append(ids.count)
      for id in ids { expected["\(id)"] = "version \(version)" }
      return batch(ids, version: version)
    } stored: { batch in
      #expect(batch.documents.count == sizes[acknowledged] && given - acknowledged <= ahead + 1)
      acknowledged += 1
    }
    #expect(acknowledged == 60)
    #expect(try await Self.texts(notes) == expected)
    await notes.settle()
    #expect(try await notes.verify().problems == [])
  }

  private struct Fault: Error {}

  @Test("what stands before a fault is stored", arguments: [0, 2])
  func fault(ahead: Int) async throws {
    let notes = try await DocumentCollection.create(at: url, dimension: SegmentTests.dimension)
    var given = 0
    await #expect(throws: Fault.self) {
      try await notes.add(ahead: ahead) {
        given += 1
        if given == 6 { throw Fault() }
        return batch(Array((given * 10)..<(given * 10 + 10)), version: 1)
      } stored: { _ in
      }
    }
    #expect(try await notes.count() == 50)
    // A batch of another dimension is a fault as well.
    given = 0
    let error = await #expect(throws: RetrievalError.self) {
      try await notes.add(ahead: ahead) {
        given += 1
        if given == 3 { return DocumentBatch([Document(id: "x", text: "")], vectors: Matrix(rows: 1, columns: 1)) }
        return batch(Array((given * 10 + 200)..<(given * 10 + 210)), version: 1)
      } stored: { _ in
      }
    }
    #expect(error?.code == .request)
    #expect(try await notes.count() == 70)
  }
}
