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
    commandName: "eval", abstract: "Measure how good a model is.",
    subcommands: [STSEvalCommand.self, RetrievalEvalCommand.self])
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

/// `needletail eval retrieval`: whether the documents that answer a query are found.
struct RetrievalEvalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retrieval", abstract: "Search a collection with judged queries and measure what is found.",
    usage: "needletail eval retrieval [<options>] <folder>",
    discussion: """
      FOLDER is in the layout of BEIR: corpus.jsonl, queries.jsonl, and qrels.tsv or qrels/test.tsv. Measures are those \
      of trec_eval, between 0 and 1; nDCG@10 is the usual score.

      Example: needletail eval retrieval scifact --model sentence-transformers/all-MiniLM-L6-v2
      """)

  @Argument(help: ArgumentHelp("Documents, queries and judgements.", valueName: "folder"))
  var folder: String

  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let task = RetrievalTask(data: try RetrievalData(contentsOf: URL(filePath: folder)))
    let embedder = try await model.embedder(quiet: output.quiet)
    let bar = ProgressBar("Embedding", total: task.textCount, unit: "texts", quiet: output.quiet)
    defer { bar.finish() }
    let result = try await task.run(embedder) { bar.advance(to: $0) }
    if output.json {
      let object = JSONValue.object([
        "ndcg_at_10": .double(result.ndcgAt10), "recall_at_100": .double(result.recallAt100),
        "map_at_100": .double(result.mapAt100), "mrr": .double(result.reciprocalRank),
        "queries": .integer(result.queries), "documents": .integer(result.documents),
      ])
      try StandardOutput.print(object.text())
    } else {
      let measures = [
        ("nDCG@10", result.ndcgAt10), ("recall@100", result.recallAt100), ("MAP@100", result.mapAt100),
        ("MRR", result.reciprocalRank),
      ]
      try StandardOutput.print(
        measures.map { "\($0.0) \($0.1.rounded(digits: 4))" }.joined(separator: "  ")
          + "  \(result.queries) queries, \(result.documents) documents")
    }
  }
}
