import ArgumentParser
import Needletail

/// `needletail bench`: what this machine can do, what embedding makes of it, and where the time goes.
struct ReportBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Measure this machine's limits and how near embedding comes to them.",
    usage: "needletail bench [<options>]",
    discussion: """
      Texts are embedded as by bench encode and bench latency, then the machine's arithmetic and memory are measured, \
      and the program is started anew for its start time. Without --input the bundled passages are used, over \
      and over. The share of the peak is that of all multiplications and additions of the model, attention included, \
      against what all threads can do in this precision.

      Examples:
        needletail bench --model models/all-MiniLM-L6-v2 --precision int8 --profile
        needletail bench --model models/all-MiniLM-L6-v2 --roofline roofline.svg --json
      """)

  @OptionGroup var workload: BenchTexts

  @Option(help: ArgumentHelp("How many single queries are timed.", valueName: "n"))
  var calls = 1000

  @Flag(help: "Show what each part of the work takes.")
  var profile = false

  @Option(help: ArgumentHelp("Write a roofline plot, an SVG.", valueName: "file"))
  var roofline: String?

  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func validate() throws { try LatencyBenchCommand.check(calls) }

  func run() async throws {
    let texts = try workload.texts()
    let embedder = try await model.embedder(quiet: output.quiet)
    let rounds = workload.repeat
    let bar = ProgressBar("encoding", total: texts.count * (rounds + 2), unit: "texts", quiet: output.quiet)
    defer { bar.finish() }
    let speed = try await EncodingSpeed(texts, embedder, rounds: rounds) { bar.advance(to: $0) }
    let spent = try await embedder.profile(texts) { bar.advance(to: (rounds + 1) * texts.count + $0) }.profile
    let memory = PeakMemory.bytes
    let latency = try await QueryLatency([QueryLatency.question], embedder, calls: calls)
    bar.finish()
    // The memory that this needs is not the model's.
    let limits = try await MachineLimits(kernels: embedder.kernels, team: embedder.team)
    let report = SpeedReport(
      model: model.model, precision: model.precision, kernels: embedder.kernels.name, limits: limits, speed: speed,
      spent: spent, latency: latency, startSeconds: try StartTime.median(of: 5, arguments: startArguments),
      peakMemory: memory)
    if let roofline {
      let file = try OutputFile(roofline)
      try file.append(Array(report.roofline.svg().utf8))
      try file.commit()
    }
    if output.json {
      try StandardOutput.print(report.json.text(indented: true))
    } else {
      for table in report.tables(profile: profile) {
        try printTable(table)
        try StandardOutput.print("")
      }
    }
  }

  /// What the program is started with to give a first vector.
  private var startArguments: [String] {
    ["similarity", "a", "b", "--quiet", "--model", model.model, "--precision", model.precision.rawValue]
      + (model.threads.map { ["--threads", "\($0)"] } ?? [])
  }
}
