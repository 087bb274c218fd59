import ArgumentParser
import Needletail
import NeedletailEmbedding

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail eval`: how good a model is.
struct EvalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measure how good a model is.", subcommands: [STSEvalCommand.self])
}

/// `needletail eval sts`: agreement with human judgements of similarity.
struct STSEvalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sts", abstract: "Correlate cosines of sentence pairs with human judgements.",
    usage: "needletail eval sts [<options>] <file.tsv>",
    discussion: """
      FILE is tab separated; its header names the columns score, sentence1 and sentence2. Correlations lie between −1 \
      and 1; Spearman's is the usual score.

      Example: needletail eval sts stsb-test.tsv --model sentence-transformers/all-MiniLM-L6-v2
      """)

  @Argument(help: ArgumentHelp("Pairs of sentences with scores; - is standard input.", valueName: "file.tsv"))
  var file: String

  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let task = STSTask(pairs: try Self.pairs(file))
    let embedder = try await model.embedder(quiet: output.quiet)
    let bar = ProgressBar("Embedding", total: task.sentenceCount, unit: "sentences", quiet: output.quiet)
    defer { bar.finish() }
    let result = try await task.run(embedder) { bar.advance(to: $0) }
    if output.json {
      let object = JSONValue.object([
        "spearman": .double(result.spearman), "pearson": .double(result.pearson), "pairs": .integer(result.pairs),
      ])
      try StandardOutput.print(object.text())
    } else {
      try StandardOutput.print(
        "Spearman \(result.spearman.rounded(digits: 4))  Pearson \(result.pearson.rounded(digits: 4))  \(result.pairs) pairs"
      )
    }
  }

  private static func pairs(_ file: String) throws -> STSPairs {
    guard file == "-" else { return try STSPairs(contentsOf: URL(filePath: file)) }
    let lines = try LineSource(file)
    var bytes: [UInt8] = []
    while let line = try lines.next() { bytes += line + [UInt8(ascii: "\n")] }
    return try STSPairs(parsing: bytes, subject: lines.subject)
  }
}
