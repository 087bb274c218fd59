import Foundation
import NeedletailIndex
import NeedletailJSON
import NeedletailRetrieval
import NeedletailTensor
import NeedletailTestSupport
import Testing

/// Segment files that lie although all their checksums are right.
@Suite("Hostile segments", .serialized)
struct HostileSegmentFuzzTests {
  let folder: TemporaryFolder
  static let count = 1609

  init() throws { folder = try TemporaryFolder() }

  /// A collection of one segment with a graph, and that file.
  private func makeCollection(_ metric: Metric) async throws -> (url: URL, name: String, sound: [UInt8]) {
    let url = URL(filePath: "\(folder.path)/\(metric.rawValue)")
    var settings = CollectionSettings()
    settings.metric = metric
    settings.graphRows = 100
    let notes = try await DocumentCollection.create(at: url, dimension: SegmentTests.dimension, settings: settings)
    let numbers = 0..<Self.count
    try await notes.add(
      numbers.map { number in
        let metadata: JSONValue = .object([
          "part": .integer(number % 10), "name": .string("name \(number % 50)"), "share": .double(Double(number) / 7),
        ])
        return Document(id: "\(number)", text: "text \(number)", metadata: metadata)
      },
      vectors: Matrix(
        rows: Self.count, columns: SegmentTests.dimension, values: numbers.flatMap(SegmentTests.vector)))
    try await notes.compact()
    try await notes.close()
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: url.path + "/segments").first)
    let bytes = Array(try Data(contentsOf: url.appending(path: "segments/\(name)")))
    return (url, name, bytes)
  }

  /// Values that readers must not believe.
  private static func value(_ generator: inout SeededGenerator) -> UInt64 {
    let near = UInt64(count) &+ UInt64(bitPattern: Int64.random(in: -3...3, using: &generator))
    let values: [UInt64] = [
      0, 1, near, .max, UInt64(UInt32.max), UInt64(Int32.max), 1 << 31, 1 << 63, UInt64(Float.nan.bitPattern),
      UInt64(Float.infinity.bitPattern), UInt64((-Float.infinity).bitPattern), Double.nan.bitPattern,
      Double.infinity.bitPattern, UInt64(Float.greatestFiniteMagnitude.bitPattern),
      UInt64.random(in: 0...(.max), using: &generator), UInt64.random(in: 0..<UInt64(count), using: &generator),
    ]
    return values[Int.random(in: 0..<values.count, using: &generator)]
  }

  /// Changes some numbers of a section, or what the header says of it.
  private static func mutate(_ segment: inout ForgedSegment, _ generator: inout SeededGenerator) {
    let index = Int.random(in: 0..<segment.sections.count, using: &generator)
    let range = segment.sections[index].range
    if range.isEmpty || Int.random(in: 0..<12, using: &generator) == 0 {
      let entry = 40 + 32 * index + (Bool.random(using: &generator) ? 16 : 24)
      let old = ForgedSegment.number(segment.bytes, at: entry, width: 8)
      let steps: [UInt64] = [4096, 8, 4, 1, UInt64(bitPattern: -4), UInt64(bitPattern: -4096)]
      let step = steps[Int.random(in: 0..<steps.count, using: &generator)]
      segment.write(Bool.random(using: &generator) ? old &+ step : value(&generator), at: entry, width: 8)
      return
    }
    let width = [1, 4, 4, 8][Int.random(in: 0..<4, using: &generator)]
    guard range.count >= width else { return }
    let places = range.count / width
    // One number, some, or a whole run of the same.
    let first = Int.random(in: 0..<places, using: &generator)
    let run = [1, 1, 8, places][Int.random(in: 0..<4, using: &generator)]
    let isOne = Bool.random(using: &generator)
    let same = value(&generator)
    for place in first..<min(places, first + run) {
      segment.write(isOne ? same : value(&generator), at: range.lowerBound + place * width, width: width)
    }
  }

  /// Does what readers do with a segment.
  private static func read(_ url: URL) async throws {
    for suffix in ["-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: "\(url.path)/collection.sqlite\(suffix)")
    }
    let notes = try await DocumentCollection(at: url, mode: .readOnly)
    do { try await read(notes) } catch {
      try await notes.close()
      throw error
    }
    try await notes.close()
  }

  private static func read(_ notes: DocumentCollection) async throws {
    let searches: [(filter: String?, limit: Int, effort: SearchEffort)] = [
      (nil, 3, .beam(4)), (nil, 10, .recall(0.95)), ("part == 3", 10, .recall(0.99)), ("part != 3", 3, .beam(4)),
      ("part in [1, 2] and name starts with \"name 1\"", 10, .exact), ("share > 20.5 and exists name", 10, .beam(2)),
    ]
    for (text, limit, effort) in searches {
      do {
        let filter = try text.map { try Filter(parsing: $0) }
        let query = SegmentTests.vector(9999)
        let hits = try await notes.search(vector: query, limit: limit, where: filter, effort: effort).hits
        #expect(hits.count <= limit)
      } catch  where error is IndexError || error is RetrievalError {}
    }
    let sound = try await notes.verify().isSound
    if !sound { throw RetrievalError(.damaged, notes.url.path, "is damaged, as verify says") }
  }

  @Test(
    "lies under right checksums: an answer or an error, never a crash or a read outside", arguments: Metric.allCases)
  func lies(_ metric: Metric) async throws {
    let (url, name, sound) = try await makeCollection(metric)
    let segment = ForgedSegment(sound)
    try #require(segment.canBeForged && segment.sections.contains { $0.name == "graph.edges" })
    // What was forged is believed.
    var believed = segment
    let labels = try #require(segment.sections.first { $0.name == "graph.labels" })
    believed.write(
      ForgedSegment.number(sound, at: labels.range.lowerBound + 4, width: 4), at: labels.range.lowerBound, width: 4)
    believed.forge()
    try Data(believed.bytes).write(to: url.appending(path: "segments/\(name)"))
    let reader = try await DocumentCollection(at: url, mode: .readOnly)
    #expect(
      try await reader.search(vector: SegmentTests.vector(9999), limit: 3, effort: .beam(4)).plan.contains(
        "walk through"))
    try await reader.close()
    let report = try await Fuzzing("hostile segment, \(metric.rawValue)", share: 0.05).run([("sound", sound)]) {
      generator in
      var forged = segment
      for _ in 0...Int.random(in: 0..<3, using: &generator) { Self.mutate(&forged, &generator) }
      forged.forge()
      return forged.bytes
    } reader: { input in
      // Each worker has a copy of the database.
      let copy = input.folder.appending(path: "notes")
      if !FileManager.default.fileExists(atPath: copy.path) { try FileManager.default.copyItem(at: url, to: copy) }
      _ = try input.write(to: "notes/segments/\(name)")
      try await Self.read(copy)
    } refusal: { error in
      (error as? RetrievalError).map { ($0.message, $0.subject) }
        ?? (error as? IndexError).map { ($0.message, $0.subject) }
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
