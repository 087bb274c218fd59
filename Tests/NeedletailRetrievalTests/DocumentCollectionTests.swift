import Foundation
import NeedletailEmbedding
import NeedletailIndex
import NeedletailJSON
import NeedletailRetrieval
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("Collections", .serialized)
struct DocumentCollectionTests {
  let folder: TemporaryFolder
  var url: URL { URL(filePath: folder.path + "/notes") }

  init() throws { folder = try TemporaryFolder() }

  static let birds = [
    Document(id: "swift", text: "A swift sleeps in flight.", metadata: .object(["year": .integer(2020)])),
    Document(id: "owl", text: "Owls hunt mice at night."),
    Document(id: "train", text: "The train to Basel leaves at noon."),
  ]

  @Test("documents that were added are found by meaning, also after opening again")
  func searching() async throws {
    let embedder = try await Embedder(.bundled)
    let notes = try await DocumentCollection.create(at: url, embedder: embedder)
    #expect(try await notes.add(Self.birds) == 3)
    let first = try await notes.search("owls hunting at night", limit: 2)
    #expect(first.hits.map(\.document.id).first == "owl" && first.hits.count == 2)
    try await notes.close()
    let again = try await DocumentCollection(at: url, embedder: embedder, mode: .readOnly)
    let second = try await again.search("owls hunting at night", limit: 10)
    #expect(second.hits.count == 3 && second.hits[0].score == first.hits[0].score)
    #expect(try await again.document(id: "swift")?.metadata.text() == #"{"year":2020}"#)
    #expect(try await again.document(id: "gull") == nil)
  }

  @Test("a new version takes the place of the old one, and a deleted document is gone")
  func replacing() async throws {
    let notes = try await DocumentCollection.create(at: url, embedder: try await Embedder(.bundled))
    try await notes.add(Self.birds)
    try await notes.add([Document(id: "train", text: "Owls are birds of prey.")])
    #expect(try await notes.search("birds of prey", limit: 1).hits.map(\.document.id) == ["train"])
    #expect(try await notes.delete(ids: ["train", "unknown", "owl"]) == 2)
    #expect(try await notes.search("birds of prey", limit: 9).hits.map(\.document.id) == ["swift"])
    #expect(try await notes.count() == 1)
  }

  @Test("of several documents with one id the last counts")
  func sameIds() async throws {
    let notes = try await DocumentCollection.create(at: url, dimension: 2)
    let documents = [Document(id: "a", text: "1"), Document(id: "b", text: "2"), Document(id: "a", text: "3")]
    let vectors = Matrix(rows: 3, columns: 2, values: [1, 0, 0, 1, -1, 0])
    #expect(try await notes.add(documents, vectors: vectors) == 3)
    let hits = try await notes.search(vector: [-1, 0], limit: 5).hits
    #expect(hits.map(\.document.text) == ["3", "2"])
    #expect(hits.map(\.score) == [1, 0])
  }

  @Test("ids and texts keep every byte: zeros, and letters that are written in two ways")
  func bytes() async throws {
    let notes = try await DocumentCollection.create(at: url, dimension: 1)
    let ids = ["\u{E9}", "e\u{301}", "a\u{0}b", "a", String(repeating: "x", count: 5000)]
    let documents = ids.map { Document(id: $0, text: "of \($0)\u{0}", metadata: .object([(key: $0, value: .null)])) }
    try await notes.add(documents, vectors: Matrix(rows: 5, columns: 1, values: [1, 2, 3, 4, 5]))
    #expect(try await notes.count() == 5)
    for (id, document) in zip(ids, documents) {
      let found = try #require(try await notes.document(id: id))
      #expect(Array(found.text.utf8) == Array(document.text.utf8))
      #expect(Array(found.metadata.text().utf8) == Array(document.metadata.text().utf8))
    }
  }

  @Test("pages give every document once, in the order in which they were stored")
  func pages() async throws {
    let notes = try await DocumentCollection.create(at: url, dimension: 1)
    let documents = (0..<25).map { Document(id: "\($0)", text: "text \($0)") }
    try await notes.add(documents, vectors: Matrix(rows: 25, columns: 1, values: (0..<25).map { Float($0) }))
    var seen: [String] = []
    var page = try await notes.documents(limit: 10)
    while !page.documents.isEmpty {
      seen += page.documents.map(\.id)
      page = try await notes.documents(after: page.position, limit: 10)
    }
    #expect(seen == documents.map(\.id))
  }

  @Test("long texts are searched by their chunks, and the nearest one is named")
  func chunks() async throws {
    var settings = CollectionSettings()
    settings.chunkTokens = 16
    let notes = try await DocumentCollection.create(
      at: url, embedder: try await Embedder(.bundled), settings: settings)
    let filler = String(repeating: "The committee met on Tuesday to read the minutes. ", count: 30)
    let text = filler + "Owls hunt mice at night. " + filler
    try await notes.add([Document(id: "long", text: text), Document(id: "short", text: "Trains leave at noon.")])
    let hits = try await notes.search("owls hunting mice", limit: 2).hits
    #expect(hits.map(\.document.id) == ["long", "short"])
    let passage = String(decoding: Array(text.utf8)[hits[0].range], as: UTF8.self)
    #expect(passage.contains("Owls hunt mice") && passage.count < 200)
  }

  @Test("each field is searched by itself")
  func fields() async throws {
    var settings = CollectionSettings()
    settings.fields = ["title", "text"]
    let notes = try await DocumentCollection.create(
      at: url, embedder: try await Embedder(.bundled), settings: settings)
    try await notes.add([
      Document(id: "a", text: "trains and railways", metadata: .object(["title": .string("owls and mice")])),
      Document(id: "b", text: "owls and mice", metadata: .object(["title": .string("trains and railways")])),
      Document(id: "c", text: "owls and mice eat", metadata: .object(["title": .integer(3)])),
    ])
    #expect(try await notes.search("owls and mice", limit: 3, field: "title").hits.map(\.document.id) == ["a", "b"])
    #expect(try await notes.search("owls and mice", limit: 1, field: "text").hits.map(\.document.id) == ["b"])
    await #expect(throws: RetrievalError.self) { try await notes.search("owls", field: "body") }
  }

  @Test("searches agree with a plain comparison of all vectors", arguments: Metric.allCases)
  func exactness(_ metric: Metric) async throws {
    var settings = CollectionSettings()
    settings.metric = metric
    let notes = try await DocumentCollection.create(at: url, dimension: 7, settings: settings)
    var generator = SeededGenerator(seed: 3)
    let (count, removed) = (2500, Set(stride(from: 0, to: 2500, by: 7)))
    let values = (0..<(count * 7)).map { _ in Float.random(in: -1...1, using: &generator) }
    let vectors = Matrix(rows: count, columns: 7, values: values)
    try await notes.add((0..<count).map { Document(id: "\($0)", text: "") }, vectors: vectors)
    _ = try await notes.search(vector: [1, 0, 0, 0, 0, 0, 0])
    try await notes.delete(ids: removed.map(String.init))
    var index = ExactIndex(dimension: 7, metric: metric, kernels: try .preferred())
    try index.add(vectors)
    for _ in 0..<5 {
      let query = (0..<7).map { _ in Float.random(in: -1...1, using: &generator) }
      let expected = try index.search(query, limit: count).filter { !removed.contains($0.index) }.prefix(10)
      let hits = try await notes.search(vector: query, limit: 10).hits
      #expect(hits.map(\.document.id) == expected.map { "\($0.index)" })
      #expect(hits.map(\.score) == expected.map(\.score))
    }
  }
}
