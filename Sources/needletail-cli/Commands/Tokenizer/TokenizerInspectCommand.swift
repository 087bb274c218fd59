import ArgumentParser
import Needletail

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail tokenizer inspect`: what a tokenizer is made of.
struct TokenizerInspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a tokenizer is made of and how it splits texts.",
    usage: "needletail tokenizer inspect <model> [--texts <file> ...] [--json]",
    discussion: """
      With --texts it also shows how many tokens a word and how many characters and bytes a token has on average, how \
      much is unknown, and which tokens are the most frequent. Special tokens around texts are not counted.

      Example: needletail tokenizer inspect model/tokenizer.json --texts corpus.txt
      """)

  @Argument(help: ArgumentHelp("A tokenizer file, a model folder, or a model that was pulled.", valueName: "model"))
  var model: String
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Texts to tokenize, plain or JSONL with \"text\".", valueName: "file"))
  var texts: [String] = []
  @OptionGroup var outputOptions: OutputOptions

  /// How many of the most frequent tokens are shown.
  private static let shownTokens = 20
  /// How many added tokens the readable form shows.
  private static let shownAdded = 50

  func run() async throws {
    let place = try TokenizerLocation(model)
    let tokenizer = try place.tokenizer()
    let summary = try TokenizerSummary(tokenizer, source: place.json)
    var usage: TokenizerUsage?
    if !texts.isEmpty {
      usage = try await TokenizerUsage.of(TrainingTexts(files: texts.map { URL(filePath: $0) }), by: tokenizer)
    }
    if outputOptions.json {
      try StandardOutput.print(json(summary, usage, tokenizer).text(indented: true))
      return
    }
    for (name, value) in rows(summary) + (usage.map { rows($0, tokenizer) } ?? []) {
      try StandardOutput.print(name + String(repeating: " ", count: max(1, 18 - name.count)) + value)
    }
  }

  private func rows(_ summary: TokenizerSummary) -> [(String, String)] {
    var rows = [("model", summary.model)]
    rows += summary.stages.enumerated().map { ($0.offset == 0 ? "stages" : "", $0.element) }
    rows += [
      ("vocabulary", "\(summary.vocabularySize) ids, \(summary.modelTokens) tokens of the model"),
      ("unknown token", summary.unknown ?? "none"), ("byte fallback", summary.fallsBackToBytes ? "yes" : "no"),
      ("one text", summary.single), ("a pair", summary.pair),
    ]
    rows += summary.ignored.map { ("ignored", "\($0.name) \($0.value)") }
    for (index, token) in summary.added.prefix(Self.shownAdded).enumerated() {
      let flags = token.flags.isEmpty ? "" : " (\(token.flags.joined(separator: ", ")))"
      rows.append((index == 0 ? "added tokens" : "", "\(token.id) \(token.content)\(flags)"))
    }
    if summary.added.count > Self.shownAdded {
      rows.append(("", "and \(summary.added.count - Self.shownAdded) more; --json shows all"))
    }
    let last = summary.lengths.count - 1
    let lengths = summary.lengths.enumerated().filter { $0.element > 0 }
      .map { "\($0.offset == last ? "more" : String($0.offset)): \($0.element)" }
    rows.append(("scalars a token", lengths.joined(separator: ", ")))
    rows.append(("scripts", summary.scripts.map { "\($0.name) \($0.count)" }.joined(separator: ", ")))
    if let unreached = summary.unreached {
      rows.append(("unreached", "\(unreached) tokens that the model does not make of their own text"))
    }
    return rows
  }

  private func rows(_ usage: TokenizerUsage, _ tokenizer: Tokenizer) -> [(String, String)] {
    var rows = [
      ("texts", "\(usage.texts), \(usage.words) words, \(usage.bytes) bytes, \(usage.tokens) tokens"),
      ("tokens a word", usage.fertility.rounded(digits: 3)),
      ("scalars a token", usage.scalarsPerToken.rounded(digits: 3)),
      ("bytes a token", usage.bytesPerToken.rounded(digits: 3)),
      ("unknown", "\((usage.unknownShare * 100).rounded(digits: 3)) %"),
      ("tokens used", "\(usage.usedTokens) of \(tokenizer.vocabularySize)"),
    ]
    let frequent = usage.mostFrequent(Self.shownTokens)
      .map { "\(tokenizer.token(forID: $0.id) ?? "?") \($0.count)" }
    rows.append(("most frequent", frequent.joined(separator: ", ")))
    return rows
  }

  private func json(_ summary: TokenizerSummary, _ usage: TokenizerUsage?, _ tokenizer: Tokenizer) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("model", .string(summary.model)), ("stages", .array(summary.stages.map { .string($0) })),
      ("vocabulary_size", .integer(summary.vocabularySize)), ("model_tokens", .integer(summary.modelTokens)),
      ("unknown_token", summary.unknown.map { .string($0) } ?? .null),
      ("byte_fallback", .boolean(summary.fallsBackToBytes)), ("single", .string(summary.single)),
      ("pair", .string(summary.pair)), ("ignored", .array(summary.ignored.map { .string($0.name) })),
      (
        "added_tokens",
        .array(
          summary.added.map { token in
            .object([
              "id": .integer(Int(token.id)), "content": .string(token.content),
              "flags": .array(token.flags.map { .string($0) }),
            ])
          })
      ), ("lengths", .array(summary.lengths.map { .integer($0) })),
      ("scripts", .object(summary.scripts.map { ($0.name, .integer($0.count)) })),
      ("unreached", summary.unreached.map { .integer($0) } ?? .null),
    ]
    if let usage {
      members.append(
        (
          "usage",
          .object([
            "texts": .integer(usage.texts), "words": .integer(usage.words), "scalars": .integer(usage.scalars),
            "bytes": .integer(usage.bytes), "tokens": .integer(usage.tokens), "unknown": .integer(usage.unknown),
            "tokens_per_word": .double(usage.fertility), "scalars_per_token": .double(usage.scalarsPerToken),
            "bytes_per_token": .double(usage.bytesPerToken), "unknown_share": .double(usage.unknownShare),
            "tokens_used": .integer(usage.usedTokens),
            "most_frequent": .array(
              usage.mostFrequent(Self.shownTokens).map { entry in
                .object([
                  "token": .string(tokenizer.token(forID: entry.id) ?? ""), "id": .integer(Int(entry.id)),
                  "count": .integer(entry.count),
                ])
              }),
          ])
        ))
    }
    return .object(members)
  }
}
