import ArgumentParser
import Needletail

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

  @OptionGroup var workload: BenchTexts
  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let texts = try workload.texts()
    let embedder = try await model.embedder(quiet: output.quiet)
    let rounds = workload.repeat
    let bar = ProgressBar("encoding", total: texts.count * (rounds + 1), unit: "texts", quiet: output.quiet)
    defer { bar.finish() }
    let speed = try await EncodingSpeed(texts, embedder, rounds: rounds) { bar.advance(to: $0) }
    let peak = PeakMemory.bytes
    if output.json {
      let result = JSONValue.object([
        "model": .string(model.model), "kernels": .string(embedder.kernels.name),
        "precision": .string(model.precision.rawValue),
        "threads": .integer(embedder.team.threads), "texts": .integer(speed.texts), "tokens": .integer(speed.tokens),
        "seconds": .array(speed.seconds.map(JSONValue.double)), "texts_per_second": .double(speed.textsPerSecond),
        "tokens_per_second": .double(speed.tokensPerSecond), "peak_memory_bytes": .integer(peak),
      ])
      try StandardOutput.print(result.text())
    } else {
      try StandardOutput.print(
        "\(speed.texts) texts, \(speed.tokens) tokens, \(embedder.team.threads) threads, \(embedder.kernels.name) kernels"
      )
      let speeds = [speed.textsPerSecond, speed.tokensPerSecond].map { $0.rounded(digits: 0) }
      try StandardOutput.print("\(speeds[0]) texts/s  \(speeds[1]) tokens/s, best of \(rounds)")
      try StandardOutput.print("peak memory \(ByteText.short(peak))")
    }
  }
}
