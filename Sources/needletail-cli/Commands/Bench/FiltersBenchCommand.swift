import ArgumentParser
import Needletail
import NeedletailTensor

/// `needletail bench filters`: what filters cost a graph index, and what of the nearest it finds under them.
struct FiltersBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "filters", abstract: "Measure searches in which only some of the vectors may be found.",
    usage: "needletail bench filters --base <file> --queries <file> [<options>]",
    discussion: """
      For each of --shares so many vectors match: spread over all, the same for every query; nearest to the query; and, \
      far from it, nearest to the most different of the other queries. Each is answered by the graph index as it plans, \
      and by a scan that compares every match, which also gives the truth. The base is float32 in a .npy file.

      Where matches are spread, all queries are one batch. Where each query has its own, each is a search of its own, on one \
      of --threads.

      Example: needletail bench filters --base base.npy --queries queries.npy --metric cosine --shares 0.1,0.001
      """)

  @OptionGroup var vectors: BenchVectors

  @Option(help: ArgumentHelp("Which parts of the vectors match.", valueName: "part,part,..."))
  var shares = Shares([0.5, 0.1, 0.01, 0.001, 0.0001])

  @Option(help: ArgumentHelp("How many timed passes.", valueName: "n"))
  var `repeat` = 3

  @Option(
    help: ArgumentHelp("Read the index from a file; build it and write it there if there is none.", valueName: "file"))
  var index: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...10_000).contains(`repeat`) else {
      throw ValidationError("--repeat should be 1 to 10000, found \(`repeat`)")
    }
  }

  func run() async throws {
    let kernels = try Kernels.preferred()
    let (stored, asked) = try vectors.open(kernels)
    let team = ComputeTeam(threads: vectors.threads)
    var measured = try await MeasuredIndex(
      stored, metric: vectors.metric, file: index, kernels: kernels, team: team, quiet: output.quiet)
    try await measured.calibrate(with: BenchVectors.sample(asked), on: team)
    guard case .graph(let graph) = measured.kind else { return }
    let speed = try FilteredSpeed(
      of: graph, vectors: stored, limit: vectors.limit, effort: .recall(vectors.recall), kernels: kernels)
    let bar = ProgressBar("searching", total: 3 * asked.rows, unit: "queries", quiet: output.quiet)
    defer { bar.finish() }
    let rows = try await speed.run(asked, shares: shares.values, passes: `repeat`, on: team) { bar.advance(to: $0) }
    bar.finish()
    guard output.json else { return try printTable(table(rows)) }
    let figures = JSONValue.object([
      "vectors": .integer(stored.rows), "dimension": .integer(stored.columns), "queries": .integer(asked.rows),
      "limit": .integer(vectors.limit), "metric": .string(vectors.metric.rawValue),
      "threads": .integer(team.threads), "kernels": .string(kernels.name), "settings": measured.settings,
      "filters": .array(rows.map(json)),
    ])
    try StandardOutput.print(figures.text())
  }

  private func json(_ row: FilteredSpeed.Row) -> JSONValue {
    let width: JSONValue = if case .walk(let width) = row.plan.way { .integer(width) } else { .null }
    return .object([
      "placement": .string(row.placement.rawValue), "share": .double(row.share), "matches": .integer(row.matches),
      "walk": width, "complete": .double(row.complete), "recall": .double(row.recall),
      "qps": .double(row.queriesPerSecond), "scan_qps": .double(row.scanQueriesPerSecond),
    ])
  }

  private func table(_ rows: [FilteredSpeed.Row]) -> [[String]] {
    [["MATCHES", "LIE", "PLAN", "COMPLETE", "RECALL@\(vectors.limit)", "QUERIES/S", "SCAN'S"]]
      + rows.map { row in
        let plan = if case .walk(let width) = row.plan.way { "walk \(width)" } else { "scan" }
        return [
          "\(row.matches)", row.placement.rawValue, plan, row.complete.rounded(digits: 4),
          row.recall.rounded(digits: 4),
          row.queriesPerSecond.rounded(digits: 0), row.scanQueriesPerSecond.rounded(digits: 0),
        ]
      }
  }
}
