import NeedletailJSON
import NeedletailTestSupport
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Folders with older tokenizer files, and what transformers makes of texts with them; written by
/// `Tools/reference/folder_goldens.py`.
@Suite("Model folders with older tokenizer files")
struct FolderTests {
  static let names = [
    "albert", "albert-cased", "bart", "bert", "bert-accents", "bert-cased", "bert-decoder", "bert-map", "bert-spaces",
    "camembert", "deberta", "deberta-v2", "deberta-v2-lower", "gemma", "generic-unigram", "gpt2", "gpt2-begin",
    "json-albert", "json-bert", "json-deberta-v2", "json-decoder", "json-gpt2", "json-literal", "json-llama",
    "json-roberta", "json-t5", "json-xlm-roberta", "llama", "llama-bare", "llama-older", "longformer", "mistral",
    "mpnet",
    "mpnet-flags", "roberta", "roberta-prefix", "t5", "t5-few", "xlm-roberta", "xlm-roberta-flags", "xlnet",
    "xlnet-lower",
  ]

  /// Writes the files of a fixture.
  static func write(_ name: String, to folder: TemporaryFolder, under path: String = "") throws {
    let file = GoldenFixture.folder.appending(path: "folder-\(name).golden.json")
    let root = try JSONDocument(parsing: [UInt8](Data(contentsOf: file)), subject: file.path).root
    for (key, value) in try root.value("files").members {
      let target = URL(filePath: folder.path).appending(path: path + String(decoding: key, as: UTF8.self))
      if let text = value.optional("text")?.string {
        try Data(text.utf8).write(to: target)
      } else {
        try #require(Data(base64Encoded: value.string("base64"))).write(to: target)
      }
    }
  }

  @Test("encodings and decoded texts are those of transformers", arguments: names)
  func goldens(_ name: String) throws {
    let folder = try TemporaryFolder()
    try Self.write(name, to: folder)
    let tokenizer = try Tokenizer(folder: URL(filePath: folder.path))
    let fixture = try GoldenFixture("folder-\(name)")
    #expect(fixture.cases.count > 40 && fixture.decodings.count > 40)
    for sample in fixture.cases {
      guard let expected = sample.expected else { continue }
      let encoding = try tokenizer.encode(sample.text, pair: sample.pair, options: sample.options)
      #expect(GoldenFixture.Expected(encoding) == expected, "\(sample.text.debugDescription)")
      guard sample.pair == nil else { continue }
      var packed = PackedTokens()
      try tokenizer.pack([sample.text], options: sample.options, into: &packed)
      #expect(packed.ids == expected.ids)
    }
    for sample in fixture.decodings {
      let text = try tokenizer.decode(sample.ids, skippingSpecialTokens: sample.skipsSpecial)
      #expect(Array(text.utf8) == Array(sample.text.utf8), "\(sample.ids)")
    }
  }

  static let words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nfox\ndog\n"
  static let refused: [([String: String], TokenizerError.Code, String, String)] = [
    ([:], .unreadable, "expected a tokenizer.json, a vocab.txt", ""),
    (["spiece.model": "x"], .unsupported, "tokenizer_class", "spiece.model"),
    (["vocab.json": "{}"], .unsupported, "neither", "vocab.json"),
    (
      ["tokenizer.model": "x", "config.json": #"{"model_type":"magic"}"#], .unsupported, "\"magic\"", "tokenizer.model"
    ),
    (
      ["vocab.txt": words, "tokenizer_config.json": #"{"tokenizer_class":"MagicTokenizer"}"#], .unsupported,
      "\"MagicTokenizer\"", "tokenizer_config.json"
    ),
    (
      ["vocab.txt": words, "tokenizer_config.json": #"{"tokenizer_class":"T5Tokenizer"}"#], .unreadable, "spiece.model",
      ""
    ),
    (["spm.model": "\u{1}", "config.json": #"{"model_type":"deberta-v2"}"#], .malformed, "number 0", "spm.model"),
    (
      ["tokenizer.model": "", "config.json": #"{"model_type":"llama"}"#], .invalidVocabulary, "is empty",
      "tokenizer.model"
    ),
    (bert(#"{"tokenizer_class":7}"#), .malformed, "tokenizer_class", "tokenizer_config.json"),
    (bert(#"{"do_lower_case":"yes"}"#), .malformed, "do_lower_case", "tokenizer_config.json"),
    (bert(#"{"do_basic_tokenize":false}"#), .unsupported, "do_basic_tokenize", "tokenizer_config.json"),
    (bert(#"{"split_special_tokens":true}"#), .unsupported, "split_special_tokens", "tokenizer_config.json"),
    (bert(#"{"cls_token":7}"#), .malformed, "expected a token", "tokenizer_config.json"),
    (bert(#"{"cls_token":{"lstrip":true}}"#), .malformed, "content", "tokenizer_config.json"),
    (bert(#"{"cls_token":null}"#), .invalidVocabulary, "cls_token", "vocab.txt"),
    (bert(#"{"unk_token":"<unk>"}"#), .invalidVocabulary, "\"<unk>\"", "vocab.txt"),
    (bert(#"{"added_tokens_decoder":{"x":{"content":"z"}}}"#), .invalidVocabulary, "\"x\"", "tokenizer_config.json"),
    (bert(#"{"added_tokens_decoder":{"7":"z"}}"#), .malformed, "added token", "tokenizer_config.json"),
    (
      bert(#"{"added_tokens_decoder":{"9":{"content":"z"}}}"#), .invalidVocabulary, "should have the id 9, but 7",
      "vocab.txt"
    ),
    (
      bert(#"{"added_tokens_decoder":{"5":{"content":"dog"}}}"#), .invalidVocabulary, "should have the id 5, but 6",
      "vocab.txt"
    ),
    (bert(#"{"additional_special_tokens":[1]}"#), .malformed, "expected a token", "tokenizer_config.json"),
    (bert("{}", ["added_tokens.json": #"{"z":-1}"#]), .invalidVocabulary, "id of an added token", "added_tokens.json"),
    (bert("{}", ["added_tokens.json": #"{"z":7,"y":7}"#]), .invalidVocabulary, "two added", "added_tokens.json"),
    (bert("{}", ["added_tokens.json": "[]"]), .malformed, "added_tokens.json", "added_tokens.json"),
    (
      bert("{}", ["special_tokens_map.json": #"{"sep_token":[]}"#]), .malformed, "expected a token",
      "special_tokens_map.json"
    ),
    (["vocab.txt": words, "config.json": "{"], .malformed, "quoted key", "config.json"),
    (["tokenizer.json": "{}"], .malformed, "\"model\" is missing", "tokenizer.json"),
  ]

  private static func bert(_ config: String, _ files: [String: String] = [:]) -> [String: String] {
    files.merging(["vocab.txt": words, "tokenizer_config.json": config]) { one, _ in one }
  }

  @Test("a folder that cannot be used is refused, naming file and reason", arguments: refused)
  func broken(_ files: [String: String], _ code: TokenizerError.Code, _ reason: String, _ file: String) throws {
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(name, text) }
    let error = try #require(
      throws: TokenizerError.self, performing: { try Tokenizer(folder: URL(filePath: folder.path)) })
    #expect(error.code == code, "\(error)")
    #expect(error.message.contains(reason), "\(error)")
    #expect(error.subject.contains(file), "\(error)")
  }

  @Test("mutated folders are read or refused")
  func fuzz() async throws {
    let folder = try TemporaryFolder()
    let names = [
      "albert-cased", "bert-decoder", "bert-map", "camembert", "gpt2-begin", "json-bert", "json-literal", "llama",
      "longformer", "t5-few", "xlm-roberta-flags", "xlnet",
    ]
    for name in names {
      try FileManager.default.createDirectory(
        at: URL(filePath: folder.path).appending(path: name), withIntermediateDirectories: true)
      try Self.write(name, to: folder, under: name + "/")
    }
    let folders = try FuzzedFolders(names.map { URL(filePath: folder.path).appending(path: $0) })
    let report = try await Fuzzing("folders").run(folders.seeds) { input in
      try await folders.withFolder(of: input) { try TokenizerFuzzTests.use(Tokenizer(folder: $0)) }
    } refusal: { error in
      (error as? TokenizerError).map { ($0.message, $0.subject) }
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
