import Foundation
import NeedletailIndex
import NeedletailJSON
import NeedletailRetrieval
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("Filters of collections", .serialized)
struct CollectionFilterTests {
  let folder: TemporaryFolder
  var url: URL { URL(filePath: folder.path + "/notes") }

  init() throws { folder = try TemporaryFolder() }

  static let filters = [
    "year >= 2015", "lang == \"de\"", "lang in [\"en\", \"fr\"] and year < 2005", "not exists rare", "rare == 7",
    "tags == \"t3\" or lang != \"en\"", "author.name starts with \"b\"", "rare > 1000",
    "exists lang and not year == 2001",
  ]

  static func document(_ number: Int) -> Document {
    let languages = ["en", "de", "fr"]
    var members: [(key: String, value: JSONValue)] = [
      ("year", .integer(2000 + number % 23)), ("lang", .string(languages[number % 3])),
      ("tags", .array([.string("t\(number % 5)"), .string("t\(number % 7)")])),
      ("author", .object(["name": .string("\(["a", "b", "c"][number % 11 % 3])\(number)")])),
    ]
    if number % 50 == 7 { members.append(("rare", .integer(number))) }
    return Document(id: "\(number)", text: "document \(number)", metadata: .object(members))
  }

  static func vectors(_ count: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    return Matrix(
      rows: count, columns: 4, values: (0..<(4 * count)).map { _ in Float.random(in: -1...1, using: &generator) })
  }

  /// A collection with segments, documents in memory, replaced and deleted ones, and what is in it by id.
  private func filled() async throws -> (notes: DocumentCollection, documents: [String: (Document, [Float])]) {
    var settings = CollectionSettings()
    settings.segmentRows = 64
    let notes = try await DocumentCollection.create(at: url, dimension: 4, settings: settings)
    var stored: [String: (Document, [Float])] = [:]
    func add(_ numbers: [Int], metadataOf: (Int) -> Int = { $0 }, seed: UInt64) async throws {
      let vectors = Self.vectors(numbers.count, seed: seed)
      let documents = numbers.map {
        Document(id: "\($0)", text: "document \($0)", metadata: Self.document(metadataOf($0)).metadata)
      }
      try await notes.add(documents, vectors: vectors)
      for (row, document) in documents.enumerated() { stored[document.id] = (document, Array(vectors[row: row])) }
    }
    try await add(Array(0..<200), seed: 1)
    await notes.settle()
    try await add(Array(200..<230), seed: 2)
    try await add(Array(stride(from: 5, to: 230, by: 20)), metadataOf: { $0 + 1 }, seed: 3)
    let gone = stride(from: 3, to: 230, by: 9).map { "\($0)" }
    #expect(try await notes.delete(ids: gone) == gone.count)
    for id in gone { stored[id] = nil }
    return (notes, stored)
  }

  private func expect(
    _ notes: DocumentCollection, _ documents: [String: (Document, [Float])], _ text: String, limit: Int
  ) async throws {
    let filter = try Filter(parsing: text)
    let query: [Float] = [0.5, -0.25, 1, 0.1]
    let norm = query.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let expected = documents.values.filter { filter.matches(metadata: $0.0.metadata) }.map { document, vector in
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return (id: document.id, score: zip(query, vector).reduce(0) { $0 + $1.0 * $1.1 } / (norm * length))
    }.sorted { $0.score > $1.score }
    let result = try await notes.search(vector: query, limit: limit, where: filter)
    #expect(result.hits.map(\.document.id) == expected.prefix(limit).map(\.id), "\(text)")
    #expect(result.plan.contains("\(expected.count) of \(documents.count) vectors match"), "\(result.plan)")
    for hit in result.hits { #expect(filter.matches(metadata: hit.document.metadata)) }
  }

  @Test(
    "as many documents are found as match, those nearest that a search of all would give", arguments: [1, 10, 1000])
  func searching(_ limit: Int) async throws {
    let (notes, documents) = try await filled()
    for text in Self.filters { try await expect(notes, documents, text, limit: limit) }
    try await notes.compact()
    for text in Self.filters { try await expect(notes, documents, text, limit: limit) }
    try await notes.close()
    let again = try await DocumentCollection(at: url, mode: .readOnly)
    for text in Self.filters { try await expect(again, documents, text, limit: limit) }
  }

  @Test("what a filter holds for is deleted, and nothing else", arguments: filters)
  func deleting(_ text: String) async throws {
    let (notes, documents) = try await filled()
    let filter = try Filter(parsing: text)
    let (matching, others) = (
      documents.filter { filter.matches(metadata: $0.value.0.metadata) },
      documents.filter { !filter.matches(metadata: $0.value.0.metadata) }
    )
    #expect(try await notes.delete(where: filter) == matching.count)
    #expect(try await notes.delete(where: filter) == 0)
    #expect(try await notes.count() == others.count)
    let left = try await notes.search(vector: [1, 0, 0, 0], limit: 1000).hits.map(\.document.id)
    #expect(Set(left) == Set(others.keys))
  }

  @Test("what no document has is an error that names what there is")
  func faults() async throws {
    let (notes, _) = try await filled()
    let unknown = await #expect(throws: IndexError.self) {
      try await notes.search(vector: [1, 0, 0, 0], where: "yaer" == 2000)
    }
    #expect(unknown?.code == .unknownAttribute && unknown?.message.contains("year") == true)
    let wrong = await #expect(throws: IndexError.self) { try await notes.delete(where: "year" == "2000") }
    #expect(wrong?.code == .wrongType)
    #expect(try await notes.count() > 0)
  }

  @Test("a collection without documents finds nothing, whatever is asked")
  func empty() async throws {
    let notes = try await DocumentCollection.create(at: url, dimension: 4)
    #expect(try await notes.search(vector: [1, 0, 0, 0], where: "year" == 2000).hits.isEmpty)
    #expect(try await notes.delete(where: "year" == 2000) == 0)
  }
}
