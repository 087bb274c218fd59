import ArgumentParser
import Needletail
import NeedletailTensor

/// `needletail bench streaming`: whether a graph index stays good while its vectors are exchanged.
struct StreamingBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "streaming", abstract: "Measure an index while its vectors are exchanged bit by bit.",
    usage: "needletail bench streaming --base <file> --queries <file> [<options>]",
    discussion: """
      An index is built of the first vectors of the base. In each of --rounds the part --share of them, drawn at random, is \
      removed and as many further vectors of the base are added, so that the base lasts for all rounds. After each round \
      another index is built of the vectors that are there; round 0 is before the first. Both are searched with the same \
      width of walks: what --beam says, or what the first index needs for --recall. The base is float32 in a .npy file.

      Example: needletail bench streaming --base base.npy --queries queries.npy --rounds 20 --share 0.05
      """)

  @OptionGroup var vectors: BenchVectors

  @Option(help: ArgumentHelp("How many rounds.", valueName: "n"))
  var rounds = 20

  @Option(help: ArgumentHelp("Which part of the vectors goes in a round.", valueName: "part"))
  var share = 0.05

  @Option(help: ArgumentHelp("Keep so many vectors in a walk.", valueName: "n"))
  var beam: Int?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...10_000).contains(rounds) else { throw ValidationError("--rounds should be 1 to 10000, found \(rounds)") }
    guard share > 0, share <= 1 else { throw ValidationError("--share should be above 0 to 1, found \(share)") }
    guard (1...100_000).contains(beam ?? 1) else {
      throw ValidationError("--beam should be 1 to 100000, found \(beam ?? 1)")
    }
  }

  func run() async throws {
    let kernels = try Kernels.preferred()
    let (stored, asked) = try vectors.open(kernels)
    let team = ComputeTeam(threads: vectors.threads)
    let bar = ProgressBar("exchanging", total: rounds, unit: "rounds", quiet: output.quiet)
    defer { bar.finish() }
    var updates = try await StreamingUpdates(
      of: stored, metric: vectors.metric, rounds: rounds, share: share, kernels: kernels, on: team)
    var effort = SearchEffort.beam(beam ?? vectors.limit)
    if beam == nil {
      try await updates.calibrate(with: BenchVectors.sample(asked), on: team)
      let plan = updates.index.plan(limit: vectors.limit, effort: .recall(vectors.recall))
      effort = if case .walk(let width) = plan.way { .beam(width) } else { .exact }
    }
    var done: [(round: StreamingUpdates.Round, resident: Int)] = []
    while true {
      let round = try await updates.measure(asked, limit: vectors.limit, effort: effort, on: team)
      done.append((round, ResidentMemory.anonymous))
      bar.advance(to: round.number)
      guard updates.hasMore else { break }
      try await updates.advance(on: team)
    }
    bar.finish()
    guard output.json else { return try printTable(table(done, updates.exchanged)) }
    let width: JSONValue = if case .beam(let width) = effort { .integer(width) } else { .null }
    let figures = JSONValue.object([
      "vectors": .integer(updates.index.count), "exchanged": .integer(updates.exchanged),
      "dimension": .integer(stored.columns), "queries": .integer(asked.rows), "limit": .integer(vectors.limit),
      "metric": .string(vectors.metric.rawValue), "threads": .integer(team.threads), "kernels": .string(kernels.name),
      "walk": width, "rounds": .array(done.map { json($0.round, resident: $0.resident) }),
    ])
    try StandardOutput.print(figures.text())
  }

  private func json(_ round: StreamingUpdates.Round, resident: Int) -> JSONValue {
    .object([
      "round": .integer(round.number), "recall": .double(round.recall), "fresh_recall": .double(round.freshRecall),
      "qps": .double(round.queriesPerSecond), "fresh_qps": .double(round.freshQueriesPerSecond),
      "places": .integer(round.places), "bytes": .double(round.bytes), "resident_bytes": .integer(resident),
      "remove_seconds": .double(round.removeSeconds), "add_seconds": .double(round.addSeconds),
      "fresh_build_seconds": .double(round.freshSeconds),
    ])
  }

  private func table(_ done: [(round: StreamingUpdates.Round, resident: Int)], _ exchanged: Int) -> [[String]] {
    [["ROUND", "RECALL@\(vectors.limit)", "FRESH", "QUERIES/S", "FRESH", "PLACES", "MB", "REMOVED/S", "ADDED/S"]]
      + done.map { round, _ in
        let rate = { (seconds: Double) in seconds > 0 ? (Double(exchanged) / seconds).rounded(digits: 0) : "" }
        return [
          "\(round.number)", round.recall.rounded(digits: 4), round.freshRecall.rounded(digits: 4),
          round.queriesPerSecond.rounded(digits: 0), round.freshQueriesPerSecond.rounded(digits: 0),
          "\(round.places)", (round.bytes / 1e6).rounded(digits: 1), rate(round.removeSeconds),
          rate(round.addSeconds),
        ]
      }
  }
}
