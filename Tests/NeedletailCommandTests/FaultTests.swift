import Needletail
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import Foundation
  import FoundationEssentials
#else
  import Foundation
#endif

/// Runs the program on disks that fail: every call that writes, in turn, where `NEEDLETAIL_FAULTS` is `all`, else some.
@Suite(
  "Failing disks", .serialized,
  .enabled(if: FaultyDisk.isAvailable, "faults are put in front of the system's calls by LD_PRELOAD, on Linux"))
struct FaultTests {
  static let isComplete = ProcessInfo.processInfo.environment["NEEDLETAIL_FAULTS"] == "all"
  static let dimension = 8
  static let stored = 0..<400
  /// New versions of some documents, and new ones.
  static let added = 350..<1000
  static let deleted = 100..<180

  /// What the program is asked to do while the disk fails.
  enum Operation: CaseIterable { case add, delete, compact }

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  // MARK: Documents

  /// The vector of a version of a document, which no other one has.
  private static func vector(_ number: Int, _ version: String) -> [Float] {
    var generator = SeededGenerator(seed: UInt64(number) << 8 + UInt64(version.utf8.count))
    return (0..<dimension).map { _ in Float.random(in: -1...1, using: &generator) }
  }

  private static func document(_ number: Int, _ version: String) -> Document {
    Document(id: "d\(number)", text: "\(version) \(number)", metadata: .object(["number": .integer(number)]))
  }

  /// A collection with segments, some with graphs, vectors that wait, and rows that are gone.
  private func makeCollection() async throws -> URL {
    let url = URL(filePath: folder.path + "/template")
    var settings = CollectionSettings()
    settings.segmentRows = 64
    settings.graphRows = 150
    let notes = try await DocumentCollection.create(at: url, dimension: Self.dimension, settings: settings)
    for first in stride(from: 0, to: Self.stored.count, by: 100) {
      let numbers = first..<(first + 100)
      try await notes.add(
        numbers.map { Self.document($0, "old") },
        vectors: Matrix(
          rows: 100, columns: Self.dimension, values: numbers.flatMap { Self.vector($0, "old") }))
      await notes.settle()
    }
    try await notes.delete(ids: (0..<60).map { "d\($0)" })
    #expect(try await notes.statistics().segments.contains { $0.name.hasPrefix("graph-") })
    try await notes.close()
    return url
  }

  private static let before = Dictionary(uniqueKeysWithValues: (60..<400).map { ("d\($0)", "old \($0)") })

  private static func arguments(_ operation: Operation, _ notes: String) -> [String] {
    switch operation {
    case .add: ["collection", "add", notes, "-", "--json"]
    case .delete: ["collection", "delete", notes, "--json"] + deleted.map { "d\($0)" }
    case .compact: ["collection", "compact", notes, "--quiet"]
    }
  }

  private static let lines = added.map { number in
    let vector = JSONValue.array(vector(number, "newer").map { .double(Double($0)) })
    return JSONValue.object([
      "id": .string("d\(number)"), "text": .string("newer \(number)"), "number": .integer(number), "vector": vector,
    ]).text() + "\n"
  }.joined()

  // MARK: Runs

  @Test("ends well or with an error, and what was acknowledged is there", arguments: Operation.allCases)
  func faults(_ operation: Operation) async throws {
    let template = try await makeCollection()
    let disk = try await FaultyDisk(folder.path)
    var faults: [Fault] = []
    for kind in Fault.kinds {
      let calls = try await run(kind, operation, template, disk).calls
      #expect(calls > 0 || kind.call != "write" && kind.call != "sync", "\(operation) makes no calls of \(kind)")
      let places = Array(1...max(1, calls))
      let step = Self.isComplete ? 1 : max(1, (places.count + 1) / 2)
      for place in Set(stride(from: 0, to: places.count, by: step)).union([places.count - 1]).sorted() {
        var fault = kind
        fault.at = places[place]
        faults.append(fault)
      }
    }
    var failures = 0
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for (place, fault) in faults.enumerated() {
        if place >= 4, let failed = try await group.next() { failures += failed ? 1 : 0 }
        group.addTask { try await run(fault, operation, template, disk).result.status != 0 }
      }
      for try await failed in group { failures += failed ? 1 : 0 }
    }
    print("\(operation): \(faults.count) runs, of which \(failures) ended with an error")
    #expect(failures > 0)
  }

  @Test("nothing is acknowledged that the disk did not confirm", arguments: 1...5)
  func confirmation(syncs: Int) async throws {
    let template = try await makeCollection()
    let disk = try await FaultyDisk(folder.path)
    let fault = Fault(call: "sync", error: "EIO", stays: true, at: syncs, file: ".sqlite-wal")
    let result = try await run(fault, .add, template, disk).result
    // Each transaction waits for the log once; the log's beginning may be waited for as well, and so may its end.
    #expect(result.lines.count < syncs)
    #expect(result.status == 1 || syncs > 1)
  }

  /// Runs the program on a copy of the collection and looks at what it leaves.
  private func run(
    _ fault: Fault, _ operation: Operation, _ template: URL, _ disk: FaultyDisk
  ) async throws -> FaultyDisk.Result {
    let place = URL(filePath: folder.path + "/\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    defer {
      try? FileManager.default.removeItem(at: place)
      try? FileManager.default.removeItem(atPath: place.path + ".count")
    }
    let notes = place.appending(path: "notes")
    try FileManager.default.copyItem(at: template, to: notes)
    let run = try await disk.run(
      fault, under: notes, Self.arguments(operation, notes.path), input: operation == .add ? Self.lines : "")
    let what: Comment = "\(operation), \(fault): status \(run.result.status) \(run.result.errors)"
    #expect(run.result.status == 0 || run.result.status == 1, what)
    if run.result.status == 1 {
      #expect(run.result.errors.hasPrefix("needletail: ") && run.result.errors.split(separator: "\n").count == 1, what)
    }
    try await check(notes, operation, run.result, what)
    return run
  }

  private func check(_ url: URL, _ operation: Operation, _ result: Program.Result, _ what: Comment) async throws {
    let notes = try await DocumentCollection(at: url)
    #expect(try await notes.verify().problems == [], what)
    var found: [String: String] = [:]
    for document in try await notes.documents(limit: 10_000).documents { found[document.id] = document.text }
    switch operation {
    case .compact: #expect(found == Self.before, what)
    case .delete:
      let after = Self.before.filter { !Self.deleted.map { "d\($0)" }.contains($0.key) }
      #expect(found == after || result.status != 0 && found == Self.before, what)
    case .add:
      let acknowledged = try result.lines.last.map {
        try JSONDocument(parsing: String($0)).root.integer("acknowledged", in: 0...Self.added.count)
      }
      let kept = found.values.count { $0.hasPrefix("newer") }
      let expected = Self.before.merging(Self.added.prefix(kept).map { ("d\($0)", "newer \($0)") }) { $1 }
      #expect(found == expected && kept >= acknowledged ?? 0, what)
      #expect(result.status != 0 || kept == Self.added.count, what)
    }
    let ids = found.keys.sorted()
    for place in stride(from: 0, to: ids.count, by: 40) {
      let id = ids[place]
      let text = found[id] ?? ""
      let vector = Self.vector(Int(id.dropFirst()) ?? 0, text.hasPrefix("old") ? "old" : "newer")
      for effort in [SearchEffort.exact, .recall(0.99)] {
        let hits = try await notes.search(vector: vector, limit: 3, effort: effort).hits
        #expect(hits.first?.document.id == id && hits.count == 3, what)
      }
    }
    try await notes.compact()
    #expect(try await notes.verify().problems == [], what)
    try await notes.close()
  }
}
