import ArgumentParser
import Needletail

/// `needletail bench`: how fast things are here.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure speed on this machine.",
    subcommands: [
      ReportBenchCommand.self, EncodeBenchCommand.self, LatencyBenchCommand.self, TokenizeBenchCommand.self,
      IndexBenchCommand.self, FiltersBenchCommand.self, StreamingBenchCommand.self, ExactBenchCommand.self,
      CollectionBenchCommand.self, CollectionReaderCommand.self,
    ] + served, defaultSubcommand: ReportBenchCommand.self)

  /// What is measured where the server is built.
  private static var served: [any ParsableCommand.Type] {
    #if Server
      [ServeBenchCommand.self]
    #else
      []
    #endif
  }
}

/// What is embedded to measure with.
struct BenchTexts: ParsableArguments {
  @Option(help: ArgumentHelp("A text a line, or JSONL; - is standard input.", valueName: "file"))
  var input: String?

  @Option(help: ArgumentHelp("How many timed rounds.", valueName: "n"))
  var `repeat` = 3

  private static let bundledTexts = 8000

  func validate() throws {
    guard (1...10_000).contains(`repeat`) else {
      throw ValidationError("--repeat should be 1 to 10000, found \(`repeat`)")
    }
  }

  /// The texts of the input; without one the bundled passages, over and over.
  func texts() throws -> [String] {
    guard let input else {
      let passages = try BundledCorpus().documents.map(\.text)
      return (0..<Self.bundledTexts).map { passages[$0 % passages.count] }
    }
    return try Self.read(input)
  }

  /// The texts of a file, at least one.
  static func read(_ path: String) throws -> [String] {
    let rows = try TextRows(contentsOf: path)
    var texts: [String] = []
    while let row = try rows.next() { texts.append(row.text) }
    guard !texts.isEmpty else { throw EmbeddingError(.request, path, "holds no texts to measure with") }
    return texts
  }
}
