import ArgumentParser
import Needletail
import NeedletailTensor

/// `needletail rerank`: passages in the order of a cross-encoder's scores.
struct RerankCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rerank", abstract: "Put passages in the order in which a cross-encoder finds them to fit a query.",
    usage: "needletail rerank --model <model> [<options>] <query> [<passage> ...]",
    discussion: """
      A cross-encoder reads query and passage together: slower than comparing vectors, and a better judge of the some \
      dozens or hundreds of passages that a search found. The model is a folder as CrossEncoder.save of \
      sentence-transformers writes it, a sequence classifier with one label, a language model that answers yes or no, or \
      T5 that answers as monoT5 does.

      Input is a passage a line, or JSONL: strings, or objects with "text" and perhaps "id" and "metadata" (BEIR's "_id" \
      and "title" are understood, too). Output is a passage a line, best first: score, id (or position, from 0) and text \
      with tabs between; with --json an array of {"id", "score", "text", "metadata"}.

      Examples:
        needletail rerank --model cross-encoder/ms-marco-MiniLM-L6-v2 "what eats insects?" "Swifts do." "Cows eat grass."
        needletail rerank --model ./reranker "undo a commit" --input passages.jsonl --limit 5 --json
        needletail search "undo a commit" docs --json | jq -c '.[] | {id: .path, text: .text}' \\
          | needletail rerank --model ./reranker "undo a commit" -
      """)

  @Option(
    help: ArgumentHelp(
      "A cross-encoder's folder, or the name of one that was pulled, as in owner/name[@revision].", valueName: "model"))
  var model: String

  @Argument(help: "What the passages should answer or be about.")
  var query: String

  @Argument(help: ArgumentHelp("Passages; without any, they come from --input.", valueName: "passage"))
  var passages: [String] = []

  @Option(help: ArgumentHelp("Read passages from a file; - is standard input, and the default.", valueName: "file"))
  var input: String?

  @Option(help: "How input is read; by default as its name ends, else as its first line looks.")
  var inputFormat: InputFormat?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many passages are written at most; all by default.", valueName: "n"))
  var limit: Int?

  @Option(help: "What the transformer's matrix products multiply.")
  var precision = Precision.float32

  @Option(
    help: ArgumentHelp(
      "Add a low-rank adapter that PEFT saved, all of it or so much; may be given several times.",
      valueName: "folder[=weight]"))
  var adapter: [AdapterChoice] = []

  @Option(
    help: ArgumentHelp(
      "Put the model's prompt of this name before the query; in a chat template, the system says it.", valueName: "name"
    ))
  var prompt: String?

  @Option(
    help: ArgumentHelp("Put this text before the query; in a chat template, the system says it.", valueName: "text"))
  var instruction: String?

  @Option(
    help: ArgumentHelp(
      "Ask an encoder-decoder this, with {query} and {document} in it; needs --answers.", valueName: "text"))
  var template: String?

  @Option(
    help: ArgumentHelp(
      "The words with which an encoder-decoder answers; one word for its logit alone. Needs --template.",
      valueName: "yes[,no]"))
  var answers: String?

  @Option(help: ArgumentHelp("Cut pairs after this many tokens.", valueName: "n"))
  var maxLength: Int?

  @Option(help: ArgumentHelp("About how many tokens a thread computes at a time.", valueName: "n"))
  var batchTokens = CrossEncoderConfiguration().batchTokens

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Threads that compute; all processors by default.", valueName: "n"))
  var threads: Int?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard passages.isEmpty || passages == ["-"] || input == nil else {
      throw ValidationError("give passages either as arguments or by --input")
    }
    for (name, value) in [("--limit", limit), ("--max-length", maxLength), ("--batch-tokens", batchTokens)] {
      if let value, value < 1 { throw ValidationError("\(name) should be at least 1, found \(value)") }
    }
    if let threads { try ModelOptions.checkThreads(threads) }
    if (template == nil) != (answers == nil) { throw ValidationError("give --template and --answers together") }
    if answers != nil, question == nil { throw ValidationError("--answers should be one word, or two with a comma") }
    if prompt != nil, instruction != nil { throw ValidationError("give either --prompt or --instruction") }
  }

  func run() async throws {
    let rows = try read()
    var configuration = CrossEncoderConfiguration()
    if let prompt { configuration.prompt = .named(prompt) }
    if let instruction { configuration.prompt = .text(instruction) }
    configuration.maximumLength = maxLength
    configuration.batchTokens = batchTokens
    configuration.precision = precision
    configuration.question = question
    configuration.adapters = adapter
    let model = try await CrossEncoder(
      ModelSource(model), configuration: configuration, team: ComputeTeam(threads: threads))
    if let warning = model.warning, !output.quiet { StandardError.warn(warning) }
    let bar = ProgressBar("reranking", total: rows.count, unit: "passages", quiet: output.quiet)
    defer { bar.finish() }
    let ranked = try await model.rank(query, rows.map(\.text), limit: limit) { bar.advance(to: $0) }
    bar.finish()
    if output.json {
      let results = ranked.map { Self.json($0, rows[$0.position]) }
      try StandardOutput.print(JSONValue.array(results).text(indented: true))
    } else {
      for result in ranked {
        let row = rows[result.position]
        let id = if case .string(let text) = row.id { text } else { row.id.text() }
        try StandardOutput.print(
          "\(result.score.rounded(digits: 4))\t\(StandardError.oneLine(id))\t\(StandardError.oneLine(row.text))")
      }
    }
  }

  /// What an encoder-decoder is asked, where that was said.
  private var question: PairQuestion? {
    guard let template, let words = answers?.split(separator: ",", omittingEmptySubsequences: false) else { return nil }
    guard words.count <= 2, words.allSatisfy({ !$0.isEmpty }) else { return nil }
    return PairQuestion(template, yes: String(words[0]), no: words.count == 2 ? String(words[1]) : nil)
  }

  /// All passages: what is best is known only when the last was scored.
  private func read() throws -> [TextRow] {
    guard passages.isEmpty || passages == ["-"] else {
      return passages.enumerated().map { TextRow(id: .integer($0.offset), text: $0.element) }
    }
    let source = try TextRows(contentsOf: input ?? "-", format: inputFormat?.rows)
    var rows: [TextRow] = []
    while let row = try source.next() { rows.append(row) }
    return rows
  }

  private static func json(_ result: RankedDocument, _ row: TextRow) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("id", row.id), ("score", .float(result.score)), ("text", .string(row.text)),
    ]
    if let metadata = row.metadata { members.append(("metadata", metadata)) }
    return .object(members)
  }
}
