import ArgumentParser
import Needletail
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Searches a collection at a steady rate while others write to it.
struct CollectionReader: Sendable {
  let collection: DocumentCollection
  let vectors: CollectionBenchVectors
  /// Searches a second; 0 for one after another without pause.
  let rate: Double
  /// Tells the questions of one reader from those of others.
  let seed: Int

  /// Searches until `isOver` says so; a search that is late counts from when it was due.
  func run(until isOver: (Int) -> Bool) async throws -> Latencies {
    var latencies = Latencies()
    let start = ContinuousClock.now
    var count = 0
    while !isOver(count) {
      // Numbers that no stored vector has.
      let question = try vectors.vector((1 << 40) + seed << 24 + count)
      var due = ContinuousClock.now
      if rate > 0 {
        due = start + .seconds(Double(count) / rate)
        if due > .now { try await Task.sleep(until: due, clock: .continuous) }
      }
      _ = try await collection.search(vector: question, limit: 10)
      latencies.note(ContinuousClock.now - due)
      count += 1
    }
    return latencies
  }
}

/// A reader in a process of its own, which `bench collection` starts.
struct CollectionReaderCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collection-reader", abstract: "Search a collection for bench collection.", shouldDisplay: false)

  @Argument var collection: String
  @Option var base: String?
  @Option var dimension: Int
  @Option var rate: Double
  @Option var seed: Int
  @Option var searches: Int?
  /// The file that ends the reader when it is there.
  @Option var ending: String
  @Option var report: String

  func run() async throws {
    let start = ContinuousClock.now
    let opened = try await DocumentCollection(at: URL(filePath: collection), mode: .readOnly)
    let opening = ContinuousClock.now - start
    let vectors = try CollectionBenchVectors(base, dimension: dimension)
    let reader = CollectionReader(collection: opened, vectors: vectors, rate: 0, seed: seed)
    let first = try await reader.run { $0 == 1 }
    let steady = CollectionReader(collection: opened, vectors: vectors, rate: rate, seed: seed + 1)
    let latencies = try await steady.run { count in
      count >= searches ?? .max || FileManager.default.fileExists(atPath: ending)
    }
    let found: JSONValue = .object([
      "open_us": .integer(Int(opening / .microseconds(1))), "first_us": .integer(first.microseconds[0]),
      "latencies_us": .array(latencies.microseconds.map { .integer($0) }),
      "anonymous_bytes": .integer(ResidentMemory.anonymous), "resident_bytes": .integer(ResidentMemory.settled),
    ])
    try await opened.close()
    try Data(found.text().utf8).write(to: URL(filePath: report))
  }
}

/// What such a process found.
struct ReaderReport {
  /// Milliseconds.
  let opening: Double
  /// Milliseconds.
  let firstSearch: Double
  let latencies: Latencies
  /// Bytes of memory that are no file's.
  let anonymous: Int
  /// Bytes of memory, those of mapped files as well.
  let resident: Int

  init(contentsOf path: String) throws {
    let root = try JSONDocument(parsing: [UInt8](Data(contentsOf: URL(filePath: path))), subject: path).root
    opening = Double(try root.integer("open_us")) / 1000
    firstSearch = Double(try root.integer("first_us")) / 1000
    latencies = Latencies(microseconds: try root.value("latencies_us").elements.compactMap(\.integer))
    anonymous = try root.integer("anonymous_bytes", in: 0 ... .max)
    resident = try root.integer("resident_bytes", in: 0 ... .max)
  }
}
