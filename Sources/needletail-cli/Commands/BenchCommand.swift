import ArgumentParser
import Needletail

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `needletail bench`: how fast things are here.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure speed on this machine.",
    subcommands: [EncodeBenchCommand.self, LatencyBenchCommand.self, TokenizeBenchCommand.self])
}

/// `needletail bench encode`: texts a second, tokenizing included.
struct EncodeBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode", abstract: "Measure how many texts a second become vectors, tokenizing included.",
    usage: "needletail bench encode [<options>]",
    discussion: """
      All texts are embedded once untimed, then --repeat times. Without --input the bundled passages are used, over and \
      over.

      Example: needletail bench encode --model models/all-MiniLM-L6-v2 --input sentences.txt --threads 4
      """)

  @Option(help: ArgumentHelp("A text a line, or JSONL; - is standard input.", valueName: "file"))
  var input: String?

  @Option(help: ArgumentHelp("How many timed rounds.", valueName: "n"))
  var `repeat` = 3

  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  private static let bundledTexts = 8000

  func validate() throws {
    guard (1...10_000).contains(`repeat`) else {
      throw ValidationError("--repeat should be 1 to 10000, found \(`repeat`)")
    }
  }

  func run() async throws {
    let texts = try texts()
    guard !texts.isEmpty else { throw EmbeddingError(.request, input ?? "", "holds no texts to measure with") }
    let embedder = try await model.embedder(quiet: output.quiet)
    let tokens = try await embedder.tokenCounts(texts).reduce(0, +)
    let bar = ProgressBar("encoding", total: texts.count * (`repeat` + 1), unit: "texts", quiet: output.quiet)
    defer { bar.finish() }
    var seconds: [Double] = []
    for round in 0...`repeat` {
      let time = try await ContinuousClock().measure {
        _ = try await embedder.embed(texts) { bar.advance(to: round * texts.count + $0) }
      }
      if round > 0 { seconds.append(time / .seconds(1)) }
    }
    let best = seconds.min() ?? .infinity
    let speeds = (texts: Double(texts.count) / best, tokens: Double(tokens) / best)
    if output.json {
      let result = JSONValue.object([
        "model": .string(model.model), "kernels": .string(embedder.kernels.name),
        "precision": .string(model.precision.rawValue),
        "threads": .integer(embedder.team.threads), "texts": .integer(texts.count), "tokens": .integer(tokens),
        "seconds": .array(seconds.map(JSONValue.double)), "texts_per_second": .double(speeds.texts),
        "tokens_per_second": .double(speeds.tokens), "peak_memory_bytes": .integer(Self.peakMemory),
      ])
      try StandardOutput.print(result.text())
    } else {
      try StandardOutput.print(
        "\(texts.count) texts, \(tokens) tokens, \(embedder.team.threads) threads, \(embedder.kernels.name) kernels")
      try StandardOutput.print(
        "\(speeds.texts.rounded(digits: 0)) texts/s  \(speeds.tokens.rounded(digits: 0)) tokens/s, best of \(`repeat`)")
      try StandardOutput.print("peak memory \(ByteText.short(Self.peakMemory))")
    }
  }

  private func texts() throws -> [String] {
    if let input {
      let rows = try TextRows(contentsOf: input)
      var texts: [String] = []
      while let row = try rows.next() { texts.append(row.text) }
      return texts
    }
    let passages = try BundledCorpus().documents.map(\.text)
    return (0..<Self.bundledTexts).map { passages[$0 % passages.count] }
  }

  /// The most memory that the process held so far, bytes.
  private static var peakMemory: Int {
    var usage = rusage()
    // RUSAGE_SELF, whose type differs from system to system.
    unsafe getrusage(0, &usage)
    #if canImport(Darwin)
      return usage.ru_maxrss
    #else
      return usage.ru_maxrss * 1024
    #endif
  }
}
