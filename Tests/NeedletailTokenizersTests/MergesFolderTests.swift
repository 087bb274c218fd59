import NeedletailJSON
import NeedletailTestSupport
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Folders with vocab.json and merges.txt")
struct MergesFolderTests {
  /// Writes the model of a committed tokenizer in the older form.
  private func write(_ name: String, to folder: TemporaryFolder) throws {
    let file = GoldenFixture.folder.appending(path: "\(name).tokenizer.json")
    let model = try JSONDocument(parsing: [UInt8](Data(contentsOf: file)), subject: name).root.value("model")
    var vocabulary: [(key: String, value: JSONValue)] = []
    for (key, value) in try model.value("vocab").members {
      vocabulary.append((String(decoding: key, as: UTF8.self), .integer(value.integer ?? -1)))
    }
    var merges = "#version: 0.2\n"
    for merge in try model.value("merges").elements {
      merges += merge.elements.map { $0.string ?? "" }.joined(separator: " ") + "\n"
    }
    try folder.write("vocab.json", JSONValue.object(vocabulary).text())
    try folder.write("merges.txt", merges)
  }

  @Test("RoBERTa's gives the reference's encodings")
  func roberta() throws {
    let folder = try TemporaryFolder()
    try write("roberta", to: folder)
    try folder.write("config.json", #"{"model_type": "roberta"}"#)
    try folder.write(
      "tokenizer_config.json",
      #"{"added_tokens_decoder": {"1200": {"content": "<mask>", "lstrip": true, "special": true}}}"#)
    let tokenizer = try Tokenizer(folder: URL(filePath: folder.path))
    let fixture = try GoldenFixture("roberta")
    for sample in fixture.cases {
      guard let expected = sample.expected else { continue }
      let encoding = try tokenizer.encode(sample.text, pair: sample.pair, options: sample.options)
      #expect(GoldenFixture.Expected(encoding) == expected, "\(sample.text.debugDescription)")
    }
    for sample in fixture.decodings {
      #expect(try tokenizer.decode(sample.ids, skippingSpecialTokens: sample.skipsSpecial) == sample.text)
    }
  }

  @Test("GPT-2's gives the reference's ids")
  func gpt2() throws {
    let folder = try TemporaryFolder()
    try write("gpt2", to: folder)
    try folder.write("tokenizer_config.json", #"{"tokenizer_class": "GPT2TokenizerFast", "add_prefix_space": true}"#)
    let tokenizer = try Tokenizer(folder: URL(filePath: folder.path))
    // The fixture was made without the space in front.
    try folder.write("tokenizer_config.json", #"{"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": false}"#)
    let plain = try Tokenizer(folder: URL(filePath: folder.path))
    for sample in try GoldenFixture("gpt2").cases where sample.pair == nil {
      guard let expected = sample.expected else { continue }
      #expect(try plain.encode(sample.text, options: sample.options).ids == expected.ids)
      if sample.text.first?.isLetter == true, sample.options.truncation == nil, !sample.text.contains("<|") {
        let spaced = try plain.encode(" " + sample.text).ids
        #expect(try tokenizer.encode(sample.text).ids == spaced, "\(sample.text.debugDescription)")
      }
    }
  }

  static let refused: [([String: String], TokenizerError.Code, String)] = [
    ([:], .unsupported, "tokenizer_class"),
    (["config.json": #"{"model_type":"magic"}"#], .unsupported, "magic"),
    (["tokenizer_config.json": #"{"tokenizer_class":"CLIPTokenizer"}"#], .unsupported, "CLIPTokenizer"),
    (["tokenizer_config.json": "["], .malformed, "expected"),
    (gpt2(["merges.txt": "a b\nb\n"]), .invalidVocabulary, "one space"),
    (gpt2(["merges.txt": "a b\n\n"]), .invalidVocabulary, "one space"),
    (gpt2(["merges.txt": "b a\n"]), .invalidVocabulary, "\"ba\""),
    (gpt2(["vocab.json": #"{"a":0,"b":0}"#]), .invalidVocabulary, "same id"),
    (gpt2(["added_tokens.json": "[]"]), .malformed, "added_tokens.json"),
    (
      gpt2(["tokenizer_config.json": #"{"added_tokens_decoder":{"0":{"content":"z"}}}"#]), .invalidVocabulary,
      "should have the id 0, but 4"
    ),
    (gpt2(["tokenizer_config.json": #"{"add_bos_token":true,"bos_token":""}"#]), .invalidVocabulary, "bos_token"),
  ]

  private static func gpt2(_ files: [String: String]) -> [String: String] {
    files.merging(["config.json": #"{"model_type":"gpt2"}"#]) { one, _ in one }
  }

  @Test("a folder that cannot be used is refused with the reason", arguments: refused)
  func broken(_ files: [String: String], _ code: TokenizerError.Code, _ reason: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("vocab.json", #"{"a":0,"b":1,"ab":2,"<|endoftext|>":3}"#)
    try folder.write("merges.txt", "#version: 0.2\na b\n")
    for (name, text) in files { try folder.write(name, text) }
    let error = #expect(throws: TokenizerError.self) { try Tokenizer(folder: URL(filePath: folder.path)) }
    #expect(error?.code == code)
    #expect(error?.message.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test("a folder without merges is refused")
  func missing() throws {
    let folder = try TemporaryFolder()
    try folder.write("vocab.json", "{}")
    try folder.write("config.json", #"{"model_type":"gpt2"}"#)
    let error = #expect(throws: TokenizerError.self) { try Tokenizer(folder: URL(filePath: folder.path)) }
    #expect(error?.code == .unreadable)
  }
}
