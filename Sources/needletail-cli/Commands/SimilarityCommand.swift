import ArgumentParser
import Needletail

/// `needletail similarity`: how alike texts are.
struct SimilarityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "similarity", abstract: "Show how alike texts are, as cosines of their vectors.",
    usage: "needletail similarity [<options>] [<text> ...]",
    discussion: """
      Two texts give one number, -1 to 1; more give a table of each with each. Texts come as arguments, or a line each \
      (or as JSONL) from --input.

      Example: needletail similarity "A bird in the sky" "Something flies above us" "The stock market fell"
      """)

  @Argument(help: ArgumentHelp("Texts, at least two.", valueName: "text"))
  var texts: [String] = []

  @Option(help: ArgumentHelp("Read the texts from a file; - is standard input.", valueName: "file"))
  var input: String?

  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  /// Texts of which a table of each with each is still worth writing.
  private static let maximumTexts = 2000

  func validate() throws {
    guard texts.isEmpty || input == nil else { throw ValidationError("give texts either as arguments or by --input") }
    guard input != nil || texts.count >= 2 else { throw ValidationError("give at least two texts") }
  }

  func run() async throws {
    let texts = try input.map(Self.read) ?? texts
    let embedder = try await model.embedder(quiet: output.quiet)
    let vectors = try await embedder.embed(texts)
    let cosines = vectors.cosines(kernels: embedder.kernels)
    if output.json {
      let rows = (0..<cosines.rows).map { JSONValue.array(cosines[row: $0].map(JSONValue.float)) }
      try StandardOutput.print(
        JSONValue.object(["texts": .array(texts.map(JSONValue.string)), "similarity": .array(rows)]).text())
    } else if texts.count == 2 {
      try StandardOutput.print(cosines.values[1].rounded(digits: 4))
    } else {
      for row in 0..<cosines.rows {
        let cells = cosines[row: row].map { $0.rounded(digits: 4) }
        try StandardOutput.print(cells.joined(separator: "\t") + "\t" + StandardError.oneLine(texts[row]))
      }
    }
  }

  private static func read(_ path: String) throws -> [String] {
    let source = try TextRows(contentsOf: path)
    var rows: [TextRow] = []
    while rows.count <= maximumTexts, let row = try source.next() { rows.append(row) }
    guard (2...maximumTexts).contains(rows.count) else {
      throw EmbeddingError(
        .request, path == "-" ? "standard input" : path,
        "2 to \(maximumTexts) texts are compared, found \(rows.count > maximumTexts ? "more" : "\(rows.count)")")
    }
    return rows.map(\.text)
  }
}
