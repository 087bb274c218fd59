import Foundation
import NeedletailIndex
import NeedletailRetrieval
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("Segments of collections", .serialized)
struct SegmentTests {
  let folder: TemporaryFolder
  var url: URL { URL(filePath: folder.path + "/notes") }
  var segments: String { url.path + "/segments" }
  static let dimension = 6

  init() throws { folder = try TemporaryFolder() }

  /// The vector of a document, the same for the same number.
  static func vector(_ number: Int) -> [Float] {
    var generator = SeededGenerator(seed: UInt64(number))
    return (0..<dimension).map { _ in Float.random(in: -1...1, using: &generator) }
  }

  static func add(_ numbers: Range<Int>, to notes: DocumentCollection) async throws {
    try await notes.add(
      numbers.map { Document(id: "\($0)", text: "text \($0)") },
      vectors: Matrix(rows: numbers.count, columns: dimension, values: numbers.flatMap(vector)))
  }

  private func create(_ metric: Metric = .cosine, rows: Int = 50) async throws -> DocumentCollection {
    var settings = CollectionSettings()
    settings.metric = metric
    settings.segmentRows = rows
    return try await DocumentCollection.create(at: url, dimension: Self.dimension, settings: settings)
  }

  /// Compares searches with a plain comparison of what should be there.
  static func check(
    _ notes: DocumentCollection, holds numbers: some Collection<Int>, _ metric: Metric = .cosine,
    _ location: SourceLocation = #_sourceLocation
  ) async throws {
    let numbers = numbers.sorted()
    var index = ExactIndex(dimension: dimension, metric: metric, kernels: try .preferred())
    try index.add(Matrix(rows: numbers.count, columns: dimension, values: numbers.flatMap(vector)))
    for query in 0..<4 {
      let query = vector(1_000_000 + query)
      let expected = try index.search(query, limit: 20).map { "\(numbers[$0.index])" }
      let found = try await notes.search(vector: query, limit: 20).hits
      #expect(found.map(\.document.id) == expected, sourceLocation: location)
      #expect(found.allSatisfy { $0.document.text == "text \($0.document.id)" }, sourceLocation: location)
    }
    #expect(try await notes.count() == numbers.count, sourceLocation: location)
  }

  private func files() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: segments).sorted() }

  @Test("sealed vectors are found like those in memory, before and after opening again", arguments: Metric.allCases)
  func sealing(_ metric: Metric) async throws {
    let notes = try await create(metric)
    var present: Set<Int> = []
    for step in 0..<12 {
      let numbers = (step * 40)..<(step * 40 + 40)
      try await Self.add(numbers, to: notes)
      present.formUnion(numbers)
      let gone = numbers.filter { $0 % 9 == 0 } + (step > 2 ? [step * 40 - 75] : [])
      try await notes.delete(ids: gone.map(String.init))
      present.subtract(gone)
      if step % 3 == 0 { await notes.settle() }
      try await Self.check(notes, holds: present, metric)
    }
    await notes.settle()
    let statistics = try await notes.statistics()
    #expect(statistics.segments.count > 1 && statistics.unsealed < 100 && statistics.problems.isEmpty)
    #expect(statistics.documents == present.count && statistics.vectors == present.count)
    #expect(try files() == statistics.segments.map(\.name).sorted())
    let reader = try await DocumentCollection(at: url, mode: .readOnly)
    try await Self.check(reader, holds: present, metric)
    #expect(try await reader.verify().problems == [])
  }

  @Test("compacting leaves one segment without what is gone, and readers follow")
  func compacting() async throws {
    let notes = try await create()
    let reader = try await DocumentCollection(at: url, mode: .readOnly)
    try await Self.add(0..<400, to: notes)
    try await notes.delete(ids: (0..<300).map(String.init))
    try await Self.check(reader, holds: 300..<400)
    try await notes.compact()
    try await Self.check(reader, holds: 300..<400)
    let statistics = try await notes.statistics()
    #expect(statistics.segments.map(\.rows) == [100] && statistics.segments[0].removed == 0)
    #expect(statistics.unsealed == 0)
    #expect(try files().count == 1)
    #expect(try await notes.verify().problems == [])
    try await notes.delete(ids: (300..<400).map(String.init))
    try await notes.compact()
    #expect(try files().isEmpty)
    try await Self.check(reader, holds: [])
  }

  @Test("a damaged or missing segment is reported, searches stay right, and the next write makes it anew")
  func damage() async throws {
    let notes = try await create()
    try await Self.add(0..<120, to: notes)
    await notes.settle()
    try await notes.close()
    let name = try #require(try files().first)
    let sound = Array(try Data(contentsOf: URL(filePath: "\(segments)/\(name)")))
    var flipped = sound
    flipped[5000] ^= 4
    for damaged in [flipped, Array(sound[..<4096]), Array(sound[..<100]), [], Array(sound.reversed()), nil] {
      try FileManager.default.removeItem(atPath: "\(segments)/\(name)")
      if let damaged { try folder.write("notes/segments/\(name)", damaged) }
      let reader = try await DocumentCollection(at: url, mode: .readOnly)
      try await Self.check(reader, holds: 0..<120)
      #expect(try await reader.search(vector: Self.vector(1)).plan.contains("not used"))
      #expect(try await reader.verify().problems.count == 1)
      #expect(try await reader.statistics().problems.count == 1)
      if damaged == nil { break }
    }
    let writer = try await DocumentCollection(at: url)
    try await Self.check(writer, holds: 0..<120)
    try await Self.add(120..<121, to: writer)
    await writer.settle()
    try await Self.check(writer, holds: 0..<121)
    #expect(try await writer.verify().problems == [])
    #expect(try await writer.statistics().problems == [])
  }

  @Test("a segment that another one took the place of is not believed")
  func exchanged() async throws {
    let notes = try await create(rows: 30)
    for start in [0, 40] {
      try await Self.add(start..<(start + 40), to: notes)
      await notes.settle()
    }
    try await notes.close()
    let names = try files()
    try #require(names.count == 2)
    let first = Array(try Data(contentsOf: URL(filePath: "\(segments)/\(names[0])")))
    try folder.write("notes/segments/\(names[1])", first)
    let reader = try await DocumentCollection(at: url, mode: .readOnly)
    try await Self.check(reader, holds: 0..<80)
    #expect(try await reader.verify().problems.count == 1)
  }

  @Test("files that interrupted work left are removed by the next writer")
  func strays() async throws {
    try await create().close()
    try folder.write("notes/segments/.x.segment.unfinished-1", "half")
    try await DocumentCollection(at: url).close()
    #expect(try files().isEmpty)
  }

  @Test("a backup is the collection of one moment, also while it is written to")
  func backup() async throws {
    let notes = try await create()
    try await Self.add(0..<200, to: notes)
    let copy = URL(filePath: folder.path + "/copy")
    async let writing: Void = Self.add(200..<900, to: notes)
    try await notes.backup(to: copy)
    try await writing
    let opened = try await DocumentCollection(at: copy)
    let count = try await opened.count()
    #expect(count == 200 || count == 900)
    try await Self.check(opened, holds: 0..<count)
    #expect(try await opened.verify().problems == [])
    await #expect(throws: RetrievalError.self) { try await notes.backup(to: copy) }
    #expect(try DocumentCollection.list(in: URL(filePath: folder.path)).map(\.lastPathComponent) == ["copy", "notes"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["copy", "notes"])
  }

  @Test("chunks that a reader knows are gone with a segment that lost all of its own")
  func emptied() async throws {
    let notes = try await create(rows: 40)
    let reader = try await DocumentCollection(at: url, mode: .readOnly)
    try await Self.add(0..<30, to: notes)
    try await Self.check(reader, holds: 0..<30)
    try await Self.add(30..<60, to: notes)
    await notes.settle()
    #expect(try files().count == 1)
    try await notes.delete(ids: (0..<60).map { "\($0)" })
    try await notes.compact()
    #expect(try files().isEmpty)
    try await Self.add(60..<90, to: notes)
    try await Self.check(reader, holds: 60..<90)
    try await Self.check(notes, holds: 60..<90)
  }

  @Test("every search sees one state, whatever is added, deleted and compacted meanwhile")
  func isolation() async throws {
    let notes = try await create(rows: 40)
    let reader = try await DocumentCollection(at: url, mode: .readOnly)
    // Every batch replaces all documents: a search that sees two states would find texts of two batches.
    @Sendable func write(_ version: Int) async throws {
      try await notes.add(
        (0..<60).map { Document(id: "\($0)", text: "\(version)") },
        vectors: Matrix(rows: 60, columns: Self.dimension, values: (0..<60).flatMap { Self.vector(version * 60 + $0) }))
    }
    try await write(0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { for version in 1..<40 { try await write(version) } }
      group.addTask { for _ in 0..<6 { try await notes.compact() } }
      for searcher in [notes, reader, reader] {
        group.addTask {
          for query in 0..<60 {
            let hits = try await searcher.search(vector: Self.vector(query), limit: 100).hits
            #expect(hits.count == 60 && Set(hits.map(\.document.text)).count == 1)
          }
        }
      }
      try await group.waitForAll()
    }
    await notes.settle()
    #expect(try await notes.verify().problems == [])
  }
}
