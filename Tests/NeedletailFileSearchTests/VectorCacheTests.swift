import Foundation
import NeedletailEmbedding
import NeedletailFileSearch
import NeedletailTensor
import NeedletailTestSupport
import Synchronization
import Testing

@Suite("The cache of vectors")
struct VectorCacheTests {
  let folder: TemporaryFolder
  let words = WordModel()

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("docs/a.txt", "Rivers carry water to the sea.\n\nMountains rise slowly.\n")
    try folder.write("docs/b.txt", "Clouds bring rain.\n")
  }

  var cache: VectorCache { VectorCache(folder: URL(filePath: folder.path + "/cache")) }

  func search(identity: String = "words", cache: VectorCache? = nil, limit: Int = 10, later: Double = 0) async throws
    -> FileSearch.Result
  {
    var options = FileSearch.Options()
    options.limit = limit
    return try await words.search(
      cache: cache ?? self.cache, identity: identity, options: options, now: { Date(timeIntervalSinceNow: later) }
    )
    .search("rain", in: [folder.path + "/docs"])
  }

  /// The parts of the table.
  func tables() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/cache/files")) ?? []
    return names.sorted().map { folder.path + "/cache/files/" + $0 }
  }

  /// The cache files, the table aside.
  func files() -> [String] {
    let all = FileManager.default.enumerator(atPath: folder.path + "/cache")?.compactMap { $0 as? String } ?? []
    return all.filter { $0.split(separator: "/").count == 3 }.sorted().map { folder.path + "/cache/" + $0 }
  }

  func shape(_ result: FileSearch.Result) -> [String] {
    result.hits.map { "\($0.path) \($0.passage) \($0.score)" }
  }

  @Test("a second search embeds nothing and finds the same")
  func second() async throws {
    let first = try await search()
    #expect(first.embedded == 2)
    _ = words.embedded()
    let second = try await search()
    #expect(second.embedded == 0 && shape(second) == shape(first))
    #expect(!words.embedded().contains("Clouds bring rain."))
  }

  @Test("touched, renamed and copied files need no embedding")
  func moved() async throws {
    _ = try await search()
    let manager = FileManager.default
    try manager.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: folder.path + "/docs/a.txt")
    try manager.moveItem(atPath: folder.path + "/docs/b.txt", toPath: folder.path + "/docs/c.txt")
    try manager.copyItem(atPath: folder.path + "/docs/a.txt", toPath: folder.path + "/docs/d.txt")
    let found = try await search()
    #expect(found.embedded == 0 && found.filesRead == 3)
  }

  @Test("a changed file is read again, and only its new passages are embedded")
  func changed() async throws {
    let long = (0..<30).map { index in "Paragraph \(index) " + String(repeating: "talks on topic\(index) ", count: 8) }
    try folder.write("docs/long.txt", long.joined(separator: "\n\n"))
    let old = Date(timeIntervalSinceNow: -100)
    try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: folder.path + "/docs/long.txt")
    #expect(try await search().embedded > 25)
    try folder.write(
      "docs/long.txt",
      (["New words of rain come first " + String(repeating: "and stay ", count: 15)] + long).joined(separator: "\n\n"))
    let found = try await search(limit: 100)
    #expect(found.embedded == 1)
    let hit = try #require(found.hits.first { $0.passage.text.contains("Paragraph 7 ") })
    #expect(hit.passage.firstLine == 17)
  }

  @Test("a file of the same size and time but another content is not mistaken while it is fresh")
  func fresh() async throws {
    let path = folder.path + "/docs/b.txt"
    let date = Date(timeIntervalSinceNow: 3600)
    try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    _ = try await search()
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.write(contentsOf: Data("Snow".utf8))
    try handle.close()
    try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    #expect(try await search().hits.contains { $0.passage.text.hasPrefix("Snowds bring") })
  }

  @Test("a file that was changed in place is read again, whatever its time says", arguments: [0, 100.0])
  func changedInPlace(later: Double) async throws {
    let path = folder.path + "/docs/b.txt"
    let date = Date(timeIntervalSince1970: 1e9)
    try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    #expect(try await search(later: later).hits.contains { $0.passage.text.hasPrefix("Clouds bring") })
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.write(contentsOf: Data("Snow".utf8))
    try handle.close()
    try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    #expect(try await search(later: later).hits.contains { $0.passage.text.hasPrefix("Snowds bring") })
  }

  @Test("files of any date are searched", arguments: [-9e9, -1e10, 9.3e9, 1.04e10, 1.5e10])
  func dates(seconds: Double) async throws {
    let path = folder.path + "/docs/b.txt"
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: seconds)], ofItemAtPath: path)
    #expect(try await search(later: 100).embedded == 2)
    let table = try #require(tables().first)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: seconds)], ofItemAtPath: table)
    #expect(try await search(later: 100).embedded == 0)
  }

  @Test("models do not share vectors")
  func models() async throws {
    _ = try await search()
    #expect(try await search(identity: "others").embedded == 2)
    #expect(try await search().embedded == 0)
  }

  @Test("damaged cache files are made again, whatever the damage", arguments: 0..<40)
  func damaged(seed: Int) async throws {
    let first = try await search()
    var generator = SeededGenerator(seed: UInt64(seed + 1))
    let victim = try #require(files().randomElement(using: &generator))
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: victim)))
    switch seed % 4 {
    case 0: bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1: bytes.removeLast(Int.random(in: 1...bytes.count, using: &generator))
    case 2: bytes += [0, 1, 2]
    default:
      for _ in 0..<20 { bytes[Int.random(in: 0..<min(60, bytes.count), using: &generator)] = 0xFF }
    }
    try Data(bytes).write(to: URL(filePath: victim))
    let second = try await search()
    #expect(second.embedded > 0 && shape(second) == shape(first))
    #expect(try await search().embedded == 0)
  }

  @Test("a damaged table costs a reading, not an answer", arguments: [0, 40, 100])
  func damagedTable(offset: Int) async throws {
    _ = try await search(later: 100)
    // Two files have a part each, or share one: the names of their folders decide, and those are random.
    #expect((1...2).contains(tables().count))
    for table in tables() {
      var bytes = [UInt8](try Data(contentsOf: URL(filePath: table)))
      bytes[offset] ^= 0x10
      try Data(bytes).write(to: URL(filePath: table))
    }
    #expect(try await search(later: 100).embedded == 0)
  }

  @Test("what was unused for longest goes when the cache outgrows its limit")
  func trimming() async throws {
    _ = try await search()
    let old = try #require(files().first)
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: old)
    let size = try files().reduce(0) { try $0 + Data(contentsOf: URL(filePath: $1)).count }
    let small = VectorCache(folder: cache.folder, limit: size + 100)
    try folder.write("docs/c.txt", "Winds shift sand.\n")
    _ = try await search(cache: small)
    #expect(!FileManager.default.fileExists(atPath: old))
    #expect(!files().isEmpty)
  }

  @Test("many searches at once share one cache")
  func concurrent() async throws {
    for index in 0..<40 { try folder.write("docs/f\(index).txt", "Topic\(index) has its own words\(index).\n") }
    let expected = shape(try await words.search().search("rain", in: [folder.path + "/docs"]))
    try await withThrowingTaskGroup(of: [String].self) { group in
      for _ in 0..<8 { group.addTask { shape(try await search()) } }
      for try await found in group { #expect(found == expected) }
    }
    #expect(try await search().embedded == 0)
    let left = FileManager.default.enumerator(atPath: folder.path + "/cache")?.compactMap { $0 as? String } ?? []
    #expect(!left.contains { $0.contains(".unfinished") })
  }

  @Test("a cache that cannot be written is warned about once, and the search goes on")
  func unwritable() async throws {
    try folder.write("cache", "a file where a folder should be")
    let found = try await search()
    #expect(found.hits.count == 2 && found.warnings.map(\.code) == [.cache])
  }

  @Test("the identity of a model is computed once, and again when the model changes or what was noted is damaged")
  func identities() async throws {
    let model = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests/Fixtures/dense-relu")
    let copy = folder.path + "/model"
    try FileManager.default.copyItem(atPath: model.path, toPath: copy)
    let embedder = try await Embedder(contentsOf: URL(filePath: copy))
    let expected = try embedder.identity()
    let later = Date(timeIntervalSinceNow: 100)
    #expect(try cache.identity(of: embedder, now: later) == expected)
    let noted = try #require(files().first)
    #expect(try Data(contentsOf: URL(filePath: noted)).count == 32 + expected.utf8.count)
    try FileManager.default.removeItem(atPath: folder.path + "/cache")
    try folder.write(String(noted.dropFirst(folder.path.count + 1)), "damaged")
    #expect(try cache.identity(of: embedder, now: later) == expected)
    #expect(try cache.identity(of: embedder, now: later) == expected)
    try folder.write("model/2_Dense/more.json", "{}")
    let changed = try cache.identity(of: embedder, now: later)
    #expect(try changed != expected && changed == embedder.identity())
  }

  @Test("what was embedded before an interruption is kept")
  func interrupted() async throws {
    for index in 0..<40 {
      let rows = (0..<100).map { "{\"text\": \"row\($0) of file\(index)\"}\n" }
      try folder.write("docs/f\(index).jsonl", rows.joined())
    }
    let model = words.model()
    let calls = Mutex(0)
    let interrupted = FileSearch(
      model: PassageModel(
        identity: model.identity, dimension: model.dimension, maximumTokens: model.maximumTokens,
        countTokens: model.countTokens, embedQuery: model.embedQuery,
        embedPassages: { texts in
          if calls.withLock({
            $0 += 1; return $0
          }) > 5 {
            throw CancellationError()
          }
          return try await model.embedPassages(texts)
        }), cache: cache, team: ComputeTeam(threads: 2), kernels: try .preferred())
    await #expect(throws: CancellationError.self) {
      try await interrupted.search("rain", in: [folder.path + "/docs"])
    }
    // Five times 512 texts were embedded; what was with the last ones in a group may be lost.
    let embedded = try await search().embedded
    #expect(embedded > 0 && embedded <= 4_002 - 1_024)
  }

  @Test("a cancelled search leaves nothing half-written")
  func cancelled() async throws {
    for index in 0..<600 { try folder.write("docs/f\(index).txt", "Topic\(index) has its own words\(index).\n") }
    let task = Task { try await search() }
    task.cancel()
    _ = try? await task.value
    let left = FileManager.default.enumerator(atPath: folder.path + "/cache")?.compactMap { $0 as? String } ?? []
    #expect(!left.contains { $0.contains(".unfinished") })
    #expect(try await search().passages == 602)
  }
}
