import ArgumentParser
import NeedletailJSON
import NeedletailTokenizers

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `needletail tokenize`: text to tokens and back, a line at a time.
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Show the tokens of texts, or turn ids back into text.",
    discussion: """
      Reads one text a line from standard input. With --json every line is a JSON string or {"text", "pair"}, and every
      line written is an object with ids, tokens, offsets (in Unicode scalars), word_ids, type_ids, special_tokens_mask
      and overflowing.
      """)

  @Option(help: "A model folder with a tokenizer.json or a vocab.txt.")
  var model: String?
  @Option(help: "A tokenizer.json or a vocab.txt.")
  var tokenizer: String?
  @Option(help: "A file to read instead of standard input; - is standard input.")
  var input = "-"
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
    guard (model == nil) != (tokenizer == nil) else {
      throw ValidationError("Give either --model FOLDER or --tokenizer FILE.")
    }
    if let maxLength, maxLength < 1 { throw ValidationError("--max-length must be at least 1.") }
    guard stride >= 0 else { throw ValidationError("--stride must not be negative.") }
  }

  func run() throws {
    let tokenizer =
      if let model { try Tokenizer(folder: URL(filePath: model)) } else {
        try Tokenizer(contentsOf: URL(filePath: tokenizer ?? ""))
      }
    let options = EncodingOptions(
      addsSpecialTokens: !withoutSpecial,
      truncation: maxLength.map {
        Truncation(maximumLength: $0, direction: direction, strategy: strategy, stride: stride)
      })
    if input != "-" { try redirectStandardInput(to: input) }
    var number = 0
    while let line = readLine() {
      number += 1
      let subject = "\(input == "-" ? "standard input" : input) line \(number)"
      if decode {
        print(try decoded(line, tokenizer, subject))
      } else if json {
        let (text, pair) = try row(line, subject)
        print(try encoded(text, pair, tokenizer, options, subject).json.text())
      } else {
        let encoding = try encoded(line, nil, tokenizer, options, subject)
        print(zip(encoding.tokens, encoding.ids).map { "\($0) (\($1))" }.joined(separator: " "))
      }
    }
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
      guard let id = id.integer.flatMap(Int32.init(exactly:)) else {
        throw id.error(.outOfRange, "\"ids\" should hold whole numbers that fit 32 bits")
      }
      return id
    }
    let text = tokenizer.decode(ids, skippingSpecialTokens: withoutSpecial)
    return json ? JSONValue.string(text).text() : text
  }

  private func row(_ line: String, _ subject: String) throws -> (text: String, pair: String?) {
    let row = try JSONDocument(parsing: Array(line.utf8), subject: subject).root
    if let text = row.string { return (text, nil) }
    return (try row.string("text"), row.optional("pair") == nil ? nil : try row.string("pair"))
  }

  /// Lets `readLine` read a file, so that inputs of any size stream through one buffer.
  private func redirectStandardInput(to path: String) throws {
    var isDirectory = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory else {
      throw TokenizerError(
        .unreadable, isDirectory ? "is a folder, not a file" : "there is no such file", subject: path)
    }
    let descriptor = unsafe open(path, O_RDONLY)
    guard descriptor >= 0, dup2(descriptor, 0) == 0 else {
      throw TokenizerError(.unreadable, "cannot be opened for reading", subject: path)
    }
    close(descriptor)
  }
}

private func parsedDirection(_ name: String) throws -> Truncation.Direction {
  guard let direction = Truncation.Direction(rawValue: name) else {
    throw ValidationError("\"\(name)\" is no direction; right and left are.")
  }
  return direction
}

private func parsedStrategy(_ name: String) throws -> Truncation.Strategy {
  guard let strategy = Truncation.Strategy(rawValue: name) else {
    throw ValidationError("\"\(name)\" is no strategy; longest_first, only_first and only_second are.")
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
