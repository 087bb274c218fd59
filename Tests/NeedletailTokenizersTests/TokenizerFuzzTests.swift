import NeedletailJSON
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
      _ = try tokenizer.encode(text, options: EncodingOptions(padding: Padding(multiple: 8), dropoutSeed: 1))
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

  @Test("regular expressions are read or refused, and searched within bounds")
  func expressions() async throws {
    let patterns = [
      #"(?i:'s|'t|'re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+(?!\S)|\s+"#,
      #" ?[^(\s|[.,!?…。,、।۔،])]+"#,
      #"(?<=\p{Ll}|ab)(?=\p{Lu})|(?<!a{1,3})b++"#, #"[[:alpha:]&&[^a-m\d]]+?|\x{e9}|\u0041{2,5}"#,
      #"(?x) (?<n> \w ) \k<n> # same"#,
      #"(?m:.*?\n)|^\s+|(?>a|b|ab)*c\b\Z"#,
    ]
    let seeds: [Fuzzing.Seed] = patterns.enumerated().map { ("\($0)", Array($1.utf8)) }
    let report = try await Fuzzing("regular expressions").run(seeds) { input in
      let pattern = RegexTests.quoted(String(decoding: input.bytes, as: UTF8.self))
      let stage = #"{"type":"Replace","pattern":{"Regex":\#(pattern)},"content":"xy"}"#
      let tokenizer = try RegexTests.tokenizer(
        #""normalizer":\#(stage),"decoder":\#(stage),"pre_tokenizer":{"type":"Split","pattern":{"Regex":\#(pattern)},"behavior":"Contiguous","invert":false}"#
      )
      // What is read may still take too long on a text.
      let use = Result { try Self.use(tokenizer) }
      if case .failure(let error) = use, (error as? TokenizerError)?.code != .patternLimit { throw error }
    } refusal: {
      Self.refusal($0)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }

  @Test("small files with every component are read or refused")
  func components() async throws {
    let file = GoldenFixture.folder.appending(path: "components.golden.json")
    let golden = try JSONDocument(parsing: [UInt8](Data(contentsOf: file)), subject: file.path).root
    let read = try golden.value("components").elements.filter { $0.optional("results") != nil }
    let seeds: [Fuzzing.Seed] = try read.map {
      (try $0.string("name"), Array(try $0.string("tokenizer").utf8))
    }
    let report = try await Fuzzing("tokenizer.json components").run(seeds) { input in
      let tokenizer = try Tokenizer(tokenizerJSON: input.bytes, subject: "tokenizer.json")
      // What is read may still take too long on a text, or need an unknown token that is not there.
      let use = Result { try Self.use(tokenizer) }
      if case .failure(let error) = use, (error as? TokenizerError)?.subject != "text" { throw error }
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

  @Test("SentencePiece models are read or refused")
  func sentencePiece() async throws {
    let seeds: [Fuzzing.Seed] = try SentencePieceTests.names.map { ($0, try SentencePieceTests.bytes($0)) }
    let report = try await Fuzzing("spiece.model").run(seeds) { input in
      try Self.use(Tokenizer(sentencePieceModel: input.bytes, subject: "spiece.model"))
    } refusal: {
      Self.refusal($0)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }

  @Test("vocab.json, merges.txt and the settings beside them are read or refused")
  func merges() async throws {
    let folder = try TemporaryFolder()
    let marked = "\u{120}"
    let vocabulary =
      #"{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "ab": 6, "\#(marked)": 7, "\#(marked)a": 8}"#
    for name in ["gpt2", "roberta"] {
      try folder.write("\(name)/vocab.json", vocabulary)
      try folder.write("\(name)/merges.txt", "#version: 0.2\na b\n\(marked) a\n")
    }
    try folder.write(
      "gpt2/tokenizer_config.json",
      #"{"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": false, "unk_token": "<unk>", "bos_token": "<s>"}"#)
    try folder.write("roberta/config.json", #"{"model_type": "roberta"}"#)
    try folder.write(
      "roberta/tokenizer_config.json",
      #"{"added_tokens_decoder": {"9": {"content": "<mask>", "lstrip": true, "special": true}}, "unk_token": "<unk>"}"#)
    try folder.write("roberta/special_tokens_map.json", #"{"mask_token": {"content": "<mask>"}, "sep_token": "</s>"}"#)
    let folders = try FuzzedFolders(
      ["gpt2", "roberta"].map { URL(filePath: folder.path).appending(path: $0) })
    let report = try await Fuzzing("merges.txt").run(folders.seeds) { input in
      try await folders.withFolder(of: input) { try Self.use(Tokenizer(folder: $0)) }
    } refusal: {
      Self.refusal($0)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
