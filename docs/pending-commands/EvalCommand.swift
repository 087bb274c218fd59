import ArgumentParser
import Needletail
import NeedletailJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

struct EvalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measure how good a model is.", subcommands: [STSEvalCommand.self])
}

struct STSEvalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sts", abstract: "Correlate cosines of sentence pairs with human judgements.",
    discussion: """
      FILE is tab separated; its header names the columns score, sentence1 and sentence2. Correlations lie between −1 \
      and 1; Spearman's is the usual score.
      """)

  @Argument(help: ArgumentHelp("Pairs of sentences with scores.", valueName: "file.tsv"))
  var file: String

  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let task = STSTask(pairs: try STSPairs(contentsOf: URL(filePath: file)))
    let embedder = try await model.embedder()
    let bar = ProgressBar("Embedding", total: task.sentenceCount, unit: "sentences", quiet: output.quiet)
    let result = try await task.run(embedder) { bar.advance(to: $0) }
    bar.finish()
    if output.json {
      let object = JSONValue.object([
        "spearman": .double(result.spearman), "pearson": .double(result.pearson), "pairs": .integer(result.pairs),
      ])
      print(object.text())
    } else {
      print("Spearman \(Self.rounded(result.spearman))  Pearson \(Self.rounded(result.pearson))  \(result.pairs) pairs")
    }
  }

  /// Four digits after the point.
  private static func rounded(_ value: Double) -> String {
    guard value.isFinite else { return "undefined" }
    let scaled = Int((value.magnitude * 10_000).rounded())
    let digits = String(scaled % 10_000)
    return (value < 0 ? "-" : "") + "\(scaled / 10_000)." + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
