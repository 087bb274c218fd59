import Foundation
import NeedletailEmbedding
import NeedletailIndex
import NeedletailJSON
import NeedletailRetrieval
import NeedletailTensor
import NeedletailTestSupport
import Synchronization
import Testing

@Suite("Re-embedding", .serialized)
struct ReembeddingTests {
  let folder: TemporaryFolder
  var url: URL { URL(filePath: folder.path + "/notes") }

  init() throws { folder = try TemporaryFolder() }

  /// The bundled model, whole or cut to some values: another model with other vectors.
  static func model(_ dimensions: Int?) async throws -> Embedder {
    var configuration = EmbedderConfiguration()
    configuration.dimensions = dimensions
    return try await Embedder(.bundled, configuration: configuration)
  }

  static func documents(_ range: Range<Int>) -> [Document] {
    range.map { number in
      let things = ["owls", "trains", "tea", "money", "rivers", "doors", "clouds"]
      let (first, second) = (things[number % 7], things[number / 7 % 7])
      let text = String(repeating: "Number \(number) is about \(first) and \(second). ", count: number % 4 + 1)
      let title: [(key: String, value: JSONValue)] = number % 2 == 0 ? [("title", .string("\(first) \(number)"))] : []
      return Document(id: "\(number)", text: text, metadata: .object(title + [("number", .integer(number))]))
    }
  }

  static let settings: CollectionSettings = {
    var settings = CollectionSettings()
    settings.fields = ["text", "title"]
    settings.chunkTokens = 20
    settings.segmentRows = 300
    settings.opening = "old"
    return settings
  }()

  private func create(_ count: Int) async throws -> DocumentCollection {
    let notes = try await DocumentCollection.create(
      at: url, embedder: try await Self.model(nil), settings: Self.settings)
    try await notes.add(Self.documents(0..<count))
    await notes.settle()
    return notes
  }

  /// A collection that never was anything else than what a re-embedded one should be.
  private func fresh(_ documents: [Document], _ embedder: Embedder) async throws -> DocumentCollection {
    let notes = try await DocumentCollection.create(
      at: URL(filePath: folder.path + "/fresh-\(UInt32.random(in: 0 ... .max))"), embedder: embedder,
      settings: Self.settings)
    try await notes.add(documents)
    return notes
  }

  /// Compares a re-embedded collection with one that the new model made from the start.
  private func check(_ notes: DocumentCollection, _ documents: [Document], _ embedder: Embedder) async throws {
    let expected = try await fresh(documents, embedder)
    #expect(try await notes.count() == documents.count && notes.dimension == embedder.dimension)
    for question in ["owls and rivers", "the door to the money", "a cup of tea"] {
      for field in Self.settings.fields {
        for filter in [nil, try Filter(parsing: "number >= 100 and number < 140")] {
          let found = try await notes.search(question, limit: 25, field: field, where: filter, effort: .exact).hits
          let wanted = try await expected.search(question, limit: 25, field: field, where: filter, effort: .exact).hits
          #expect(found.map(\.score) == wanted.map(\.score))
          let (a, b) = (found.map { "\($0.document.id) \($0.range)" }, wanted.map { "\($0.document.id) \($0.range)" })
          #expect(Set(a).subtracting(b).count <= 2)
        }
      }
    }
    let (ours, theirs) = (try await notes.statistics(), try await expected.statistics())
    #expect(ours.vectors == theirs.vectors && ours.model == theirs.model && ours.dimension == theirs.dimension)
    #expect(ours.reembedded == nil)
    #expect(try await notes.verify().problems == [])
    try await expected.close()
  }

  @Test("all vectors are those of the new model, of another length, and the old ones are gone", arguments: [64, 200])
  func whole(_ dimensions: Int) async throws {
    try await create(700).close()
    let model = try await Self.model(dimensions)
    let steps = Mutex<[[Int]]>([])
    try await DocumentCollection.reembed(at: url, with: model, opening: "new") { done, total in
      steps.withLock { $0.append([done, total]) }
    }
    #expect(steps.withLock { $0.last } == [700, 700])
    let notes = try await DocumentCollection(at: url, embedder: model)
    #expect(notes.settings.opening == "new")
    try await check(notes, Self.documents(0..<700), model)
    let segments = try await notes.statistics().segments
    #expect(segments.count == 2 && segments.allSatisfy { $0.removed == 0 })
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: url.path + "/segments").sorted()
        == segments.map(\.name).sorted())
    // It is written to like any other.
    try await notes.add(Self.documents(690..<760))
    try await notes.delete(ids: ["3", "750"])
    try await notes.compact()
    try await check(notes, Self.documents(0..<760).filter { !["3", "750"].contains($0.id) }, model)
    try await notes.close()
    let (url, old) = (url, try await Self.model(nil))
    await #expect {
      try await DocumentCollection(at: url, embedder: old)
    } throws: {
      ($0 as? RetrievalError)?.code == .modelMismatch
    }
  }

  /// Whether work of another task is done.
  private final class End: Sendable { let isReached = Mutex(false) }

  @Test("readers find with the old model until all changes at once; then they are told to open it again")
  func readers() async throws {
    try await create(900).close()
    let (old, new, url) = (try await Self.model(nil), try await Self.model(50), url)
    let reader = try await DocumentCollection(at: url, embedder: old, mode: .readOnly)
    let before = try await reader.search("owls and rivers", limit: 20).hits.map(\.document.id)
    let end = End()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await DocumentCollection.reembed(at: url, with: new)
        end.isReached.withLock { $0 = true }
      }
      group.addTask {
        var refusals = 0
        while refusals < 3 {
          let wasDone = end.isReached.withLock { $0 }
          do {
            let found = try await reader.search("owls and rivers", limit: 20).hits.map(\.document.id)
            #expect(found == before && !wasDone && refusals == 0)
          } catch let error as RetrievalError {
            #expect(error.code == .modelMismatch && error.message.contains("open it again"))
            refusals += 1
          }
        }
      }
      try await group.waitForAll()
    }
    for attempt in [
      { _ = try await reader.verify() }, { _ = try await reader.vectors(of: ["1"]) },
    ] as [@Sendable () async throws -> Void] {
      await #expect {
        try await attempt()
      } throws: {
        ($0 as? RetrievalError)?.code == .modelMismatch
      }
    }
    let again = try await DocumentCollection(at: url, embedder: new, mode: .readOnly)
    try await check(again, Self.documents(0..<900), new)
  }

  @Test("what was interrupted goes on, whatever was added, replaced and deleted between")
  func resuming() async throws {
    try await create(2500).close()
    let (old, new, url) = (try await Self.model(nil), try await Self.model(64), url)
    let interrupted = Task {
      try await DocumentCollection.reembed(at: url, with: new) { _, _ in
        unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      }
    }
    await #expect(throws: CancellationError.self) { try await interrupted.value }
    let between = try await DocumentCollection(at: url, embedder: old)
    #expect(try await between.statistics().reembedded == 1024)
    #expect(try await between.verify().problems == [])
    #expect(try await between.search("owls", limit: 3).hits.count == 3)
    try await between.add(Self.documents(2500..<2510))
    try await between.add([Document(id: "5", text: "Something else."), Document(id: "2000", text: "And again.")])
    try await between.delete(ids: ["7", "2100"])
    try await between.close()
    let steps = Mutex<[Int]>([])
    try await DocumentCollection.reembed(at: url, with: new) { done, _ in steps.withLock { $0.append(done) } }
    #expect(steps.withLock { $0.first ?? 0 } > 2000 && steps.withLock { $0.last } == 2508)
    let documents =
      Self.documents(0..<2510).filter { !["5", "7", "2000", "2100"].contains($0.id) }
      + [Document(id: "5", text: "Something else."), Document(id: "2000", text: "And again.")]
    try await check(try await DocumentCollection(at: url, embedder: new), documents, new)
  }

  @Test("a third model begins anew, and the collection's own forgets what was begun")
  func changing() async throws {
    try await create(1500).close()
    let (old, url) = (try await Self.model(nil), url)
    for dimensions in [32, 40] {
      let other = try await Self.model(dimensions)
      let interrupted = Task {
        try await DocumentCollection.reembed(at: url, with: other) { _, _ in
          unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
        }
      }
      await #expect(throws: CancellationError.self) { try await interrupted.value }
      let reader = try await DocumentCollection(at: url, mode: .readOnly)
      #expect(try await reader.statistics().reembedded == 1024)
    }
    try await DocumentCollection.reembed(at: url, with: old)
    let notes = try await DocumentCollection(at: url, embedder: old)
    try await check(notes, Self.documents(0..<1500), old)
  }

  @Test("a vector without a text is refused before anything is embedded")
  func textless() async throws {
    let (url, model) = (url, try await Self.model(64))
    let notes = try await DocumentCollection.create(at: url, dimension: 3)
    let documents = [Document(id: "a", text: "owls"), Document(id: "b", text: ""), Document(id: "c", text: "")]
    try await notes.add(documents, vectors: Matrix(rows: 3, columns: 3, values: [1, 0, 0, 0, 1, 0, 0, 0, 1]))
    try await notes.close()
    await #expect {
      try await DocumentCollection.reembed(at: url, with: model) { _, _ in Issue.record("it began") }
    } throws: {
      let error = $0 as? RetrievalError
      return error?.code == .request && error?.subject == "document \"b\"" && error?.message.contains("1 more") == true
    }
    let again = try await DocumentCollection(at: url)
    #expect(try await again.search(vector: [0, 1, 0], limit: 1).hits.map(\.document.id) == ["b"])
    try await again.delete(ids: ["b", "c"])
    try await again.close()
    try await DocumentCollection.reembed(at: url, with: model)
    let embedded = try await DocumentCollection(at: url, embedder: model)
    #expect(try await embedded.search("owls").hits.map(\.document.id) == ["a"])
  }

  @Test("new vectors that the disk damaged are thrown away, and the old ones are used until it is done again")
  func damage() async throws {
    try await create(1500).close()
    let (old, new, url) = (try await Self.model(nil), try await Self.model(64), url)
    let interrupted = Task {
      try await DocumentCollection.reembed(at: url, with: new) { _, _ in
        unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      }
    }
    await #expect(throws: CancellationError.self) { try await interrupted.value }
    let file = url.appending(path: "collection.sqlite")
    var bytes = try Data(contentsOf: file)
    let vector = try await new.embed(Self.documents(500..<501)[0].text, as: .document)
    let stored = vector.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } }
    let place = try #require(bytes.range(of: Data(stored)))
    bytes[place.lowerBound + 3] ^= 64
    try bytes.write(to: file)
    await #expect {
      try await DocumentCollection.reembed(at: url, with: new)
    } throws: {
      let error = $0 as? RetrievalError
      return error?.code == .damaged && error?.message.contains("begin again") == true
    }
    let reader = try await DocumentCollection(at: url, embedder: old, mode: .readOnly)
    #expect(try await reader.search("owls", limit: 3).hits.count == 3)
    #expect(try await reader.statistics().reembedded == nil)
    try await reader.close()
    try await DocumentCollection.reembed(at: url, with: new)
    try await check(try await DocumentCollection(at: url, embedder: new), Self.documents(0..<1500), new)
  }

  /// Re-embeds in a process that dies after its first step, or after a while.
  static func reembed(_ path: String, killingAfter microseconds: UInt32?) async throws {
    let model = try await model(64)
    if let microseconds {
      Thread {
        usleep(microseconds)
        kill(getpid(), SIGKILL)
      }.start()
    }
    try await DocumentCollection.reembed(at: URL(filePath: path), with: model) { _, _ in
      if microseconds == nil { kill(getpid(), SIGKILL) }
    }
    while true { usleep(1000) }
  }

  @Test("killed at any moment it leaves the old collection or the new one, whole, and the next call goes on")
  func killing() async throws {
    let (old, new) = (try await Self.model(nil), try await Self.model(64))
    let original = URL(filePath: folder.path + "/original")
    try await create(3000).close()
    try FileManager.default.moveItem(at: url, to: original)
    var generator = SeededGenerator(seed: 7)
    for run in 0..<12 {
      // Each third of the runs begins anew and first dies after a step, then at random moments of what is left.
      var microseconds: UInt32?
      if run % 4 == 0 {
        try? FileManager.default.removeItem(at: url)
        try FileManager.default.copyItem(at: original, to: url)
      } else {
        microseconds = UInt32.random(in: 1000...(run % 4 == 1 ? 150_000 : 600_000), using: &generator)
      }
      await #expect(processExitsWith: .signal(SIGKILL), "run \(run)") {
        [path = url.path as String, microseconds = microseconds as UInt32?] in
        try await ReembeddingTests.reembed(path, killingAfter: microseconds)
      }
      let raw = try await DocumentCollection(at: url)
      let isNew = raw.dimension == 64
      if run % 4 == 0 { #expect(try await raw.statistics().reembedded == 1024, "run \(run)") }
      try await raw.close()
      let notes = try await DocumentCollection(at: url, embedder: isNew ? new : old)
      #expect(try await notes.verify().problems == [], "run \(run)")
      #expect(try await notes.count() == 3000)
      let question = Self.documents(17..<18)[0].text
      #expect(try await notes.search(question, limit: 1).hits.first.map { $0.score > 0.999 } == true, "run \(run)")
      #expect(Set(try await notes.search(question, limit: 4000).hits.map(\.document.id)).count == 3000, "run \(run)")
      try await notes.close()
    }
    try await DocumentCollection.reembed(at: url, with: new)
    try await check(try await DocumentCollection(at: url, embedder: new), Self.documents(0..<3000), new)
  }
}
