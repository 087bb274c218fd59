import ArgumentParser
import Needletail

/// `needletail search`: a grep that goes by meaning.
struct SearchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Find the passages of files that mean what you ask.",
    usage: "needletail search [<options>] <query> <path> ...",
    discussion: """
      Folders are walked; hidden files, binary files and what .gitignore leaves out are skipped, symbolic links in \
      folders are not followed. Text, Markdown, HTML, JSONL ({"text": ...} or strings), CSV, TSV and source code are \
      read, also compressed as .gz. Vectors are kept in a cache, so that a second search over the same files answers \
      at once.

      Examples:
        needletail search "how to undo a commit" docs notes.md
        needletail search "memory leaks" --limit 3 --json Sources | jq -r '.[].path'
        git log | needletail search "why was the cache removed" -
      """)

  @Argument(help: "What to look for, in any words.")
  var query: String

  @Argument(help: ArgumentHelp("Files, folders, or - for standard input.", valueName: "path"))
  var paths: [String]

  @Option(parsing: .unconditional, help: ArgumentHelp("How many passages at most.", valueName: "n"))
  var limit = 10

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Leave out passages with a smaller score (cosine, -1 to 1).", valueName: "score"))
  var minScore: Float?

  @Flag(help: "Neither read nor write the cache of vectors.")
  var noCache = false

  @Flag(help: "Read what .gitignore leaves out, too.")
  var noIgnore = false

  @Flag(help: "Read hidden files and folders, too.")
  var hidden = false

  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard query.contains(where: { !$0.isWhitespace }) else { throw ValidationError("the query is empty") }
    guard limit >= 1 else { throw ValidationError("--limit should be at least 1, found \(limit)") }
    if let minScore, !(-1...1).contains(minScore) {
      throw ValidationError("--min-score should be -1 to 1, found \(minScore)")
    }
    guard !paths.isEmpty else { throw ValidationError("give at least one file or folder, or - for standard input") }
  }

  func run() async throws {
    var options = FileSearch.Options()
    options.limit = limit
    options.minimumScore = minScore
    options.walk.obeysIgnoreFiles = !noIgnore
    options.walk.includesHidden = hidden
    let embedder = try await model.embedder(quiet: output.quiet)
    let search = try FileSearch(embedder: embedder, cache: noCache ? nil : .standard(), options: options)

    var bar: ProgressBar?
    defer { bar?.finish() }
    let found = try await search.search(query, in: paths) { progress in
      let current = bar ?? ProgressBar("search", total: progress.bytesTotal, unit: "B", quiet: output.quiet)
      bar = current
      current.advance(to: progress.bytesDone)
    }
    bar?.finish()

    for warning in found.warnings where !output.quiet { StandardError.warn("\(warning)") }
    if output.json {
      try StandardOutput.print(JSONValue.array(found.hits.map(\.json)).text(indented: true))
    } else {
      let printer = HitPrinter.standardOutput()
      try StandardOutput.print(found.hits.map(printer.text).joined(separator: "\n"), terminator: "")
      if found.hits.isEmpty && !output.quiet {
        StandardError.write("needletail: nothing found in \(found.filesRead) files (\(found.passages) passages)\n")
      }
    }
  }
}
