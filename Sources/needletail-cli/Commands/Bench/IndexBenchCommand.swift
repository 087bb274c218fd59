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
      Vectors come from .npy, .fvecs, .bvecs or .ivecs, one a row. A graph is built of the base; then all queries are \
      answered once untimed and --repeat times timed, on --threads. --save-ids keeps what was found, int64 \
      [queries, limit] with -1 where there is nothing more, for comparing with other engines; --check compares it with \
      an exhaustive search for some of the queries.

      How many vectors a walk must keep for --recall is calibrated with 300 of the queries, and the best hits are compared \
      by the float32 vectors of the base file.

      --beam sets how many vectors a walk keeps, in place of what was calibrated for --recall. It may name several, as \
      in 16,32,64: each is then measured, and the ids of one after another are saved.

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

  @Option(help: ArgumentHelp("How many of the nearest vectors are to be found, 0.5 to 1.", valueName: "part"))
  var recall = 0.95

  @Option(help: ArgumentHelp("Keep so many vectors in a walk; may be several.", valueName: "n,n,..."))
  var beam: BeamWidths?

  @Flag(help: "Compare every vector with every query, in place of a graph.")
  var exact = false

  @Option(help: ArgumentHelp("How many vectors are found for a query.", valueName: "n"))
  var limit = 10

  @Option(help: ArgumentHelp("Threads that search; all processors by default.", valueName: "n"))
  var threads: Int?

  @Option(help: ArgumentHelp("Threads that build; as many as search by default.", valueName: "n"))
  var buildThreads: Int?

  @Option(help: ArgumentHelp("How many timed passes.", valueName: "n"))
  var `repeat` = 5

  @Option(help: ArgumentHelp("Write the positions that were found.", valueName: "file"))
  var saveIds: String?

  @Option(help: ArgumentHelp("Compare with an exhaustive search for the first so many queries.", valueName: "n"))
  var check = 0

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (0.5...1).contains(recall) else { throw ValidationError("--recall should be 0.5 to 1, found \(recall)") }
    guard beam == nil || !exact else { throw ValidationError("--beam is for graphs, not for --exact") }
    guard (1...10_000).contains(limit) else { throw ValidationError("--limit should be 1 to 10000, found \(limit)") }
    guard (1...10_000).contains(`repeat`) else {
      throw ValidationError("--repeat should be 1 to 10000, found \(`repeat`)")
    }
    for (name, count) in [("--threads", threads), ("--build-threads", buildThreads)] {
      guard (1...1024).contains(count ?? 1) else {
        throw ValidationError("\(name) should be 1 to 1024, found \(count ?? 1)")
      }
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
    var index = try await MeasuredIndex(
      stored, metric: metric, exact: exact, kernels: kernels,
      team: buildThreads.map { ComputeTeam(threads: $0) } ?? team, quiet: output.quiet)
    let resident = ResidentMemory.anonymous - before
    if beam == nil, !exact {
      let step = max(1, vectors.rows / Self.calibrationQueries)
      let some = Array(stride(from: 0, to: vectors.rows, by: step).prefix(Self.calibrationQueries))
      try await index.calibrate(
        with: Matrix(rows: some.count, columns: vectors.columns, values: some.flatMap { vectors[row: $0] }), on: team)
    }
    let efforts = beam?.widths.map(SearchEffort.beam) ?? [exact ? .exact : .recall(recall)]
    let runs = try await measure(index, vectors, efforts, team)
    if let saveIds { try Self.write(runs.flatMap(\.found), limit: limit, to: saveIds) }
    let recalls = try await recalls(of: runs, in: stored, vectors, kernels, team)
    if output.json {
      let figures = JSONValue.object([
        "qps": .double(runs[0].speed), "build_seconds": .double(index.seconds),
        "bytes_per_vector": .double(index.bytesPerVector),
        "resident_bytes_per_vector": .double(Double(resident) / Double(max(1, stored.rows))),
        "settings": index.settings, "vectors": .integer(stored.rows), "dimension": .integer(stored.columns),
        "queries": .integer(asked.rows), "limit": .integer(limit), "metric": .string(metric.rawValue),
        "threads": .integer(team.threads), "kernels": .string(kernels.name),
        "seconds": .array(runs[0].seconds.map(JSONValue.double)),
        "runs": .array(zip(runs, recalls).map { $0.json(recall: $1) }),
        "recall": recalls[0].map(JSONValue.double) ?? .null, "peak_memory_bytes": .integer(PeakMemory.bytes),
      ])
      try StandardOutput.print(figures.text())
    } else {
      try StandardOutput.print(
        "\(stored.rows) vectors of \(stored.columns) values, \(team.threads) threads, \(kernels.name) kernels")
      try StandardOutput.print(
        "built in \(index.seconds.rounded(digits: 2)) s, \(index.bytesPerVector.rounded(digits: 1)) bytes a vector")
      for (run, recall) in zip(runs, recalls) {
        let found = recall.map { ", recall \($0.rounded(digits: 4)) of the nearest \(limit)" } ?? ""
        try StandardOutput.print(
          "\(run.name): \(run.speed.rounded(digits: 0)) queries/s, best of \(`repeat`) passes of \(asked.rows)\(found)")
      }
    }
  }

  /// Answers all queries with each effort in turn, once untimed and then as often as was asked.
  private func measure(
    _ index: MeasuredIndex, _ queries: Matrix, _ efforts: [SearchEffort], _ team: ComputeTeam
  ) async throws -> [MeasuredRun] {
    let bar = ProgressBar("searching", total: `repeat` + 1, unit: "passes", quiet: output.quiet)
    defer { bar.finish() }
    var runs = efforts.map { MeasuredRun(effort: $0, queries: queries.rows) }
    for pass in 0...`repeat` {
      for place in runs.indices {
        let start = ContinuousClock.now
        runs[place].found = try await index.search(queries, limit: limit, effort: runs[place].effort, on: team)
        if pass > 0 { runs[place].seconds.append((ContinuousClock.now - start) / .seconds(1)) }
      }
      bar.advance(to: pass + 1)
    }
    return runs
  }

  /// How many of the queries calibrate the index, as a user's own would.
  private static let calibrationQueries = 300

  static func metric(_ name: String) throws -> Metric {
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

  /// The part of the nearest vectors that each run found for the first queries; `nil` if none are to be checked.
  private func recalls(
    of runs: [MeasuredRun], in stored: VectorFile, _ queries: Matrix, _ kernels: Kernels, _ team: ComputeTeam
  ) async throws -> [Double?] {
    let count = min(check, queries.rows)
    guard count > 0, stored.rows > 0 else { return runs.map { _ in nil } }
    let some = Matrix(
      rows: count, columns: queries.columns, values: Array(queries.values[..<(count * queries.columns)]))
    let exact = try ExactIndex(stored, metric: metric, kernels: kernels) { _ in }
    let nearest = try await exact.search(some, limit: limit, on: team)
    return runs.map { $0.recall(of: nearest) }
  }
}

/// Widths of walks, as `--beam` names them.
struct BeamWidths: ExpressibleByArgument {
  let widths: [Int]

  init?(argument: String) {
    let widths = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard widths.allSatisfy({ (1...100_000).contains($0) }) else { return nil }
    self.widths = widths
  }
}
