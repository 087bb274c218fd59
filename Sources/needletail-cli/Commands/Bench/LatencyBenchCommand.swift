import ArgumentParser
import Needletail

/// `needletail bench latency`: how long one query takes.
struct LatencyBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latency", abstract: "Measure how long single texts take to become vectors, tokenizing included.",
    usage: "needletail bench latency [<options>]",
    discussion: """
      One text after another is embedded, each alone as a query is; the first tenth of the calls is not counted.

      Example: needletail bench latency --model models/all-MiniLM-L6-v2 --precision int8 --threads 4
      """)

  @Option(help: ArgumentHelp("A text a line, or JSONL; - is standard input. A question by default.", valueName: "file"))
  var input: String?

  @Option(help: ArgumentHelp("How many calls are timed.", valueName: "n"))
  var calls = 1000

  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func validate() throws { try Self.check(calls) }

  static func check(_ calls: Int) throws {
    guard (10...1_000_000).contains(calls) else {
      throw ValidationError("--calls should be 10 to 1000000, found \(calls)")
    }
  }

  func run() async throws {
    let texts = try input.map(BenchTexts.read) ?? [QueryLatency.question]
    let embedder = try await model.embedder(quiet: output.quiet)
    let latency = try await QueryLatency(texts, embedder, calls: calls)
    let percentiles = [50, 95, 99].map { (name: "p\($0)", seconds: latency.percentile($0)) }
    if output.json {
      let settings: [(key: String, value: JSONValue)] = [
        ("model", .string(model.model)), ("kernels", .string(embedder.kernels.name)),
        ("precision", .string(model.precision.rawValue)), ("threads", .integer(embedder.team.threads)),
        ("calls", .integer(calls)),
      ]
      let figures = percentiles.map { (key: $0.name, value: JSONValue.double($0.seconds)) }
      try StandardOutput.print(JSONValue.object(settings + figures).text())
    } else {
      let figures = percentiles.map { "\($0.name) \(($0.seconds * 1e3).rounded(digits: 3)) ms" }
      try StandardOutput.print(figures.joined(separator: "  ") + ", \(calls) calls")
    }
  }
}
