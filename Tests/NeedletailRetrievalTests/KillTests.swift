import Foundation
import NeedletailIndex
import NeedletailRetrieval
import NeedletailTensor
import NeedletailTestSupport
import Synchronization
import Testing

/// What one task of a killed process was about to do and did, and what must therefore be there.
///
/// Each task owns its documents; a step adds some of them with a new text, or deletes some, in one call.
struct KilledTask {
  /// The text of each document that is there.
  var texts: [String: String] = [:]
  /// A step that began and was not acknowledged: all of it happened, or nothing.
  var pending: [String: String?]?

  /// Follows a line of the log: `begin add TEXT ID…`, `begin delete ID…`, or `end`.
  mutating func follow(_ line: Substring) {
    let words = line.split(separator: " ").map(String.init)
    switch words.prefix(2) {
    case ["begin", "add"]: pending = Dictionary(uniqueKeysWithValues: words.dropFirst(3).map { ($0, words[2]) })
    case ["begin", "delete"]: pending = Dictionary(uniqueKeysWithValues: words.dropFirst(2).map { ($0, nil) })
    case ["end"]:
      texts = after
      pending = nil
    default: Issue.record("the log holds \"\(line)\"")
    }
  }

  /// What is there if the pending step happened.
  var after: [String: String] {
    var texts = texts
    for (id, text) in pending ?? [:] { texts[id] = text }
    return texts
  }
}

/// Kills processes that write to a collection at random moments and looks at what they leave.
@Suite("Killed processes", .serialized)
struct KillTests {
  static let runs = ProcessInfo.processInfo.environment["NEEDLETAIL_KILL_RUNS"].flatMap { Int($0) } ?? 12
  static let seed = ProcessInfo.processInfo.environment["NEEDLETAIL_KILL_SEED"].flatMap { UInt64($0) } ?? 1
  static let tasks = 3
  static let dimension = 4

  @Test("every acknowledged write is there, no half ones, and the collection is sound")
  func killing() async throws {
    var generator = SeededGenerator(seed: Self.seed)
    var folder = try TemporaryFolder()
    for run in 0..<Self.runs {
      // A collection lives through ten kills.
      if run % 10 == 0 {
        folder = try TemporaryFolder()
        if run % 20 == 10 { try await Self.fill(folder.path) }
      }
      let (path, seed) = (folder.path, UInt64.random(in: 0 ... .max, using: &generator))
      let before = try await Self.contents(path)
      let microseconds = UInt32.random(in: 500...250_000, using: &generator)
      await #expect(processExitsWith: .signal(SIGKILL), "run \(run)") {
        [path = path as String, seed = seed as UInt64, microseconds = microseconds as UInt32] in
        try await KillTests.write(path, seed: seed, killingAfter: microseconds)
      }
      try await Self.check(path, before: before, "run \(run) with seed \(Self.seed)")
    }
  }

  // MARK: The process that is killed

  static func write(_ path: String, seed: UInt64, killingAfter microseconds: UInt32) async throws {
    let notes = try await open(path)
    let killer = Thread {
      usleep(microseconds)
      kill(getpid(), SIGKILL)
    }
    killer.start()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<tasks {
        group.addTask { try await step(notes, task: task, log: Log("\(path)/log-\(task)"), seed: seed) }
      }
      group.addTask { while true { try await notes.compact() } }
      try await group.waitForAll()
    }
  }

  private static func open(_ path: String) async throws -> DocumentCollection {
    let url = URL(filePath: path + "/notes")
    if FileManager.default.fileExists(atPath: url.path) { return try await DocumentCollection(at: url) }
    return try await create(url)
  }

  /// A collection whose segments have graphs once two or more were put together.
  private static func create(_ url: URL) async throws -> DocumentCollection {
    var settings = CollectionSettings()
    settings.segmentRows = 32
    settings.graphRows = 100
    return try await DocumentCollection.create(at: url, dimension: dimension, settings: settings)
  }

  /// Documents that nobody changes, so many that searches walk through the graph.
  private static let base = 1600

  private static func fill(_ path: String) async throws {
    let notes = try await create(URL(filePath: path + "/notes"))
    let ids = (0..<base).map { "base-\($0)" }
    try await notes.add(
      ids.map { Document(id: $0, text: "base") },
      vectors: Matrix(rows: base, columns: dimension, values: ids.flatMap { vector($0, "base") }))
    try await notes.compact()
    try await notes.close()
  }

  private static func step(_ notes: DocumentCollection, task: Int, log: Log, seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed &+ UInt64(task))
    for round in 0... {
      let count = Int.random(in: 1...20, using: &generator)
      let ids = Set((0..<count).map { _ in "\(task)-\(Int.random(in: 0..<80, using: &generator))" }).sorted()
      if Int.random(in: 0..<4, using: &generator) == 0 {
        log.append("begin delete \(ids.joined(separator: " "))")
        try await notes.delete(ids: ids)
      } else {
        let text = "\(seed)-\(round)"
        log.append("begin add \(text) \(ids.joined(separator: " "))")
        try await notes.add(
          ids.map { Document(id: $0, text: text) },
          vectors: Matrix(rows: ids.count, columns: dimension, values: ids.flatMap { vector($0, text) }))
      }
      log.append("end")
    }
  }

  /// The vector of a document, which only its own version has.
  private static func vector(_ id: String, _ text: String) -> [Float] {
    var generator = SeededGenerator(seed: (id + text).utf8.reduce(5381) { $0 &* 33 &+ UInt64($1) })
    return (0..<dimension).map { _ in Float.random(in: -1...1, using: &generator) }
  }

  /// Lines that are with the system, which outlives the process, when `append` returns.
  private final class Log: Sendable {
    private let file: Mutex<FileHandle>

    init(_ path: String) throws {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
      file = Mutex(try FileHandle(forWritingTo: URL(filePath: path)))
    }

    func append(_ line: String) { file.withLock { $0.write(Data((line + "\n").utf8)) } }
  }

  // MARK: What it leaves

  /// The text of each document; empty where there is no collection yet.
  private static func contents(_ path: String) async throws -> [String: String] {
    let url = URL(filePath: path + "/notes")
    guard let notes = try? await DocumentCollection(at: url, mode: .readOnly) else { return [:] }
    var texts: [String: String] = [:]
    var page = try await notes.documents()
    while !page.documents.isEmpty {
      for document in page.documents { texts[document.id] = document.text }
      page = try await notes.documents(after: page.position)
    }
    try await notes.close()
    return texts
  }

  private static func check(_ path: String, before: [String: String], _ run: Comment) async throws {
    var expected: [KilledTask] = []
    for task in 0..<tasks {
      var state = KilledTask(texts: before.filter { $0.key.hasPrefix("\(task)-") })
      let log = (try? String(contentsOfFile: "\(path)/log-\(task)", encoding: .utf8)) ?? ""
      for line in log.split(separator: "\n") { state.follow(line) }
      expected.append(state)
      try? FileManager.default.removeItem(atPath: "\(path)/log-\(task)")
    }
    let url = URL(filePath: path + "/notes")
    let isThere = FileManager.default.fileExists(atPath: url.path + "/collection.sqlite")
    guard isThere, let notes = try await opened(url, after: run) else {
      // It was killed while it made the collection: nothing was acknowledged.
      #expect(expected.allSatisfy { $0.texts.isEmpty && $0.pending == nil }, run)
      try? FileManager.default.removeItem(at: url)
      return
    }
    #expect(try await notes.verify().problems == [], run)
    let found = try await contents(path)
    for (task, state) in expected.enumerated() {
      let own = found.filter { $0.key.hasPrefix("\(task)-") }
      #expect(own == state.texts || own == state.after, "\(run), task \(task)")
    }
    let unchanged = before.filter { $0.key.hasPrefix("base-") }
    #expect(found.filter { $0.key.hasPrefix("base-") } == unchanged, run)
    // Each document is the nearest to its own vector, and a search for all finds all.
    for (id, text) in found.shuffled().prefix(10) {
      #expect(try await notes.search(vector: vector(id, text), limit: 1).hits.map(\.document.id) == [id], run)
    }
    let all = try await notes.search(vector: vector("", ""), limit: 3000).hits.map(\.document.id)
    #expect(all.sorted() == found.keys.sorted(), run)
    // What a walk through the graph finds is there, as it is, at its place.
    let query = vector("", "walk")
    let scores = try await notes.search(vector: query, limit: 3000, effort: .exact).hits.map(\.score)
    let walk = try await notes.search(vector: query, limit: 4, effort: .beam(4))
    #expect(before.count < base || walk.plan.contains("walk through the graph"), run)
    #expect(walk.hits.count == min(4, found.count), run)
    for hit in walk.hits {
      #expect(found[hit.document.id] == hit.document.text && scores.contains { abs($0 - hit.score) < 1e-5 }, run)
    }
    try await notes.close()
  }

  /// The collection, opened for writing as the next process would; `nil` where it was never finished.
  private static func opened(_ url: URL, after run: Comment) async throws -> DocumentCollection? {
    do {
      return try await DocumentCollection(at: url)
    } catch let error as RetrievalError where error.code == .malformed {
      return nil
    }
  }
}
