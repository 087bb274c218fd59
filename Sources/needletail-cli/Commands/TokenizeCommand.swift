import ArgumentParser
import Needletail
import NeedletailEmbedding
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail tokenize`: text to tokens and back, a line at a time.
struct TokenizeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Show the tokens of texts, or turn ids back into text.",
    usage: "needletail tokenize [<options>] [<text> ...]",
    discussion: """
      Reads one text a line; texts among the arguments are taken as they are. By default the tokens are written with \
      their ids, a line a text. Without --model, the tokenizer of the bundled model is used. Bytes that are not UTF-8 \
      read as U+FFFD.

      --offsets writes a line a token: its id, the token, where it stands, and the text there. Into a file or a pipe \
      they are columns apart by tabs, under a line of names, with \\t, \\n, \\r and \\\\ for what would break them.

      --colors shows the text with its pieces on coloured grounds: special tokens dim, what the vocabulary lacks on red, \
      what --max-length cut off struck through. A dot is a piece of the character before it. Colours appear in a \
      terminal where NO_COLOR is not set; --colors asks for them anywhere.

      With --json every line of input is a JSON string or {"text", "pair"}, and every line written is an object with \
      ids, tokens, offsets (in Unicode scalars), word_ids, type_ids, special_tokens_mask and overflowing.

      Examples:
        needletail tokenize "Tokenizing isn't hard"
        needletail tokenize --colors --max-length 12 < README.md
        needletail tokenize --offsets "na\u{EF}ve \u{1F642}"
        needletail tokenize --model sentence-transformers/all-MiniLM-L6-v2 --json --input texts.jsonl
        needletail tokenize --ids --input big.txt > ids.txt
        echo '{"ids": [101, 1037, 9170, 102]}' | needletail tokenize --decode
      """)

  @Argument(help: ArgumentHelp("Texts; without any, they come from --input.", valueName: "text"))
  var texts: [String] = []
  @Option(help: ArgumentHelp("A model folder, or the name of a model that was pulled.", valueName: "model"))
  var model: String?
  @Option(help: ArgumentHelp("A tokenizer.json, a vocab.txt or a Unigram .model.", valueName: "file"))
  var tokenizer: String?
  @Option(help: ArgumentHelp("Read from a file; - is standard input, and the default.", valueName: "file"))
  var input: String?
  @Flag(help: "Read and write JSON, one value a line.")
  var json = false
  @Flag(help: "Write a line a token, with where it stands.")
  var offsets = false
  @Flag(help: "Show the pieces of the text in colours.")
  var colors = false
  @Flag(help: "Write the ids alone, which is fastest; with --json as {\"ids\": [...]}.")
  var ids = false
  @Flag(help: "Turn rows of {\"ids\": [...]} back into text; with --no-special, special tokens are left out.")
  var decode = false
  @Flag(name: .customLong("no-special"), help: "Leave special tokens out.")
  var withoutSpecial = false
  @Option(help: "The most tokens an encoding may have.")
  var maxLength: Int?
  @Option(help: "How many tokens overflowing parts share.")
  var stride = 0
  @Option(help: "The side that is cut: right or left.", transform: parsedDirection)
  var direction = Truncation.Direction.right
  @Option(
    help: "The text of a pair that is cut: longest_first, only_first or only_second.", transform: parsedStrategy)
  var strategy = Truncation.Strategy.longestFirst
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Threads that tokenize; all processors by default.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    guard model == nil || tokenizer == nil else { throw ValidationError("give either --model or --tokenizer") }
    guard texts.isEmpty || input == nil else { throw ValidationError("give texts either as arguments or by --input") }
    if let maxLength, maxLength < 1 { throw ValidationError("--max-length should be at least 1, found \(maxLength)") }
    guard stride >= 0 else { throw ValidationError("--stride should not be negative, found \(stride)") }
    if let threads { try ModelOptions.checkThreads(threads) }
    let forms = [("--offsets", offsets), ("--colors", colors), ("--ids", ids), ("--decode", decode)].filter(\.1)
    guard forms.count <= 1 else { throw ValidationError("give either \(forms[0].0) or \(forms[1].0)") }
    guard !json || !offsets && !colors else { throw ValidationError("--json has the offsets; give it alone") }
  }

  func run() async throws {
    let tokenizer =
      if let file = tokenizer { try Tokenizer(contentsOf: URL(filePath: file)) } else {
        try ModelSource(model ?? "bundled").tokenizer()
      }
    let lines = TokenizeLines(
      tokenizer: tokenizer, writer: decode ? nil : writer(tokenizer), readsJSON: json || decode, writesJSON: json,
      skipsSpecial: withoutSpecial)
    if !texts.isEmpty {
      let rows: [TokenizeLines.Line] = texts.enumerated().map { ("argument \($0 + 1)", Array($1.utf8)) }
      // Texts among the arguments are texts also where lines of input would be JSON.
      try StandardOutput.write(lines.output(rows[...], first: 0, areTexts: !decode))
      return
    }
    try await lines.run(LineSource(input ?? "-"), team: ComputeTeam(threads: threads))
  }

  private func writer(_ tokenizer: Tokenizer) -> TokenWriter {
    let form: TokenForm =
      if ids { json ? .jsonIDs : .ids } else if json { .json } else if offsets { .offsets } else if colors {
        .colors
      } else { .tokens }
    let options = EncodingOptions(
      addsSpecialTokens: !withoutSpecial,
      truncation: maxLength.map {
        Truncation(maximumLength: $0, direction: direction, strategy: strategy, stride: stride)
      })
    return TokenWriter(
      tokenizer: tokenizer, options: options, form: form,
      style: TokenStyle(isColored: colors || StandardOutput.showsColors), isAligned: StandardOutput.isTerminal)
  }
}

private func parsedDirection(_ name: String) throws -> Truncation.Direction {
  guard let direction = Truncation.Direction(rawValue: name) else {
    throw ValidationError("expected right or left, found \"\(name)\"")
  }
  return direction
}

private func parsedStrategy(_ name: String) throws -> Truncation.Strategy {
  guard let strategy = Truncation.Strategy(rawValue: name) else {
    throw ValidationError("expected longest_first, only_first or only_second, found \"\(name)\"")
  }
  return strategy
}
