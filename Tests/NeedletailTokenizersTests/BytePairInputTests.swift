import NeedletailTokenizers
import Testing

@Suite("Byte pair encodings that cannot be used are refused")
struct BytePairInputTests {
  static let refused: [(String, TokenizerError.Code, String)] = [
    (model(#""merges":[]"#, vocabulary: #"{"a":0,"b":0}"#), .invalidVocabulary, "same id 0"),
    (model(#""dropout":null"#), .malformed, "\"merges\" is missing"),
    (model(#""merges":{}"#), .malformed, "\"merges\" should be an array"),
    (model(#""merges":["a b c"]"#), .invalidVocabulary, "one space between"),
    (model(#""merges":["ab"]"#), .invalidVocabulary, "one space between"),
    (model(#""merges":[["a"]]"#), .invalidVocabulary, "two strings"),
    (model(#""merges":[["a","b",1]]"#), .invalidVocabulary, "two strings"),
    (model(#""merges":[7]"#), .invalidVocabulary, "two strings"),
    (model(#""merges":["a z"]"#), .invalidVocabulary, "\"z\", which is not in the vocabulary"),
    (model(#""merges":["b a"]"#), .invalidVocabulary, "\"ba\", which is not in the vocabulary"),
    (model(#""merges":[["a",""]]"#), .invalidVocabulary, "nothing longer"),
    (model(#""merges":[["","a"]]"#), .invalidVocabulary, "nothing longer"),
    (model(#""merges":[["a","b"]],"continuing_subword_prefix":"b""#), .invalidVocabulary, "nothing longer"),
    (model(#""merges":[],"unk_token":7"#), .malformed, "unk_token"),
    (model(#""merges":[],"dropout":1.1"#), .malformed, "dropout"),
    (model(#""merges":[],"dropout":-0.1"#), .malformed, "dropout"),
    (model(#""merges":[],"dropout":"x""#), .malformed, "dropout"),
    (model(#""merges":[],"fuse_unk":1"#), .malformed, "fuse_unk"),
    (split(#"{"Regex":"(a+"}"#), .unsupported, "(a+"),
    (split(#"{}"#), .malformed, "String"),
    (stage(#"{"type":"Split","pattern":{"String":"a"},"behavior":"Eaten"}"#), .unsupported, "Eaten"),
    (stage(#"{"type":"FixedLength","length":0}"#), .malformed, "length"),
    (stage(#"{"type":"CharDelimiterSplit","delimiter":"ab"}"#), .malformed, "one character"),
  ]

  private static func model(_ json: String, vocabulary: String = #"{"a":0,"b":1,"ab":2}"#) -> String {
    #"{"model":{"type":"BPE","vocab":\#(vocabulary),\#(json)}}"#
  }
  private static func stage(_ json: String) -> String {
    #"{"pre_tokenizer":\#(json),"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}"#
  }
  private static func split(_ pattern: String) -> String {
    stage(#"{"type":"Split","pattern":\#(pattern),"behavior":"Isolated"}"#)
  }

  @Test("a broken model is named with the reason", arguments: refused)
  func broken(_ json: String, _ code: TokenizerError.Code, _ reason: String) throws {
    let error = #expect(throws: TokenizerError.self) {
      try Tokenizer(tokenizerJSON: Array(json.utf8), subject: "tokenizer.json")
    }
    #expect(error?.code == code)
    #expect(error?.message.contains(reason) == true, "\(error?.description ?? "")")
    #expect(error?.subject.hasPrefix("tokenizer.json:1:") == true)
  }

  @Test("dropout of zero is no dropout")
  func zeroDropout() throws {
    let json = Self.model(#""merges":["a b"],"dropout":0.0"#)
    let tokenizer = try Tokenizer(tokenizerJSON: Array(json.utf8), subject: "tokenizer.json")
    #expect(try tokenizer.encode("abaab").ids == [2, 0, 2])
  }

  @Test("words of a million characters take near-linear time", .timeLimit(.minutes(5)), arguments: ["gpt2", "llama3"])
  func longWords(_ name: String) throws {
    let tokenizer = try GoldenFixture.tokenizer(name)
    for unit in ["a", "swift", "é", " ", "\n ", "!", "1", "ABab", "\u{301}"] {
      let count = 1_000_000 / unit.utf8.count
      let text = String(repeating: unit, count: count)
      let encoding = try tokenizer.encode(text, options: EncodingOptions(addsSpecialTokens: false))
      #expect(try tokenizer.decode(encoding.ids) == text)
      var packed = PackedTokens()
      try tokenizer.pack([text], options: EncodingOptions(addsSpecialTokens: false), into: &packed)
      #expect(packed.ids == encoding.ids)
    }
  }
}
