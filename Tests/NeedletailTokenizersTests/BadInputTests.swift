import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Tokenizers that cannot be used are refused")
struct BadInputTests {
  static let model = ###"{"type":"WordPiece","vocab":{"[UNK]":0,"a":1,"##b":2}}"###

  static let refused: [(String, TokenizerError.Code, String)] = [
    ("", .malformed, "expected"),
    ("{", .malformed, "quoted key"),
    ("[]", .malformed, "a tokenizer should be an object"),
    ("{}", .malformed, "\"model\" is missing"),
    (#"{"model":null}"#, .malformed, "\"model\" should be an object"),
    (#"{"model":{"vocab":{}}}"#, .malformed, "\"type\" is missing"),
    (#"{"model":{"type":"Magic"}}"#, .unsupported, "Magic"),
    (#"{"model":{"type":"WordPiece"}}"#, .malformed, "\"vocab\" is missing"),
    (#"{"model":{"type":"WordPiece","vocab":[]}}"#, .malformed, "should be an object"),
    (#"{"model":{"type":"WordPiece","vocab":{}}}"#, .invalidVocabulary, "\"[UNK]\" is not in the vocabulary"),
    (#"{"model":{"type":"WordPiece","vocab":{"[UNK]":0},"unk_token":"<unk>"}}"#, .invalidVocabulary, "<unk>"),
    (#"{"model":{"type":"WordPiece","vocab":{"[UNK]":0,"a":0}}}"#, .invalidVocabulary, "same id 0"),
    (#"{"model":{"type":"WordPiece","vocab":{"[UNK]":0,"a":1,"a":2}}}"#, .invalidVocabulary, "two ids"),
    (#"{"model":{"type":"WordPiece","vocab":{"[UNK]":0,"a":2}}}"#, .invalidVocabulary, "\"a\" should have an id from 0 to 1"),
    (#"{"model":{"type":"WordPiece","vocab":{"[UNK]":0,"a":-1}}}"#, .invalidVocabulary, "\"a\""),
    (#"{"model":{"type":"WordPiece","vocab":{"[UNK]":0,"a":99999999999999999999}}}"#, .invalidVocabulary, "\"a\""),
    (#"{"model":{"type":"WordPiece","vocab":{"[UNK]":0,"a":"1"}}}"#, .invalidVocabulary, "\"a\""),
    (#"{"model":{"type":"WordPiece","vocab":{"[UNK]":0,"a":1.5}}}"#, .invalidVocabulary, "\"a\""),
    (#"{"model":{"type":"WordPiece","vocab":{"[UNK]":0},"max_input_chars_per_word":-1}}"#, .malformed, "max_input_chars_per_word"),
    (#"{"normalizer":{"type":"Nmt"},"model":\#(model)}"#, .unsupported, "Nmt"),
    (#"{"normalizer":{"type":"Replace","pattern":{"Regex":"a+"},"content":""},"model":\#(model)}"#, .unsupported, "Replace"),
    (#"{"pre_tokenizer":{"type":"Metaspace"},"model":\#(model)}"#, .unsupported, "Metaspace"),
    (#"{"pre_tokenizer":{"type":"Punctuation","behavior":"Eaten"},"model":\#(model)}"#, .unsupported, "Eaten"),
    (#"{"post_processor":{"type":"ByteLevel"},"model":\#(model)}"#, .unsupported, "ByteLevel"),
    (#"{"post_processor":{"type":"BertProcessing","sep":["[SEP]",7],"cls":["a",1]},"model":\#(model)}"#, .invalidVocabulary, "id 7"),
    (#"{"post_processor":{"type":"BertProcessing","sep":["[SEP]"],"cls":["a",1]},"model":\#(model)}"#, .malformed, "sep"),
    (
      #"{"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x","type_id":0}}],"pair":[],"special_tokens":{}},"model":\#(model)}"#,
      .malformed, "\"x\""
    ),
    (#"{"decoder":{"type":"CTC"},"model":\#(model)}"#, .unsupported, "CTC"),
    (#"{"added_tokens":[{"id":1,"content":"z"}],"model":\#(model)}"#, .invalidVocabulary, "belongs to \"a\""),
    (#"{"added_tokens":[{"id":2,"content":"a"}],"model":\#(model)}"#, .invalidVocabulary, "in the vocabulary it has 1"),
    (#"{"added_tokens":[{"id":5,"content":"z"}],"model":\#(model)}"#, .invalidVocabulary, "id 5"),
    (#"{"added_tokens":[{"id":3,"content":"z"},{"id":3,"content":"y"}],"model":\#(model)}"#, .invalidVocabulary, "id 3"),
  ]

  @Test("a broken tokenizer.json is named with line, column and reason", arguments: refused)
  func brokenFiles(_ json: String, _ code: TokenizerError.Code, _ reason: String) throws {
    let error = try #require(
      throws: TokenizerError.self, performing: { try Tokenizer(tokenizerJSON: Array(json.utf8), subject: "t.json") })
    #expect(error.code == code, "\(error)")
    #expect(error.message.contains(reason), "\(error)")
    #expect(error.description.hasPrefix("t.json:1:"), "\(error)")
  }

  @Test("a gap between ids is filled by an added token or refused")
  func gaps() throws {
    let gap = #"{"added_tokens":[{"id":%,"content":"z"}],"model":{"type":"WordPiece","vocab":{"[UNK]":0,"a":2}}}"#
    let filled = try Tokenizer(tokenizerJSON: Array(gap.replacing("%", with: "1").utf8), subject: "t.json")
    #expect(try filled.encode("za").ids == [1, 2])
    #expect(throws: TokenizerError.self) {
      try Tokenizer(tokenizerJSON: Array(gap.replacing("%", with: "3").utf8), subject: "t.json")
    }
  }

  @Test("a missing file or folder is named")
  func missing() throws {
    for url in [URL(filePath: "/nowhere/tokenizer.json"), URL(filePath: "/nowhere/vocab.txt")] {
      let error = try #require(throws: TokenizerError.self, performing: { try Tokenizer(contentsOf: url) })
      #expect(error.code == .unreadable)
      #expect(error.subject == url.path)
    }
    let error = try #require(
      throws: TokenizerError.self, performing: { try Tokenizer(folder: URL(filePath: "/nowhere")) })
    #expect(error.code == .unreadable)
  }

  @Test("a vocab.txt takes its last line for a token that stands twice, and needs its special tokens")
  func vocabularyFiles() throws {
    let text = "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\nfox\r\ndog\r\nfox"
    let tokenizer = try Tokenizer(vocabulary: Array(text.utf8), subject: "vocab.txt")
    #expect(try tokenizer.encode("Fox dog cat").ids == [2, 6, 5, 1, 3])
    #expect(tokenizer.token(forID: 4) == "fox")
    for broken in ["", "[UNK]\n", "[CLS]\n[SEP]\n"] {
      let error = try #require(
        throws: TokenizerError.self,
        performing: { try Tokenizer(vocabulary: Array(broken.utf8), subject: "vocab.txt") })
      #expect(error.code == .invalidVocabulary)
    }
  }

  @Test("mutated files are read or refused, and never crash", arguments: ["bert-added", "nfc-replace", "nfkc-levels"])
  func mutations(_ name: String) throws {
    let rounds = ProcessInfo.processInfo.environment["NEEDLETAIL_FUZZ"].flatMap { Int($0) } ?? 600
    let file = GoldenFixture.folder.appending(path: "\(name).tokenizer.json")
    let bytes = [UInt8](try Data(contentsOf: file))
    let pieces = ["0", "-1", "4294967296", "null", "{}", "[]", "\"\"", ",", "\"", "\\", "\\u0000", "\u{FFFD}", "1e9", "true"]
      .map { Array($0.utf8) }
    var generator = SeededGenerator(state: 13)
    var refused = 0
    for _ in 0..<rounds {
      var mutated = bytes
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let start = Int.random(in: 0..<mutated.count, using: &generator)
        let end = min(mutated.count, start + Int.random(in: 0...8, using: &generator))
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: mutated[start] = UInt8.random(in: 0...255, using: &generator)
        case 1: mutated.replaceSubrange(start..<end, with: pieces.randomElement(using: &generator) ?? [])
        default: mutated.removeSubrange(start..<end)
        }
      }
      do {
        let tokenizer = try Tokenizer(tokenizerJSON: mutated, subject: name)
        _ = try tokenizer.encode("the [MASK] caf\u{E9} <wide> 10 ab", pair: "x", options: .init(truncation: .init(maximumLength: 9)))
      } catch {
        refused += 1
      }
    }
    #expect(refused > rounds / 10)
  }
}
