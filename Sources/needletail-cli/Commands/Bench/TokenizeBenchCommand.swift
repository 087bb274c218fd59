import ArgumentParser
import Needletail

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail bench tokenize`: how many megabytes of text a second become tokens.
struct TokenizeBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Measure how much text a second becomes tokens, and what loading costs.",
    usage: "needletail bench tokenize --tokenizer <file> --input <file> [<options>]",
    discussion: """
      All texts are tokenized once untimed, then --repeat times, in batches of 1000: ids, tokens, offsets, word ids and \
      masks, or with --pack ids alone on one thread.

      Example: needletail bench tokenize --tokenizer model/tokenizer.json --input sentences.txt --threads 4
      """)

  @Option(help: ArgumentHelp("A tokenizer.json, a vocab.txt or a SentencePiece .model.", valueName: "file"))
  var tokenizer: String

  @Option(help: ArgumentHelp("A text a line, or JSONL; - is standard input.", valueName: "file"))
  var input: String

  @Option(help: ArgumentHelp("How many threads.", valueName: "n"))
  var threads = 1

  @Flag(help: "Ids alone, as embedding needs them.")
  var pack = false

  @Option(help: ArgumentHelp("How many timed rounds.", valueName: "n"))
  var `repeat` = 3

  @OptionGroup var output: OutputOptions

  private static let batch = 1000

  func validate() throws {
    guard (1...10_000).contains(`repeat`) else {
      throw ValidationError("--repeat should be 1 to 10000, found \(`repeat`)")
    }
    guard (1...1024).contains(threads) else {
      throw ValidationError("--threads should be 1 to 1024, found \(threads)")
    }
    guard !pack || threads == 1 else { throw ValidationError("--pack is measured on one thread") }
  }

  func run() async throws {
    let rows = try TextRows(contentsOf: input)
    var texts: [String] = []
    while let row = try rows.next() { texts.append(row.text) }
    let before = ResidentMemory.settled
    let start = ContinuousClock.now
    let tokenizer = try Tokenizer(contentsOf: URL(filePath: tokenizer))
    let loading = (ContinuousClock.now - start) / .seconds(1)
    let resident = ResidentMemory.settled - before
    let bytes = texts.reduce(0) { $0 + $1.utf8.count }
    var tokens = 0
    var seconds: [Double] = []
    for round in 0...`repeat` {
      let start = ContinuousClock.now
      tokens = try await count(texts, tokenizer)
      if round > 0 { seconds.append((ContinuousClock.now - start) / .seconds(1)) }
    }
    let speed = Double(bytes) / 1e6 / (seconds.min() ?? .infinity)
    if output.json {
      let result = JSONValue.object([
        "threads": .integer(threads), "texts": .integer(texts.count), "bytes": .integer(bytes),
        "tokens": .integer(tokens), "load_seconds": .double(loading), "resident_bytes": .integer(resident),
        "seconds": .array(seconds.map(JSONValue.double)), "megabytes_per_second": .double(speed),
      ])
      try StandardOutput.print(result.text())
    } else {
      try StandardOutput.print("\(texts.count) texts, \(bytes) bytes, \(tokens) tokens, \(threads) threads")
      try StandardOutput.print("\(speed.rounded(digits: 1)) MB/s, best of \(`repeat`)")
      try StandardOutput.print(
        "loaded in \((1000 * loading).rounded(digits: 1)) ms, \(ByteText.short(max(0, resident))) of memory")
    }
  }

  private func count(_ texts: [String], _ tokenizer: Tokenizer) async throws -> Int {
    var tokens = 0
    for start in stride(from: 0, to: texts.count, by: Self.batch) {
      let batch = texts[start..<min(start + Self.batch, texts.count)]
      if pack {
        var packed = PackedTokens()
        try tokenizer.pack(batch, into: &packed)
        tokens += packed.ids.count
      } else {
        for encoding in try await tokenizer.encode(Array(batch), threads: threads) { tokens += encoding.ids.count }
      }
    }
    return tokens
  }
}
