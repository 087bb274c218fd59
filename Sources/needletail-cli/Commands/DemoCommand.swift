import ArgumentParser
import Needletail

/// `needletail demo`: the main job on the bundled model and corpus.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "Search a small bundled collection, to see what this does.",
    usage: "needletail demo [<options>]",
    discussion: """
      Embeds the bundled passages, then asks questions that share no words with their answers, and shows what comes \
      first. Nothing is downloaded.
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  private static let shown = 3

  func run() async throws {
    let corpus = try BundledCorpus()
    let embedder = try await model.embedder(quiet: output.quiet)
    let clock = ContinuousClock()
    var index = ExactIndex(dimension: embedder.dimension, metric: .cosine, kernels: embedder.kernels)
    let indexing = try await clock.measure {
      try index.add(try await embedder.embed(corpus.documents.map { "\($0.title). \($0.text)" }, as: .document))
    }
    var found: [[Hit]] = []
    let searching = try await clock.measure {
      found = try index.search(try await embedder.embed(corpus.questions.map(\.text), as: .query), limit: Self.shown)
    }
    let right = zip(corpus.questions, found).count { question, hits in
      hits.first.map { corpus.documents[$0.index].id == question.expected } ?? false
    }
    if output.json {
      try StandardOutput.print(Self.json(corpus, found, right).text(indented: true))
      return
    }
    try StandardOutput.print(
      "\(corpus.documents.count) passages embedded in \(Self.milliseconds(indexing)) ms with \(model.model)\n")
    for (question, hits) in zip(corpus.questions, found) {
      try StandardOutput.print(question.text)
      for hit in hits {
        let document = corpus.documents[hit.index]
        let mark = document.id == question.expected ? "*" : " "
        try StandardOutput.print(
          "  \(mark) \(hit.score.rounded(digits: 2))  \(document.title): \(Self.start(of: document.text))")
      }
      try StandardOutput.print()
    }
    try StandardOutput.print(
      "* is the passage that answers. It came first for \(right) of \(found.count) questions, "
        + "all asked in \(Self.milliseconds(searching)) ms.")
  }

  private static func json(_ corpus: BundledCorpus, _ found: [[Hit]], _ right: Int) -> JSONValue {
    .object([
      "passages": .integer(corpus.documents.count), "questions": .integer(found.count), "first": .integer(right),
      "results": .array(
        zip(corpus.questions, found).map { question, hits in
          .object([
            "query": .string(question.text), "expected": .string(question.expected),
            "hits": .array(
              hits.map { hit in
                let document = corpus.documents[hit.index]
                return .object([
                  "id": .string(document.id), "score": .float(hit.score), "title": .string(document.title),
                  "text": .string(document.text),
                ])
              }),
          ])
        }),
    ])
  }

  private static func milliseconds(_ duration: Duration) -> String { (duration / .milliseconds(1)).rounded(digits: 1) }

  private static func start(of text: String) -> String { text.count > 70 ? "\(text.prefix(69))…" : text }
}
