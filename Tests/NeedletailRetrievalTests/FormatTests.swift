import Foundation
import NeedletailEmbedding
import NeedletailIndex
import NeedletailJSON
import NeedletailRetrieval
import NeedletailTensor
import NeedletailTestSupport
import Testing

/// Collections that programs of earlier formats wrote with `Scripts/make-collection-fixture`.
@Suite("Formats of collections", .serialized)
struct FormatTests {
  let folder: TemporaryFolder
  var url: URL { URL(filePath: folder.path + "/notes") }

  init() throws { folder = try TemporaryFolder() }

  static let fixtures = SharedData.repository.appending(path: "Tests/NeedletailRetrievalTests/Fixtures")
  static let formats =
    (try? FileManager.default.contentsOfDirectory(atPath: fixtures.path))?
    .filter { $0.hasPrefix("format-") }.sorted() ?? []

  /// The documents that the script leaves, in the order in which they were stored.
  static let documents = [
    #"{"id":"swift","text":"A swift sleeps in flight, high above the town.","#
      + #""metadata":{"title":"Birds that never land","year":2020,"tags":["bird","air"]}}"#,
    #"{"id":"owl","text":"Owls hunt mice at night. Their feathers make no noise, and their ears stand at different "#
      + #"heights. They swallow their prey whole and leave pellets of bones and fur under the trees where they rest by "#
      + #"day.","metadata":{"title":"Hunters of the night","year":2021,"score":0.5}}"#,
    #"{"id":"tea","text":"The kettle boils and the tea steeps.","metadata":{"year":-5,"note":null}}"#,
    #"{"id":"büro ☕","text":"Das Büro öffnet um acht Uhr.","#
      + #""metadata":{"title":"Öffnungszeiten","lang":"de","room":{"floor":3}}}"#,
    #"{"id":"own-3","text":"own-3 has a vector of its own.","metadata":{}}"#,
    #"{"id":"own-7","text":"own-7 has a vector of its own.","metadata":{}}"#,
    #"{"id":"train","text":"The train to Basel leaves at one.","metadata":{"year":2022}}"#,
    #"{"id":"loan","text":"The bank lends money at a higher rate of interest.","#
      + #""metadata":{"title":"Interest","year":2023}}"#,
  ]

  private static func embedder(_ dimensions: Int = 16) async throws -> Embedder {
    var configuration = EmbedderConfiguration()
    configuration.dimensions = dimensions
    return try await Embedder(.bundled, configuration: configuration)
  }

  /// A vector with one value that is 1.
  private static func axis(_ position: Int) -> [Float] { (0..<16).map { $0 == position ? 1 : 0 } }

  private func copy(_ format: String) throws {
    try FileManager.default.copyItem(at: Self.fixtures.appending(path: format), to: url)
  }

  @Test("there is a collection of every format up to the present one")
  func complete() async throws {
    let notes = try await DocumentCollection.create(at: url, dimension: 1)
    let present = try await notes.statistics().format
    #expect(Self.formats == (1...present).map { "format-\($0)" })
  }

  /// Checks what the script wrote, whatever was added since.
  private func check(_ notes: DocumentCollection, _ embedder: Embedder) async throws {
    let stored = try await notes.documents().documents.prefix(Self.documents.count).map {
      JSONValue.object(["id": .string($0.id), "text": .string($0.text), "metadata": $0.metadata]).text()
    }
    #expect(stored == Self.documents)
    for own in [3, 7] {
      let hit = try #require(try await notes.search(vector: Self.axis(own), limit: 1).hits.first)
      #expect(hit.document.id == "own-\(own)" && hit.score == 1)
    }
    let owl = try #require(try await notes.search("swallow their prey whole", limit: 1).hits.first)
    let passage = String(decoding: Array(owl.document.text.utf8)[owl.range], as: UTF8.self)
    #expect(owl.document.id == "owl" && passage.contains("prey whole") && !passage.contains("Owls"))
    let titles = try await notes.search("interest", limit: 20, field: "title").hits.map(\.document.id)
    #expect(titles.first == "loan" && Set(titles) == ["loan", "swift", "owl", "büro ☕"])
    let filtered = try await notes.search(
      "anything", limit: 20, where: try Filter(parsing: "year >= 2021 and year < 2024"))
    #expect(Set(filtered.hits.map(\.document.id)) == ["owl", "train", "loan"])
    // Vectors of one machine's kernels and of another's differ in their last bits.
    let ids = ["swift", "tea", "büro ☕", "train", "loan"]
    let kept = try await notes.vectors(of: ids)
    for (row, id) in ids.enumerated() {
      let text = try #require(try await notes.document(id: id)?.text)
      let made = try await embedder.embed(text, as: .document)
      #expect(zip(kept[row: row], made).allSatisfy { abs($0 - $1) < 1e-5 }, "\(id)")
    }
    #expect(try await notes.verify().problems == [])
  }

  @Test("an older format is opened, searched, added to and put into new segments", arguments: Self.formats)
  func opening(_ format: String) async throws {
    try copy(format)
    let embedder = try await Self.embedder()
    let notes = try await DocumentCollection(at: url, embedder: embedder)
    #expect(try await notes.count() == Self.documents.count)
    #expect(try await notes.statistics().segments.map(\.rows) == [10, 4])
    try await check(notes, embedder)
    try await notes.add([Document(id: "gull", text: "Gulls follow the ships along the coast.")])
    try await notes.add(
      [Document(id: "own-5", text: "a vector")], vectors: Matrix(rows: 1, columns: 16, values: Self.axis(5)))
    #expect(try await notes.search(vector: Self.axis(5), limit: 1).hits.map(\.document.id) == ["own-5"])
    try await check(notes, embedder)
    try await notes.compact()
    #expect(try await notes.delete(ids: ["gull", "own-5"]) == 2)
    try await check(notes, embedder)
    try await notes.close()
    let again = try await DocumentCollection(at: url, embedder: embedder, mode: .readOnly)
    try await check(again, embedder)
    #expect(try await again.count() == Self.documents.count)
  }

  @Test("readers open every format, and leave it as it is", arguments: Self.formats)
  func reading(_ format: String) async throws {
    try copy(format)
    let before = try Data(contentsOf: url.appending(path: "collection.sqlite"))
    let notes = try await DocumentCollection(at: url, embedder: try await Self.embedder(), mode: .readOnly)
    try await check(notes, try await Self.embedder())
    #expect("format-\(try await notes.statistics().format)" == format)
    try await notes.close()
    #expect(try Data(contentsOf: url.appending(path: "collection.sqlite")) == before)
  }

  @Test("maps of another model's questions are kept", arguments: Self.formats.filter { $0 != "format-1" })
  func maps(_ format: String) async throws {
    try copy(format)
    let notes = try await DocumentCollection(at: url, embedder: try await Self.embedder(24), mode: .readOnly)
    #expect(notes.compensation.map { $0.pairs + $0.questions >= 10 } == true)
    #expect(try await notes.search("swallow their prey whole", limit: 3).hits.contains { $0.document.id == "owl" })
  }

  @Test("an older format becomes the present one when it is opened for writing, and can be adapted and re-embedded")
  func migrating() async throws {
    try copy("format-1")
    let notes = try await DocumentCollection(at: url, embedder: try await Self.embedder())
    #expect(try await notes.statistics().format == Self.formats.count)
    try await notes.adapt(to: try await Self.embedder(24))
    try await notes.close()
    let other = try await Self.embedder(40)
    try await DocumentCollection.reembed(at: url, with: other)
    let again = try await DocumentCollection(at: url, embedder: other)
    #expect(try await again.count() == Self.documents.count && again.dimension == 40)
    #expect(try await again.search("own-3 has a vector of its own.", limit: 1).hits.map(\.document.id) == ["own-3"])
    #expect(try await again.verify().problems == [])
  }

  @Test("a newer format is refused, and nothing is lost", arguments: [false, true])
  func newer(_ isReadOnly: Bool) async throws {
    let format = try #require(Self.formats.last)
    try copy(format)
    let file = url.appending(path: "collection.sqlite")
    // SQLite keeps the user's version at byte 60, big-endian.
    func setVersion(_ bytes: [UInt8]) throws -> [UInt8] {
      var data = try Data(contentsOf: file)
      let before = Array(data[60..<64])
      data.replaceSubrange(60..<64, with: bytes)
      try data.write(to: file)
      return before
    }
    let present = try setVersion([0, 0, 3, 0xE7])
    let url = url
    await #expect {
      try await DocumentCollection(at: url, mode: isReadOnly ? .readOnly : .readWrite)
    } throws: {
      let error = $0 as? RetrievalError
      return error?.code == .unsupported && error?.message.contains("has format 999") == true
    }
    #expect(try setVersion(present) == [0, 0, 3, 0xE7])
    let notes = try await DocumentCollection(at: url, embedder: try await Self.embedder())
    try await check(notes, try await Self.embedder())
  }
}
