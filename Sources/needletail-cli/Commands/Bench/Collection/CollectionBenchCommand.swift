import ArgumentParser
import Needletail
import NeedletailTensor
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail bench collection`: filling a collection while it is searched, and opening it.
struct CollectionBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collection", abstract: "Measure filling a collection while it is searched, and opening it.",
    discussion: """
      Makes a collection of own vectors in a folder that is deleted in the end: --documents of --dimension values, in \
      clusters, or those of --base, which are taken over and over with some noise. Meanwhile --readers search it, each \
      --rate times a second, in processes of their own or, with --in-process, in the one that writes. A search that is late \
      counts from when it was due. Then a new process opens the collection and searches it 500 times without a pause.

      A million documents of 384 values take about 5 GB on the disk.

      Examples:
        needletail bench collection --documents 100000 --dimension 384 --readers 8
        needletail bench collection --documents 1000000 --base vectors.npy --readers 8 --in-process --json
      """)

  @Option(help: ArgumentHelp("How many documents.", valueName: "n"))
  var documents = 100_000

  @Option(help: ArgumentHelp("How many values each vector has.", valueName: "n"))
  var dimension = 384

  @Option(help: ArgumentHelp("Take vectors from a file in place of clusters: .npy, .fvecs.", valueName: "file"))
  var base: String?

  @Option(help: ArgumentHelp("How many search while documents come in.", valueName: "n"))
  var readers = 8

  @Option(help: ArgumentHelp("Searches a second of each reader; 0 for no pause.", valueName: "n"))
  var rate = 10.0

  @Flag(help: "Let readers be tasks of the process that writes.")
  var inProcess = false

  @Option(
    help: ArgumentHelp("Where the collection is made; the folder for temporary files by default.", valueName: "folder"))
  var folder: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard documents > 0 else { throw ValidationError("--documents should be at least 1, found \(documents)") }
    guard (1...65_536).contains(dimension) else {
      throw ValidationError("--dimension should be 1 to 65536, found \(dimension)")
    }
    guard (0...256).contains(readers) else { throw ValidationError("--readers should be 0 to 256, found \(readers)") }
    guard (0...10_000).contains(rate) else { throw ValidationError("--rate should be 0 to 10000, found \(rate)") }
  }

  func run() async throws {
    let vectors = try CollectionBenchVectors(base, dimension: dimension)
    let parent = folder.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory
    let place = parent.appending(path: "needletail-bench-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: place) }
    let filling = try await fill(place, vectors)
    var opened = ReaderProcesses(place.path)
    try opened.start(
      1, of: notes(place).path, base: base, dimension: vectors.dimension, rate: 0, searches: Self.searches)
    let reader = try opened.end(atOnce: false)[0]
    if output.json {
      try StandardOutput.print(json(filling, reader, vectors).text())
    } else {
      let rate = (Double(documents) / filling.seconds).rounded(digits: 0)
      try StandardOutput.print(
        """
        added \(documents) documents of \(vectors.dimension) values in \(filling.seconds.rounded(digits: 1)) s: \(rate) a \
        second, at most \(filling.anonymous >> 20) MiB of memory; segments were done \
        \(filling.settling.rounded(digits: 1)) s later
        \(readers) readers meanwhile: \(filling.latencies.text)
        opened in \(reader.opening.rounded(digits: 1)) ms, first search \(reader.firstSearch.rounded(digits: 1)) ms, then \
        \(reader.latencies.text)
        """)
    }
  }

  private static let searches = 500
  private static let batch = 4096

  private func notes(_ place: URL) -> URL { place.appending(path: "notes") }

  /// What filling the collection took.
  private struct Filling {
    /// Until the last document was on the disk.
    var seconds = 0.0
    /// From then on until the last segment was made.
    var settling = 0.0
    /// The most memory that was no file's, bytes.
    var anonymous = 0
    /// That memory after each tenth of the documents.
    var course: [Int] = []
    var latencies = Latencies()
    var statistics: CollectionStatistics?
  }

  private func fill(_ place: URL, _ vectors: CollectionBenchVectors) async throws -> Filling {
    let collection = try await DocumentCollection.create(at: notes(place), dimension: vectors.dimension)
    var processes = ReaderProcesses(place.path)
    let isOver = Ending()
    var filling = Filling()
    filling.latencies = try await withThrowingTaskGroup(of: Latencies.self) { group in
      if inProcess {
        for seed in 0..<readers {
          let reader = CollectionReader(collection: collection, vectors: vectors, rate: rate, seed: 2 * seed)
          group.addTask { try await reader.run { _ in isOver.isReached } }
        }
      } else {
        try processes.start(readers, of: notes(place).path, base: base, dimension: vectors.dimension, rate: rate)
      }
      do { try await add(to: collection, vectors, &filling) } catch {
        isOver.reach()
        _ = try? processes.end(atOnce: true)
        throw error
      }
      isOver.reach()
      var latencies = Latencies()
      for report in try processes.end(atOnce: true) { latencies.microseconds += report.latencies.microseconds }
      for try await found in group { latencies.microseconds += found.microseconds }
      return latencies
    }
    filling.statistics = try await collection.statistics()
    try await collection.close()
    return filling
  }

  /// Adds all documents and waits for their segments.
  private func add(to collection: DocumentCollection, _ vectors: CollectionBenchVectors, _ filling: inout Filling)
    async throws
  {
    let bar = ProgressBar("adding", total: documents, unit: "documents", quiet: output.quiet)
    defer { bar.finish() }
    let start = ContinuousClock.now
    for first in stride(from: 0, to: documents, by: Self.batch) {
      let numbers = first..<min(documents, first + Self.batch)
      try await collection.add(
        numbers.map {
          Document(id: "\($0)", text: "document \($0)", metadata: .object(["part": .integer($0 % 100)]))
        }, vectors: try vectors.matrix(numbers))
      bar.advance(to: numbers.upperBound)
      let memory = ResidentMemory.anonymousNow
      filling.anonymous = max(filling.anonymous, memory)
      if numbers.upperBound * 10 / documents > first * 10 / documents { filling.course.append(memory) }
    }
    filling.seconds = (ContinuousClock.now - start) / .seconds(1)
    await collection.settle()
    filling.settling = (ContinuousClock.now - start) / .seconds(1) - filling.seconds
    filling.anonymous = max(filling.anonymous, ResidentMemory.anonymousNow)
  }

  private func json(_ filling: Filling, _ reader: ReaderReport, _ vectors: CollectionBenchVectors) -> JSONValue {
    let segments = filling.statistics?.segments ?? []
    return .object([
      "documents": .integer(documents), "dimension": .integer(vectors.dimension),
      "add_seconds": .double(filling.seconds), "documents_per_second": .double(Double(documents) / filling.seconds),
      "settle_seconds": .double(filling.settling), "add_memory_bytes": .integer(filling.anonymous),
      "add_memory_course_bytes": .array(filling.course.map { .integer($0) }),
      "peak_memory_bytes": .integer(PeakMemory.bytes),
      "database_bytes": .integer(filling.statistics?.databaseBytes ?? 0),
      "segments": .integer(segments.count), "segment_bytes": .integer(segments.reduce(0) { $0 + $1.bytes }),
      "readers": .object(
        [
          ("count", .integer(readers)), ("searches_per_second_each", .double(rate)),
          ("in_process", .boolean(inProcess)),
        ] + filling.latencies.json),
      "opening": .object(
        [
          ("open_ms", .double(reader.opening)), ("first_search_ms", .double(reader.firstSearch)),
          ("memory_bytes", .integer(reader.anonymous)), ("resident_bytes", .integer(reader.resident)),
        ] + reader.latencies.json),
    ])
  }
}

/// Says to readers that are tasks when there is no more to do.
private final class Ending: Sendable {
  private let reached = Atomic(false)

  var isReached: Bool { reached.load(ordering: .relaxed) }

  func reach() { reached.store(true, ordering: .relaxed) }
}
