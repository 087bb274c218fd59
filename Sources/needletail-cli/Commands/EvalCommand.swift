import ArgumentParser
import Needletail

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
    discussion: """
      FILE is tab separated; its header names the columns score, sentence1 and sentence2. Correlations lie between −1 \
      and 1; Spearman's is the usual score.

      Example: needletail eval sts stsb-test.tsv --model sentence-transformers/all-MiniLM-L6-v2
      """)

  @Argument(help: ArgumentHelp("Pairs of sentences with scores.", valueName: "file.tsv"))
  var file: String

  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let task = STSTask(pairs: try STSPairs(contentsOf: URL(filePath: file)))
    let embedder = try await model.embedder(quiet: output.quiet)
    let bar = ProgressBar("Embedding", total: task.sentenceCount, unit: "sentences", quiet: output.quiet)
    let result = try await task.run(embedder) { bar.advance(to: $0) }
    bar.finish()
    if output.json {
      let object = JSONValue.object([
        "spearman": .double(result.spearman), "pearson": .double(result.pearson), "pairs": .integer(result.pairs),
      ])
      print(object.text())
    } else {
      print(
        "Spearman \(result.spearman.rounded(digits: 4))  Pearson \(result.pearson.rounded(digits: 4))  \(result.pairs) pairs"
      )
    }
  }
}
