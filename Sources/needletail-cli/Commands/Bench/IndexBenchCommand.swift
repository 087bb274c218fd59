import ArgumentParser
import Needletail
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail bench index`: how many queries a second an index answers, and what building it costs.
struct IndexBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index", abstract: "Measure how many queries a second an index answers, and what building it costs.",
    usage: "needletail bench index --base <file> --queries <file> [<options>]",
    discussion: """
      Vectors come from .npy, .fvecs, .bvecs or .ivecs, one a row. The base is stored for exact search; then all queries \
      are answered once untimed and --repeat times timed, on --threads. --save-ids keeps what was found, int64 \
      [queries, limit] with -1 where there is nothing more, for comparing with other engines; --check compares it with \
      an exhaustive search for some of the queries.

      Example: needletail bench index --base base.npy --queries queries.npy --metric cosine --recall 0.95 --threads 4 \
      --save-ids found.npy --json
      """)

  @Option(help: ArgumentHelp("The vectors to store.", valueName: "file"))
  var base: String

  @Option(help: ArgumentHelp("The vectors to search for.", valueName: "file"))
  var queries: String

  @Option(
    help: ArgumentHelp("What near means: cosine, l2 or ip.", valueName: "metric"),
    transform: { try IndexBenchCommand.metric($0) })
  var metric = Metric.cosine

  @Option(help: ArgumentHelp("How many of the nearest vectors are to be found, 0 to 1.", valueName: "part"))
  var recall = 0.95

  @Option(help: ArgumentHelp("How many vectors are found for a query.", valueName: "n"))
  var limit = 10

  @Option(help: ArgumentHelp("Threads that build and search; all processors by default.", valueName: "n"))
  var threads: Int?

  @Option(help: ArgumentHelp("How many timed passes.", valueName: "n"))
  var `repeat` = 5

  @Option(help: ArgumentHelp("Write the positions that were found.", valueName: "file"))
  var saveIds: String?

  @Option(help: ArgumentHelp("Compare with an exhaustive search for the first so many queries.", valueName: "n"))
  var check = 0

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard recall > 0, recall <= 1 else { throw ValidationError("--recall should be above 0 to 1, found \(recall)") }
    guard (1...10_000).contains(limit) else { throw ValidationError("--limit should be 1 to 10000, found \(limit)") }
    guard (1...10_000).contains(`repeat`) else {
      throw ValidationError("--repeat should be 1 to 10000, found \(`repeat`)")
    }
    guard (1...1024).contains(threads ?? 1) else {
      throw ValidationError("--threads should be 1 to 1024, found \(threads ?? 1)")
    }
    guard check >= 0 else { throw ValidationError("--check should be 0 or more, found \(check)") }
  }

  func run() async throws {
    let kernels = try Kernels.preferred()
    let stored = try VectorFile(URL(filePath: base), kernels: kernels)
    let asked = try VectorFile(URL(filePath: queries), kernels: kernels)
    guard asked.columns == stored.columns else {
      throw TensorError(
        .mismatch, queries, "has vectors of \(asked.columns) values, those of \(base) have \(stored.columns)")
    }
    let team = ComputeTeam(threads: threads)
    let vectors = try asked.matrix(0..<asked.rows)
    let before = ResidentMemory.anonymous
    let building = ProgressBar("storing", total: stored.rows, unit: "vectors", quiet: output.quiet)
    let start = ContinuousClock.now
    let index = try ExactIndex(stored, metric: metric, kernels: kernels) { building.advance(to: $0) }
    let buildSeconds = (ContinuousClock.now - start) / .seconds(1)
    building.finish()
    let bytes = Double(index.bytes) / Double(max(1, index.count))
    let resident = ResidentMemory.anonymous - before
    var found: [[Hit]] = []
    var seconds: [Double] = []
    let bar = ProgressBar("searching", total: `repeat` + 1, unit: "passes", quiet: output.quiet)
    for pass in 0...`repeat` {
      let start = ContinuousClock.now
      found = try await index.search(vectors, limit: limit, on: team)
      if pass > 0 { seconds.append((ContinuousClock.now - start) / .seconds(1)) }
      bar.advance(to: pass + 1)
    }
    bar.finish()
    if let saveIds { try Self.write(found, limit: limit, to: saveIds) }
    let recall = try await measuredRecall(of: found, in: stored, vectors, kernels, team)
    let best = Double(asked.rows) / (seconds.min() ?? .infinity)
    if output.json {
      let figures = JSONValue.object([
        "qps": .double(best), "build_seconds": .double(buildSeconds), "bytes_per_vector": .double(bytes),
        "resident_bytes_per_vector": .double(Double(resident) / Double(max(1, stored.rows))),
        "settings": .object(["index": .string("exact"), "code": .string("float32")]),
        "vectors": .integer(stored.rows), "dimension": .integer(stored.columns), "queries": .integer(asked.rows),
        "limit": .integer(limit), "metric": .string(metric.rawValue), "threads": .integer(team.threads),
        "kernels": .string(kernels.name), "seconds": .array(seconds.map(JSONValue.double)),
        "recall": recall.map(JSONValue.double) ?? .null, "peak_memory_bytes": .integer(PeakMemory.bytes),
      ])
      try StandardOutput.print(figures.text())
    } else {
      try StandardOutput.print(
        "\(stored.rows) vectors of \(stored.columns) values, \(team.threads) threads, \(kernels.name) kernels")
      try StandardOutput.print("\(best.rounded(digits: 0)) queries/s, best of \(`repeat`) passes of \(asked.rows)")
      try StandardOutput.print(
        "built in \(buildSeconds.rounded(digits: 2)) s, \(bytes.rounded(digits: 1)) bytes a vector")
      if let recall { try StandardOutput.print("recall \(recall.rounded(digits: 4)) of the nearest \(limit)") }
    }
  }

  private static func metric(_ name: String) throws -> Metric {
    guard let metric = Metric(rawValue: name) else {
      throw ValidationError("--metric should be cosine, l2 or ip, found \(name)")
    }
    return metric
  }

  /// Writes int64 `[queries, limit]`, -1 where fewer were found.
  private static func write(_ found: [[Hit]], limit: Int, to path: String) throws {
    let writer = try NpyWriter(path, columns: limit, elements: .int64)
    for hits in found {
      try writer.append(hits.map(\.index) + [Int](repeating: -1, count: limit - hits.count))
    }
    try writer.finish()
  }

  /// The part of the nearest vectors that were found for the first queries; `nil` if none are to be checked.
  private func measuredRecall(
    of found: [[Hit]], in stored: VectorFile, _ queries: Matrix, _ kernels: Kernels, _ team: ComputeTeam
  ) async throws -> Double? {
    let count = min(check, queries.rows)
    guard count > 0, stored.rows > 0 else { return nil }
    let some = Matrix(
      rows: count, columns: queries.columns, values: Array(queries.values[..<(count * queries.columns)]))
    let exact = try ExactIndex(stored, metric: metric, kernels: kernels) { _ in }
    let nearest = try await exact.search(some, limit: limit, on: team)
    var shared = 0
    for (hits, truth) in zip(found, nearest) { shared += Set(hits.map(\.index)).intersection(truth.map(\.index)).count }
    return Double(shared) / Double(nearest.reduce(0) { $0 + $1.count })
  }
}
