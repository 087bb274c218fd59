import Foundation
import NeedletailRetrieval
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("Damaged blocks of collections", .serialized)
struct DamagedBlockTests {
  static let numbers = 0..<150
  static let query = SegmentTests.vector(5000)

  /// What a search of the sound collection finds.
  private struct Answer: Equatable {
    let ids: [String]
    let texts: [String]
    let scores: [Float]

    /// Scores of a graph and of a comparison of all may differ in their last bit.
    static func == (one: Answer, other: Answer) -> Bool {
      one.ids == other.ids && one.texts == other.texts
        && zip(one.scores, other.scores).allSatisfy { abs($0 - $1) < 1e-6 }
    }

    init(_ result: SearchResult) {
      ids = result.hits.map(\.document.id)
      texts = result.hits.map(\.document.text)
      scores = result.hits.map(\.score)
    }
  }

  /// Opens and searches; `nil` where the collection says that it is damaged.
  private static func answer(_ url: URL) async throws -> Answer? {
    // What readers of another damaged copy left beside the database.
    for suffix in ["-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: "\(url.path)/collection.sqlite\(suffix)")
    }
    do {
      let notes = try await DocumentCollection(at: url, mode: .readOnly)
      let answer = Answer(try await notes.search(vector: query, limit: 30))
      try await notes.close()
      return answer
    } catch is RetrievalError {
      return nil
    }
  }

  @Test(
    "each block of each file flipped or cut off: a clean error or the right answer", arguments: [false, true])
  func blocks(hasGraph: Bool) async throws {
    let folder = try TemporaryFolder()
    let url = URL(filePath: folder.path + "/notes")
    var settings = CollectionSettings()
    settings.segmentRows = 60
    if hasGraph { settings.graphRows = 50 }
    let notes = try await DocumentCollection.create(at: url, dimension: SegmentTests.dimension, settings: settings)
    try await SegmentTests.add(0..<100, to: notes)
    await notes.settle()
    try await SegmentTests.add(100..<150, to: notes)
    try await notes.delete(ids: ["3", "120"])
    let expected = Answer(try await notes.search(vector: Self.query, limit: 30))
    try await notes.close()
    let files =
      ["collection.sqlite"]
      + (try FileManager.default.contentsOfDirectory(atPath: url.path + "/segments").map { "segments/\($0)" })
    #expect(files.contains { $0.contains("graph-") } == hasGraph)
    var generator = SeededGenerator(seed: 11)
    for file in files {
      let sound = Array(try Data(contentsOf: url.appending(path: file)))
      var (right, refused) = (0, 0)
      for start in stride(from: 0, to: sound.count, by: 4096) {
        var flipped = sound
        for _ in 0..<3 {
          flipped[Int.random(in: start..<min(start + 4096, sound.count), using: &generator)] ^=
            1 << UInt8.random(in: 0..<8, using: &generator)
        }
        for damaged in [flipped, Array(sound[..<start])] {
          try folder.write("notes/\(file)", damaged)
          if let answer = try await Self.answer(url) {
            #expect(answer == expected, "\(file), block at \(start), \(damaged.count) bytes")
            right += 1
          } else {
            refused += 1
          }
        }
      }
      try folder.write("notes/\(file)", sound)
      #expect(right + refused == 2 * ((sound.count + 4095) / 4096))
      // Whatever happens to a segment, the database has the vectors.
      if file != "collection.sqlite" { #expect(refused == 0, "\(file)") }
    }
    #expect(try await Self.answer(url) == expected)
  }
}
