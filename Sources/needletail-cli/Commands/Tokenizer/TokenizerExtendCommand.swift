import ArgumentParser
import Needletail
import NeedletailEmbedding
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail tokenizer extend`: new words for an existing vocabulary.
struct TokenizerExtendCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extend", abstract: "Add words to the vocabulary of a tokenizer.",
    usage: """
      needletail tokenizer extend --tokenizer <file> --words <file> --output <folder> [<options>]
      needletail tokenizer extend --model <model> --from-corpus <file> ... --output <folder> [<options>]
      """,
    discussion: """
      No token changes its id; new ones follow. Each new word is reported with the old tokens that it replaces: the mean \
      of their embedding rows is what its own row starts from. With --from-corpus the most frequent words are taken that \
      the tokenizer splits now. The other tokenizer files beside the tokenizer.json are written, too.

      Words of a BPE model whose merges cannot be kept apart become added tokens. With --split-words as-added-tokens so \
      do words that are split before the model sees them, such as "New York". For a byte-level model a word inside a text \
      has a space before it: write it into the list, too.

      Example: needletail tokenizer extend --tokenizer model/tokenizer.json --from-corpus tweets.txt --count 500 \
      --output extended
      """)

  @Option(help: ArgumentHelp("A tokenizer.json.", valueName: "file"))
  var tokenizer: String?
  @Option(help: ArgumentHelp("A model folder, or the name of a model that was pulled.", valueName: "model"))
  var model: String?
  @Option(help: ArgumentHelp("The new words, one a line; - is standard input.", valueName: "file"))
  var words: String?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Texts to choose words from, plain or JSONL with \"text\".", valueName: "file"))
  var fromCorpus: [String] = []
  @Option(help: "How many words are taken from the corpus at most.")
  var count: Int?
  @Option(help: "How often a word must stand in the corpus.")
  var minFrequency: Int?
  @Option(help: ArgumentHelp("What is done with words that are split: refuse or as-added-tokens.", valueName: "choice"))
  var splitWords = SplitChoice.refuse
  @Option(help: ArgumentHelp("Where the files are written: a folder without a tokenizer.", valueName: "folder"))
  var output: String
  @Option(help: "Threads that read the corpus; all processors by default.")
  var threads: Int?
  @OptionGroup var outputOptions: OutputOptions

  /// What is done with words that the pipeline splits.
  enum SplitChoice: String, CaseIterable, ExpressibleByArgument {
    case refuse
    case asAddedTokens = "as-added-tokens"
  }

  func validate() throws {
    guard (tokenizer == nil) != (model == nil) else { throw ValidationError("give either --tokenizer or --model") }
    guard (words == nil) == !fromCorpus.isEmpty else { throw ValidationError("give either --words or --from-corpus") }
    if words != nil, count != nil || minFrequency != nil {
      throw ValidationError("--count and --min-frequency go with --from-corpus")
    }
    for (name, value) in [("--count", count), ("--min-frequency", minFrequency)] {
      if let value, value < 1 { throw ValidationError("\(name) should be at least 1, found \(value)") }
    }
    guard !output.isEmpty else { throw ValidationError("--output should name a folder") }
    if let threads { try ModelOptions.checkThreads(threads) }
  }

  func run() async throws {
    let place = try tokenizer.map { try TokenizerLocation(file: URL(filePath: $0)) } ?? TokenizerLocation(model ?? "")
    guard let json = place.json else {
      throw TokenizerError(
        .unsupported, "only a tokenizer.json can be extended; transformers' save_pretrained writes one",
        subject: place.file.relativePath)
    }
    let folder = URL(filePath: output)
    let occupied = folder.appending(path: "tokenizer.json")
    guard !FileManager.default.fileExists(atPath: occupied.path) else {
      throw TokenizerError(.unreadable, "is in the way; choose another folder", subject: occupied.relativePath)
    }
    let extended = try await extended(
      VocabularyExtender(tokenizerJSON: json, subject: place.file.relativePath))
    let files = try extended.files(updating: place.file.deletingLastPathComponent())
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // The file that makes the folder a tokenizer comes last.
    for (name, bytes) in files.contents.reversed() {
      let file = try OutputFile(folder.appending(path: name).path)
      try file.append(bytes)
      try file.commit()
    }
    if !files.leftOut.isEmpty, !outputOptions.quiet {
      StandardError.warn("left out, as it cannot take new words: \(files.leftOut.joined(separator: ", "))")
    }
    try report(extended)
  }

  private func extended(_ extender: VocabularyExtender) async throws -> VocabularyExtension {
    if let words {
      return try extender.adding(try list(words), splitWords: splitWords == .refuse ? .refused : .becomeAddedTokens)
    }
    let bar = ProgressBar("Counting words", total: nil, unit: "B", quiet: outputOptions.quiet)
    defer { bar.finish() }
    return try await extender.adding(
      frequentWordsOf: TrainingTexts(files: fromCorpus.map { URL(filePath: $0) }), count: count ?? 1000,
      minimumFrequency: minFrequency ?? 2, threads: threads, progress: { bar.advance(to: $0.done) })
  }

  /// The lines of a list, without empty ones.
  private func list(_ name: String) throws -> [String] {
    let lines = try LineSource(name)
    var words: [String] = []
    while let line = try lines.next() {
      let word = String(decoding: line, as: UTF8.self)
      if !word.isEmpty { words.append(word) }
    }
    return words
  }

  private func report(_ extended: VocabularyExtension) throws {
    let new = extended.newSize - extended.oldSize
    if outputOptions.json {
      let tokens = extended.entries.map { entry in
        JSONValue.object([
          "word": .string(entry.word), "token": .string(entry.token), "id": .integer(Int(entry.id)),
          "outcome": .string(entry.outcome.rawValue), "frequency": entry.frequency.map { .integer($0) } ?? .null,
          "replaced": .array(
            entry.replaced.map { .object(["token": .string($0.token), "id": .integer(Int($0.id))]) }),
        ])
      }
      let result = JSONValue.object([
        "output": .string(output), "old_size": .integer(extended.oldSize), "new_size": .integer(extended.newSize),
        "tokens": .array(tokens),
      ])
      try StandardOutput.print(result.text())
    } else if !outputOptions.quiet {
      for entry in extended.entries {
        let pieces = entry.replaced.map { "\($0.token) (\($0.id))" }.joined(separator: " ")
        try StandardOutput.print(
          "\(entry.token) (\(entry.id))\t\(entry.outcome == .existing ? "was a token already" : pieces)")
      }
      try StandardOutput.print("\(output): \(new) new tokens, \(extended.newSize) in all")
    }
  }
}
