import ArgumentParser
import Needletail
import NeedletailEmbedding

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail tokenize`: text to tokens and back, a line at a time.
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Show the tokens of texts, or turn ids back into text.",
    usage: "needletail tokenize [<options>] [<text> ...]",
    discussion: """
      Reads one text a line. Texts among the arguments are taken as they are. With --json every line of input is a JSON string or {"text", "pair"}, and every
      line written is an object with ids, tokens, offsets (in Unicode scalars), word_ids, type_ids, special_tokens_mask
      and overflowing. Without --model, the tokenizer of the bundled model is used.

      Examples:
        needletail tokenize "Tokenizing isn't hard"
        needletail tokenize --model sentence-transformers/all-MiniLM-L6-v2 --json --input texts.jsonl
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

  func validate() throws {
    guard model == nil || tokenizer == nil else { throw ValidationError("give either --model or --tokenizer") }
    guard texts.isEmpty || input == nil else { throw ValidationError("give texts either as arguments or by --input") }
    if let maxLength, maxLength < 1 { throw ValidationError("--max-length should be at least 1, found \(maxLength)") }
    guard stride >= 0 else { throw ValidationError("--stride should not be negative, found \(stride)") }
  }

  func run() throws {
    let tokenizer =
      if let file = tokenizer { try Tokenizer(contentsOf: URL(filePath: file)) } else {
        try ModelSource(model ?? "bundled").tokenizer()
      }
    let options = EncodingOptions(
      addsSpecialTokens: !withoutSpecial,
      truncation: maxLength.map {
        Truncation(maximumLength: $0, direction: direction, strategy: strategy, stride: stride)
      })
    if !texts.isEmpty {
      for (index, text) in texts.enumerated() {
        try show(text, isRow: decode, tokenizer, options, "argument \(index + 1)")
      }
      return
    }
    let lines = try LineSource(input ?? "-")
    var number = 0
    while let line = try lines.next() {
      try Task.checkCancellation()
      number += 1
      try show(
        String(decoding: line, as: UTF8.self), isRow: json || decode, tokenizer, options, "\(lines.subject):\(number)")
    }
  }

  /// Prints what a line of input becomes.
  private func show(
    _ line: String, isRow: Bool, _ tokenizer: Tokenizer, _ options: EncodingOptions, _ subject: String
  ) throws {
    if decode {
      try StandardOutput.print(try decoded(line, tokenizer, subject))
      return
    }
    let (text, pair) = isRow ? try row(line, subject) : (line, nil)
    let encoding = try encoded(text, pair, tokenizer, options, subject)
    try StandardOutput.print(
      json ? encoding.json.text() : zip(encoding.tokens, encoding.ids).map { "\($0) (\($1))" }.joined(separator: " "))
  }

  /// Errors about a text name the line it stands in.
  private func encoded(
    _ text: String, _ pair: String?, _ tokenizer: Tokenizer, _ options: EncodingOptions, _ subject: String
  ) throws -> Encoding {
    do {
      return try tokenizer.encode(text, pair: pair, options: options)
    } catch {
      throw TokenizerError(error.code, error.message, subject: subject, cause: error)
    }
  }

  private func decoded(_ line: String, _ tokenizer: Tokenizer, _ subject: String) throws -> String {
    let row = try JSONDocument(parsing: Array(line.utf8), subject: subject).root
    let ids = try row.value("ids").expect(.array, "\"ids\"").elements.map { id in
      guard let number = id.integer.flatMap(Int32.init(exactly:)), number >= 0 else {
        throw id.error(.outOfRange, "\"ids\" should hold whole numbers from 0 that fit 32 bits")
      }
      return number
    }
    let text = try tokenizer.decode(ids, skippingSpecialTokens: withoutSpecial)
    return json ? JSONValue.string(text).text() : text
  }

  private func row(_ line: String, _ subject: String) throws -> (text: String, pair: String?) {
    let row = try JSONDocument(parsing: Array(line.utf8), subject: subject).root
    if let text = row.string { return (text, nil) }
    return (try row.string("text"), row.optional("pair") == nil ? nil : try row.string("pair"))
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

extension Encoding {
  fileprivate var json: JSONValue {
    .object([
      "ids": .array(ids.map { .integer(Int($0)) }),
      "tokens": .array(tokens.map { .string($0) }),
      "offsets": .array(offsets.map { .array([.integer($0.lowerBound), .integer($0.upperBound)]) }),
      "word_ids": .array(wordIDs.map { $0.map { .integer($0) } ?? .null }),
      "type_ids": .array(typeIDs.map { .integer(Int($0)) }),
      "special_tokens_mask": .array(specialTokensMask.map { .integer($0 ? 1 : 0) }),
      "overflowing": .array(overflowing.map(\.json)),
    ])
  }
}
