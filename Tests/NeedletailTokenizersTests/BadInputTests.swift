import NeedletailTestSupport
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
    (vocabulary("[]"), .malformed, "should be an object"),
    (vocabulary("{}"), .invalidVocabulary, "\"[UNK]\" is not in the vocabulary"),
    (vocabulary(#"{"[UNK]":0},"unk_token":"<unk>""#), .invalidVocabulary, "<unk>"),
    (vocabulary(#"{"[UNK]":0,"a":0}"#), .invalidVocabulary, "same id 0"),
    (vocabulary(#"{"[UNK]":0,"a":1,"a":2}"#), .invalidVocabulary, "two ids"),
    (vocabulary(#"{"[UNK]":0,"a":2000000000}"#), .invalidVocabulary, "\"a\" should have an id from 0 to 65543"),
    (vocabulary(#"{"[UNK]":0,"a":-1}"#), .invalidVocabulary, "\"a\""),
    (vocabulary(#"{"[UNK]":0,"a":99999999999999999999}"#), .invalidVocabulary, "\"a\""),
    (vocabulary(#"{"[UNK]":0,"a":"1"}"#), .invalidVocabulary, "\"a\""),
    (vocabulary(#"{"[UNK]":0,"a":1.5}"#), .invalidVocabulary, "\"a\""),
    (vocabulary(#"{"[UNK]":0},"max_input_chars_per_word":-1"#), .malformed, "max_input_chars_per_word"),
    (stage(#""normalizer":{"type":"Folded"}"#), .unsupported, "Folded"),
    (stage(#""normalizer":{"type":"Replace","pattern":{"Regex":"a("},"content":""}"#), .unsupported, "\"a(\""),
    (stage(#""decoder":{"type":"Replace","pattern":{"Regex":"[b"},"content":""}"#), .unsupported, "\"[b\""),
    (stage(#""pre_tokenizer":{"type":"Sentences"}"#), .unsupported, "Sentences"),
    (stage(#""pre_tokenizer":{"type":"Punctuation","behavior":"Eaten"}"#), .unsupported, "Eaten"),
    (stage(#""post_processor":{"type":"Magic"}"#), .unsupported, "Magic"),
    (stage(bertEnds(#"["[SEP]",7]"#)), .invalidVocabulary, "id 7"),
    (stage(bertEnds(#"["[SEP]"]"#)), .malformed, "sep"),
    (stage(template(#"{"SpecialToken":{"id":"x","type_id":0}}"#)), .malformed, "\"x\""),
    (stage(template(#"{"Sequence":{"id":"C","type_id":0}}"#)), .unsupported, "\"C\""),
    (stage(#""decoder":{"type":"Morse"}"#), .unsupported, "Morse"),
    (stage(#""added_tokens":[{"id":1,"content":"z"}]"#), .invalidVocabulary, "belongs to \"a\""),
    (stage(#""added_tokens":[{"id":2,"content":"a"}]"#), .invalidVocabulary, "by its place it has 1"),
    (stage(#""added_tokens":[{"id":5,"content":"z"}]"#), .invalidVocabulary, "id 5"),
    (stage(#""added_tokens":[{"id":3,"content":"z"},{"id":3,"content":"y"}]"#), .invalidVocabulary, "id 3"),
  ]

  /// A stage of a normalizer that replaces the first by the second.
  private static func replace(_ pattern: String, _ content: String) -> String {
    #"{"type":"Replace","pattern":{"String":"\#(pattern)"},"content":"\#(content)"}"#
  }
  private static func sequence(_ stages: [String]) -> String {
    stage(#""normalizer":{"type":"Sequence","normalizers":[\#(stages.joined(separator: ","))]}"#)
  }

  @Test(
    "stages that would make a short text fill the memory are refused",
    arguments: [
      sequence(Array(repeating: replace("a", "aa"), count: 40)),
      sequence((0..<3).flatMap { _ in [replace(" ", "\u{FDFA}"), #"{"type":"NFKD"}"#] }),
      sequence([#"{"type":"Prepend","prepend":"\#(String(repeating: "x", count: 2000))"}"#]),
    ])
  func growth(_ json: String) throws {
    let error = try #require(
      throws: TokenizerError.self, performing: { try Tokenizer(tokenizerJSON: Array(json.utf8), subject: "t.json") })
    #expect(error.code == .unsupported && error.message.contains("1000 times"), "\(error)")
  }

  @Test("stages as tokenizers in use have them are read")
  func usualGrowth() throws {
    let stages = [
      Self.replace("``", "'"), #"{"type":"NFKC"}"#, #"{"type":"Lowercase"}"#, #"{"type":"StripAccents"}"#,
      Self.replace(" ", "\u{2581}"), #"{"type":"Prepend","prepend":"▁"}"#,
    ]
    #expect(try Tokenizer(tokenizerJSON: Array(Self.sequence(stages).utf8), subject: "t.json").vocabularySize == 3)
  }

  private static func vocabulary(_ json: String) -> String { #"{"model":{"type":"WordPiece","vocab":\#(json)}}"# }
  private static func stage(_ json: String) -> String { #"{\#(json),"model":\#(model)}"# }
  private static func bertEnds(_ closing: String) -> String {
    #""post_processor":{"type":"BertProcessing","sep":\#(closing),"cls":["a",1]}"#
  }
  private static func template(_ piece: String) -> String {
    #""post_processor":{"type":"TemplateProcessing","single":[\#(piece)],"pair":[],"special_tokens":{}}"#
  }

  @Test("a broken tokenizer.json is named with line, column and reason", arguments: refused)
  func brokenFiles(_ json: String, _ code: TokenizerError.Code, _ reason: String) throws {
    let error = try #require(
      throws: TokenizerError.self, performing: { try Tokenizer(tokenizerJSON: Array(json.utf8), subject: "t.json") })
    #expect(error.code == code, "\(error)")
    #expect(error.message.contains(reason), "\(error)")
    #expect(error.description.hasPrefix("t.json:1:"), "\(error)")
  }

  @Test("ids without a token are read, added tokens are numbered from the count of tokens on")
  func gaps() throws {
    let gap = #"{"added_tokens":[{"id":%,"content":"z"}],"model":{"type":"WordPiece","vocab":{"[UNK]":0,"a":9}}}"#
    let tokenizer = try Tokenizer(tokenizerJSON: Array(gap.replacing("%", with: "2").utf8), subject: "t.json")
    #expect(try tokenizer.encode("za").ids == [2, 9])
    #expect(tokenizer.vocabularySize == 10 && tokenizer.token(forID: 5) == nil)
    for id in ["1", "3", "9"] {
      #expect(throws: TokenizerError.self) {
        try Tokenizer(tokenizerJSON: Array(gap.replacing("%", with: id).utf8), subject: "t.json")
      }
    }
  }

  @Test("a file is named as the user named it, with the system's reason")
  func reasons() throws {
    let error = #expect(throws: TokenizerError.self) { try Tokenizer(contentsOf: URL(filePath: "none/tokenizer.json")) }
    #expect(error?.description == "none/tokenizer.json: cannot be opened: No such file or directory")
  }

  @Test("a pipe is refused at once", .timeLimit(.minutes(5)), arguments: ["tokenizer.json", "vocab.txt"])
  func pipe(_ name: String) throws {
    let folder = try TemporaryFolder()
    try folder.pipe(name)
    let error = #expect(throws: TokenizerError.self) { try Tokenizer(folder: URL(filePath: folder.path)) }
    #expect(error?.code == .unreadable && error?.message == "is not a regular file")
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
}
