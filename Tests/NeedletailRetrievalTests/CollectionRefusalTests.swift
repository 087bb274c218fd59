import Foundation
import NeedletailEmbedding
import NeedletailIndex
import NeedletailJSON
import NeedletailRetrieval
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("What collections refuse", .serialized)
struct CollectionRefusalTests {
  let folder: TemporaryFolder
  var url: URL { URL(filePath: folder.path + "/notes") }

  init() throws { folder = try TemporaryFolder() }

  private func expect(
    _ code: RetrievalError.Code, _ location: SourceLocation = #_sourceLocation,
    _ body: @Sendable () async throws -> some Sendable
  ) async {
    await #expect(sourceLocation: location) {
      _ = try await body()
    } throws: {
      ($0 as? RetrievalError)?.code == code
    }
  }

  @Test("vectors and documents that cannot be stored are named, and nothing is stored")
  func badDocuments() async throws {
    let notes = try await DocumentCollection.create(at: url, dimension: 2)
    let document = Document(id: "a", text: "b")
    await expect(.request) { try await notes.add([document], vectors: Matrix(rows: 1, columns: 3)) }
    await expect(.request) { try await notes.add([document], vectors: Matrix(rows: 2, columns: 2)) }
    for value in [Float.nan, .infinity, .greatestFiniteMagnitude] {
      let vectors = Matrix(rows: 1, columns: 2, values: [0, value])
      await expect(.request) { try await notes.add([document], vectors: vectors) }
      await expect(.request) { try await notes.search(vector: [0, value]) }
    }
    let vectors = Matrix(rows: 1, columns: 2, values: [0, 1])
    let metadata: [JSONValue] = [
      .array([]), .object(["a": .double(.nan)]), .object(["a": .array([.float(.infinity)])]),
    ]
    for metadata in metadata {
      await expect(.request) {
        try await notes.add([Document(id: "a", text: "", metadata: metadata)], vectors: vectors)
      }
    }
    await expect(.request) { try await notes.add([Document(id: "", text: "")], vectors: vectors) }
    await expect(.request) { try await notes.add([document], vectors: vectors, field: "title") }
    await expect(.request) { try await notes.add([document]) }
    await expect(.request) { try await notes.search("b") }
    await expect(.request) { try await notes.search(vector: [1]) }
    await expect(.request) { try await notes.search(vector: [1, 0], limit: 0) }
    await expect(.request) { try await notes.documents(limit: 0) }
    #expect(try await notes.count() == 0)
  }

  @Test("settings that cannot be are refused")
  func badSettings() async throws {
    let url = url
    await expect(.request) { try await DocumentCollection.create(at: url, dimension: 0) }
    let changes: [@Sendable (inout CollectionSettings) -> Void] = [
      { $0.fields = [] }, { $0.fields = ["a", "a"] }, { $0.chunkTokens = 1 }, { $0.segmentRows = 0 },
    ]
    for change in changes {
      var settings = CollectionSettings()
      change(&settings)
      let changed = settings
      await expect(.request) { try await DocumentCollection.create(at: url, dimension: 2, settings: changed) }
    }
    #expect(!FileManager.default.fileExists(atPath: url.path))
  }

  @Test("a second writer is refused and told who writes; readers are not")
  func secondWriter() async throws {
    let url = url
    let notes = try await DocumentCollection.create(at: url, dimension: 1)
    await #expect {
      try await DocumentCollection(at: url)
    } throws: {
      let error = $0 as? RetrievalError
      return error?.code == .busy
        && error?.message.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true
    }
    let reader = try await DocumentCollection(at: url, mode: .readOnly)
    try await notes.add([Document(id: "a", text: "")], vectors: Matrix(rows: 1, columns: 1, values: [1]))
    #expect(try await reader.search(vector: [1]).hits.map(\.document.id) == ["a"])
    await expect(.readOnly) { try await reader.delete(ids: ["a"]) }
    await expect(.readOnly) { try await reader.add([], vectors: Matrix(rows: 0, columns: 1)) }
  }

  @Test("a folder that is something else is left alone")
  func otherFolders() async throws {
    let url = url
    await expect(.unreadable) { try await DocumentCollection(at: url) }
    try folder.write("notes/letter.txt", "Dear")
    await expect(.exists) { try await DocumentCollection.create(at: url, dimension: 1) }
    try folder.write(
      "notes/collection.sqlite",
      "no database at all, but more than a hundred bytes of text. "
        + "SQLite reads the first hundred bytes of a file to see what it is.")
    await expect(.malformed) { try await DocumentCollection(at: url) }
    await expect(.malformed) { try await DocumentCollection(at: url, mode: .readOnly) }
    await expect(.exists) { try await DocumentCollection.create(at: url, dimension: 1) }
  }

  @Test("vectors of another model are refused")
  func otherModel() async throws {
    let url = url
    let embedder = try await Embedder(.bundled)
    try await DocumentCollection.create(at: url, embedder: embedder).close()
    var configuration = EmbedderConfiguration()
    configuration.dimensions = 100
    let shorter = try await Embedder(.bundled, configuration: configuration)
    await expect(.modelMismatch) { try await DocumentCollection(at: url, embedder: shorter) }
    configuration.dimensions = nil
    configuration.maximumLength = 7
    let other = try await Embedder(.bundled, configuration: configuration)
    await expect(.modelMismatch) { try await DocumentCollection(at: url, embedder: other) }
    try await DocumentCollection(at: url, embedder: embedder).close()
    let own = URL(filePath: folder.path + "/own")
    try await DocumentCollection.create(at: own, dimension: embedder.dimension).close()
    await expect(.modelMismatch) { try await DocumentCollection(at: own, embedder: embedder) }
  }
}
