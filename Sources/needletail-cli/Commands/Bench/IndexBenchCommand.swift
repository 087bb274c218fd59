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

      --index keeps the graph, so that a later call searches without building: it is read from the file, into memory, if \
      there is one, and else built and written there.

      Example: needletail bench index --base base.npy --queries queries.npy --metric cosine --recall 0.95 --threads 4 \
      --save-ids found.npy --json
      """)

  @OptionGroup var vectors: BenchVectors

  @Option(help: ArgumentHelp("Keep so many vectors in a walk; may be several.", valueName: "n,n,..."))
  var beam: BeamWidths?

  @Flag(help: "Compare every vector with every query, in place of a graph.")
  var exact = false

  @Option(help: ArgumentHelp("Threads that build; as many as search by default.", valueName: "n"))
  var buildThreads: Int?

  @Option(
    help: ArgumentHelp("Read the graph from a file; build it and write it there if there is none.", valueName: "file"))
  var index: String?

  @Option(help: ArgumentHelp("How many timed passes.", valueName: "n"))
  var `repeat` = 5

  @Option(help: ArgumentHelp("Write the positions that were found.", valueName: "file"))
  var saveIds: String?

  @Option(help: ArgumentHelp("Compare with an exhaustive search for the first so many queries.", valueName: "n"))
  var check = 0

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard beam == nil || !exact else { throw ValidationError("--beam is for graphs, not for --exact") }
    guard index == nil || !exact else { throw ValidationError("--index is for graphs, not for --exact") }
    guard (1...10_000).contains(`repeat`) else {
      throw ValidationError("--repeat should be 1 to 10000, found \(`repeat`)")
    }
    guard (1...1024).contains(buildThreads ?? 1) else {
      throw ValidationError("--build-threads should be 1 to 1024, found \(buildThreads ?? 1)")
    }
    guard check >= 0 else { throw ValidationError("--check should be 0 or more, found \(check)") }
  }

  func run() async throws {
    let kernels = try Kernels.preferred()
    let (stored, asked) = try vectors.open(kernels)
    let team = ComputeTeam(threads: vectors.threads)
    let limit = vectors.limit
    let before = ResidentMemory.anonymous
    var built = try await MeasuredIndex(
      stored, metric: vectors.metric, exact: exact, file: index, kernels: kernels,
      team: buildThreads.map { ComputeTeam(threads: $0) } ?? team, quiet: output.quiet)
    let resident = ResidentMemory.anonymous - before
    if beam == nil, !exact { try await built.calibrate(with: BenchVectors.sample(asked), on: team) }
    let efforts = beam?.widths.map(SearchEffort.beam) ?? [exact ? .exact : .recall(vectors.recall)]
    let runs = try await measure(built, asked, efforts, team)
    if let saveIds { try Self.write(runs.flatMap(\.found), limit: limit, to: saveIds) }
    let recalls = try await recalls(of: runs, in: stored, asked, kernels, team)
    if output.json {
      let figures = JSONValue.object([
        "qps": .double(runs[0].speed), "build_seconds": built.seconds.map(JSONValue.double) ?? .null,
        "bytes_per_vector": .double(built.bytesPerVector),
        "resident_bytes_per_vector": .double(Double(resident) / Double(max(1, stored.rows))),
        "settings": built.settings, "vectors": .integer(stored.rows), "dimension": .integer(stored.columns),
        "queries": .integer(asked.rows), "limit": .integer(limit), "metric": .string(vectors.metric.rawValue),
        "threads": .integer(team.threads), "kernels": .string(kernels.name),
        "seconds": .array(runs[0].seconds.map(JSONValue.double)),
        "runs": .array(zip(runs, recalls).map { $0.json(recall: $1) }),
        "recall": recalls[0].map(JSONValue.double) ?? .null, "peak_memory_bytes": .integer(PeakMemory.bytes),
      ])
      try StandardOutput.print(figures.text())
    } else {
      try StandardOutput.print(
        "\(stored.rows) vectors of \(stored.columns) values, \(team.threads) threads, \(kernels.name) kernels")
      let origin = built.seconds.map { "built in \($0.rounded(digits: 2)) s" } ?? "read from a file"
      try StandardOutput.print("\(origin), \(built.bytesPerVector.rounded(digits: 1)) bytes a vector")
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
        runs[place].found = try await index.search(queries, limit: vectors.limit, effort: runs[place].effort, on: team)
        if pass > 0 { runs[place].seconds.append((ContinuousClock.now - start) / .seconds(1)) }
      }
      bar.advance(to: pass + 1)
    }
    return runs
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
    let exact = try ExactIndex(stored, metric: vectors.metric, kernels: kernels) { _ in }
    let nearest = try await exact.search(some, limit: vectors.limit, on: team)
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
