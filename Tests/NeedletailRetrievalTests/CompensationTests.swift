import Foundation
import NeedletailEmbedding
import NeedletailIndex
import NeedletailRetrieval
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("Questions of another model", .serialized)
struct CompensationTests {
  let folder: TemporaryFolder
  var url: URL { URL(filePath: folder.path + "/notes") }

  init() throws { folder = try TemporaryFolder() }

  /// Sentences of the test set of STS-B, each once; made-up ones where it is not there.
  private static func sentences(_ count: Int) throws -> [String] {
    var sentences: [String] = []
    var seen: Set<String> = []
    if let data = SharedData.folder {
      let file = try String(contentsOf: data.appending(path: "stsb/en/test.tsv"), encoding: .utf8)
      for line in file.split(separator: "\n") {
        for cell in line.split(separator: "\t").dropFirst() where seen.insert(String(cell)).inserted {
          sentences.append(String(cell))
        }
      }
    }
    var generator = SeededGenerator(seed: 2)
    let words = "swift owl night train bank money tea water storm river bridge door forest field".split(separator: " ")
    while sentences.count < count {
      let text = (0..<6).map { _ in String(words.randomElement(using: &generator) ?? "") }.joined(separator: " ")
      if seen.insert(text).inserted { sentences.append(text) }
    }
    return Array(sentences.prefix(count))
  }

  /// The part of the ten documents of one search that another finds.
  private static func recall(
    _ questions: [String], _ truth: DocumentCollection, _ other: DocumentCollection
  ) async throws -> Double {
    var found = 0
    for question in questions {
      let expected = Set(try await truth.search(question, limit: 10, effort: .exact).hits.map(\.document.id))
      found += try await other.search(question, limit: 10, effort: .exact).hits.count {
        expected.contains($0.document.id)
      }
    }
    return Double(found) / Double(10 * questions.count)
  }

  @Test("the recall that is reported is what questions see that the collection does not hold")
  func honesty() async throws {
    let old = try await ReembeddingTests.model(nil)
    let texts = try Self.sentences(2200)
    let notes = try await DocumentCollection.create(at: url, embedder: old)
    try await notes.add(texts[200...].enumerated().map { Document(id: "\($0)", text: $1) })
    for (dimensions, atLeast) in [(240, 0.85), (24, 0.2)] {
      let new = try await ReembeddingTests.model(dimensions)
      let made = try await notes.adapt(to: new, sample: 2000)
      #expect(made.pairs == 1800 && made.questions == 200)
      let adapted = try await DocumentCollection(at: url, embedder: new, mode: .readOnly)
      #expect(adapted.compensation == made && notes.compensation == nil)
      let seen = try await Self.recall(Array(texts[..<200]), notes, adapted)
      #expect(abs(seen - made.recall) < 0.06, "reported \(made.recall), seen \(seen)")
      #expect(made.recall > atLeast && made.recall < 1, "\(made.recall)")
      #expect(try await adapted.search("owls").plan.hasPrefix("the question is mapped from another model"))
      #expect(try await adapted.search("owls", fields: ["text": 2]).plan.contains("mapped from another model"))
      try await adapted.close()
    }
    #expect(try await notes.statistics().compensations.count == 2)
    #expect(try await notes.verify().problems == [])
  }

  @Test("between two real models it is as honest", .enabled(if: SharedData.miniLM != nil))
  func realModels() async throws {
    let folder = try #require(SharedData.miniLM)
    var configuration = EmbedderConfiguration()
    configuration.precision = .int8
    let miniLM = try await Embedder(contentsOf: folder, configuration: configuration)
    let bundled = try await ReembeddingTests.model(nil)
    let texts = try Self.sentences(1100)
    for (name, old, new) in [("mini", miniLM, bundled), ("bundled", bundled, miniLM)] {
      let url = URL(filePath: self.folder.path + "/\(name)")
      let notes = try await DocumentCollection.create(at: url, embedder: old)
      try await notes.add(texts[100...].enumerated().map { Document(id: "\($0)", text: $1) })
      let made = try await notes.adapt(to: new)
      let adapted = try await DocumentCollection(at: url, embedder: new, mode: .readOnly)
      let seen = try await Self.recall(Array(texts[..<100]), notes, adapted)
      #expect(abs(seen - made.recall) < 0.08, "\(name): reported \(made.recall), seen \(seen)")
    }
  }

  @Test("a collection that was adapted takes no documents of the other model, and forgets maps once it is that model's")
  func limits() async throws {
    let (old, new, url) = (try await ReembeddingTests.model(nil), try await ReembeddingTests.model(64), url)
    let notes = try await DocumentCollection.create(at: url, embedder: old)
    func expect(_ code: RetrievalError.Code, _ body: @Sendable () async throws -> Void) async {
      await #expect { try await body() } throws: { ($0 as? RetrievalError)?.code == code }
    }
    try await notes.add(ReembeddingTests.documents(0..<9))
    await expect(.request) { try await notes.adapt(to: new) }
    try await notes.add(ReembeddingTests.documents(9..<120))
    await expect(.request) { try await notes.adapt(to: old) }
    await expect(.request) { try await notes.adapt(to: new, sample: 9) }
    await expect(.modelMismatch) { _ = try await DocumentCollection(at: url, embedder: new, mode: .readOnly) }
    try await notes.adapt(to: new)
    try await notes.close()
    let adapted = try await DocumentCollection(at: url, embedder: new)
    await expect(.modelMismatch) { try await adapted.add([Document(id: "x", text: "y")]) }
    #expect(try await adapted.search("owls", limit: 5).hits.count == 5)
    try await adapted.close()
    let reader = try await DocumentCollection(at: url, embedder: new, mode: .readOnly)
    await expect(.readOnly) { try await reader.adapt(to: old) }
    try await DocumentCollection.reembed(at: url, with: new)
    await expect(.modelMismatch) { _ = try await reader.search("owls") }
    let own = try await DocumentCollection(at: url, embedder: new)
    #expect(own.compensation == nil)
    #expect(try await own.statistics().compensations.isEmpty)
    try await own.add([Document(id: "x", text: "y")])
  }

  @Test("a damaged map is named and not used; the collection's own model goes on, and adapting again mends it")
  func damage() async throws {
    let (old, new, url) = (try await ReembeddingTests.model(nil), try await ReembeddingTests.model(64), url)
    let notes = try await DocumentCollection.create(at: url, embedder: old)
    try await notes.add(ReembeddingTests.documents(0..<100))
    let made = try await notes.adapt(to: new)
    try await notes.close()
    let file = url.appending(path: "collection.sqlite")
    var bytes = try Data(contentsOf: file)
    let name = try #require(bytes.range(of: Data(made.model.utf8)))
    // The weights follow the name in the row.
    bytes[name.upperBound + 100] ^= 1
    try bytes.write(to: file)
    let damaged = try await DocumentCollection(at: url, embedder: old)
    #expect(try await damaged.search("owls", limit: 3).hits.count == 3)
    #expect(try await damaged.statistics().compensations.isEmpty)
    let problems = try await damaged.verify().problems
    #expect(problems.count == 1 && problems[0].contains("the map of questions"))
    await #expect {
      try await DocumentCollection(at: url, embedder: new, mode: .readOnly)
    } throws: {
      ($0 as? RetrievalError)?.code == .modelMismatch
    }
    #expect(try await damaged.adapt(to: new) == made)
    #expect(try await damaged.verify().problems == [])
    #expect(try await DocumentCollection(at: url, embedder: new, mode: .readOnly).compensation == made)
  }
}
