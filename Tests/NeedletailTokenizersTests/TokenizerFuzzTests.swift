import NeedletailTestSupport
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Mutated tokenizers")
struct TokenizerFuzzTests {
  static let texts = [
    "", "the [MASK] caf\u{E9} <wide> 10 ab", "\u{0}\u{FFFD}日本 \u{1F600}", String(repeating: "ab", count: 99),
  ]

  /// Uses a tokenizer for everything that it can do.
  @Sendable static func use(_ tokenizer: Tokenizer) throws {
    for text in texts {
      let plain = try tokenizer.encode(text, options: EncodingOptions())
      #expect(plain.ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabularySize })
      #expect(plain.offsets.allSatisfy { $0.upperBound <= text.unicodeScalars.count })
      _ = try tokenizer.decode(plain.ids)
      _ = try tokenizer.decode(plain.ids, skippingSpecialTokens: false)
    }
    let options = EncodingOptions(truncation: Truncation(maximumLength: 9, stride: 2))
    // There may be more special tokens than the limit allows.
    let cut = Result { try tokenizer.encode(texts[1], pair: "x", options: options) }
    if case .failure(let error) = cut, (error as? TokenizerError)?.code != .invalidTruncation { throw error }
  }

  private static func refusal(_ error: any Error) -> (message: String, subject: String)? {
    (error as? TokenizerError).map { ($0.message, $0.subject) }
  }

  @Test("tokenizer.json is read or refused")
  func json() async throws {
    let names = GoldenFixture.names + ["bpe-bytes", "split-removed"] + GoldenFixture.unigramNames
    let seeds: [Fuzzing.Seed] = try names.map { name in
      (name, [UInt8](try Data(contentsOf: GoldenFixture.folder.appending(path: "\(name).tokenizer.json"))))
    }
    let report = try await Fuzzing("tokenizer.json").run(seeds) { input in
      try Self.use(Tokenizer(tokenizerJSON: input.bytes, subject: "tokenizer.json"))
    } refusal: {
      Self.refusal($0)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }

  @Test("vocab.txt and the settings beside it are read or refused")
  func vocabulary() async throws {
    let folder = try TemporaryFolder()
    let words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nfox\ndog\n##s\na\n##b\ncafe\n日\n"
    try folder.write("plain/vocab.txt", words)
    try folder.write("windows/vocab.txt", words.replacing("\n", with: "\r\n"))
    try folder.write("cased/vocab.txt", words)
    try folder.write(
      "cased/tokenizer_config.json",
      #"""
      {"do_lower_case": false, "strip_accents": null, "tokenize_chinese_chars": true, "unk_token": "[UNK]",
       "cls_token": {"content": "[CLS]", "lstrip": false}, "added_tokens_decoder": {"0": {"content": "[PAD]"}}}
      """#)
    try folder.write("cased/special_tokens_map.json", #"{"mask_token": "[MASK]", "sep_token": {"content": "[SEP]"}}"#)
    let folders = try FuzzedFolders(
      ["plain", "windows", "cased"].map { URL(filePath: folder.path).appending(path: $0) })
    let report = try await Fuzzing("vocab.txt").run(folders.seeds) { input in
      try await folders.withFolder(of: input) { try Self.use(Tokenizer(folder: $0)) }
    } refusal: {
      Self.refusal($0)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
