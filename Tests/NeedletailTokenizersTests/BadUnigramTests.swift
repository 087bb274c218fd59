import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Unigram tokenizers that cannot be used are refused")
struct BadUnigramTests {
  static let model = #"{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",-1]]}"#

  static let refused: [(String, TokenizerError.Code, String)] = [
    (unigram("[]", unknown: "0"), .invalidVocabulary, "the vocabulary is empty"),
    (unigram("{}", unknown: "0"), .malformed, "\"vocab\""),
    (unigram(#"[["a"]]"#, unknown: "0"), .malformed, "a token and its score"),
    (unigram(#"[["a",1,2]]"#, unknown: "0"), .malformed, "a token and its score"),
    (unigram(#"[["a","b"]]"#, unknown: "0"), .malformed, "a token and its score"),
    (unigram(#"[[1,1]]"#, unknown: "0"), .malformed, "a token and its score"),
    (unigram(#"[["a",1e999]]"#, unknown: "0"), .invalidVocabulary, "finite"),
    (unigram(#"[["a",NaN]]"#, unknown: "0"), .malformed, "expected"),
    (unigram(#"[["a",-1]]"#, unknown: "null"), .invalidVocabulary, "\"unk_id\" is missing"),
    (unigram(#"[["a",-1]]"#, unknown: "1"), .invalidVocabulary, "\"unk_id\" is 1"),
    (unigram(#"[["a",-1]]"#, unknown: "-1"), .malformed, "\"unk_id\" is -1"),
    (stage(#""added_tokens":[{"id":3,"content":"z"}]"#), .invalidVocabulary, "id 3"),
    (stage(charsmap([])), .malformed, "expected a size first"),
    (stage(#""normalizer":{"type":"Precompiled","precompiled_charsmap":"A"}"#), .malformed, "base64"),
    (stage(charsmap([0, 0, 0, 0, 65, 0])), .malformed, "0 bytes"),
    (stage(charsmap([0, 4, 0, 0] + [0, 1, 2])), .malformed, "1024 bytes"),
    (stage(charsmap(rules(root: 0x8000_0000))), .malformed, "no root"),
    (stage(charsmap(rules(root: 256 << 10))), .malformed, "points outside"),
    (stage(charsmap(rules(root: 1 << 8, value: 3))), .malformed, "no replacement"),
    (stage(charsmap(rules(root: 0, texts: [0xFF, 0]))), .malformed, "not UTF-8"),
    (stage(charsmap(rules(root: 1 << 8, value: 1, texts: [0xC3, 0xA9, 0]))), .malformed, "no replacement"),
    (stage(pre(#""replacement":"__""#)), .malformed, "one character"),
    (stage(pre(#""replacement":"_","prepend_scheme":"last""#)), .unsupported, "prepend_scheme"),
    (stage(pre(#""replacement":"_","prepend_scheme":"first","add_prefix_space":false"#)), .malformed, "add_prefix"),
    (stage(#""decoder":{"type":"Strip","content":" ","start":-1,"stop":0}"#), .malformed, "start"),
    (stage(#""decoder":{"type":"Strip","content":"","start":1,"stop":0}"#), .malformed, "one character"),
    (stage(#""decoder":{"type":"Replace","pattern":{"Regex":"x{3,2}"},"content":"x"}"#), .unsupported, "x{3,2}"),
    (stage(#""decoder":{"type":"Sequence","decoders":[{"type":"Morse"}]}"#), .unsupported, "Morse"),
  ]

  private static func unigram(_ vocabulary: String, unknown: String) -> String {
    #"{"model":{"type":"Unigram","unk_id":\#(unknown),"vocab":\#(vocabulary)}}"#
  }
  private static func stage(_ json: String) -> String { #"{\#(json),"model":\#(model)}"# }
  private static func pre(_ json: String) -> String { #""pre_tokenizer":{"type":"Metaspace",\#(json)}"# }
  private static func charsmap(_ bytes: [UInt8]) -> String {
    #""normalizer":{"type":"Precompiled","precompiled_charsmap":"\#(Data(bytes).base64EncodedString())"}"#
  }
  /// A trie of 256 units, all but the first unused.
  private static func rules(root: UInt32, value: UInt32 = 0, texts: [UInt8] = [65, 0]) -> [UInt8] {
    var units = [root] + Array(repeating: 0x8000_0000 | value, count: 255)
    units.insert(1024, at: 0)
    return units.flatMap { unit in (0..<4).map { UInt8(truncatingIfNeeded: unit >> UInt32(8 * $0)) } } + texts
  }

  @Test("a broken part is named with line, column and reason", arguments: refused)
  func brokenFiles(_ json: String, _ code: TokenizerError.Code, _ reason: String) throws {
    let error = try #require(
      throws: TokenizerError.self, performing: { try Tokenizer(tokenizerJSON: Array(json.utf8), subject: "t.json") })
    #expect(error.code == code, "\(error)")
    #expect(error.message.contains(reason), "\(error)")
    #expect(error.description.hasPrefix("t.json:1:"), "\(error)")
  }

  @Test("megabytes without a space take linear time", .timeLimit(.minutes(5)), arguments: ["xlm-r", "metaspace-whole"])
  func longTexts(_ name: String) throws {
    let tokenizer = try GoldenFixture.tokenizer(name)
    for unit in ["a", "the", "\u{E9}", "\u{4E2D}\u{6587}", "\u{1F600}", " ", "e\u{301}", "\u{0}"] {
      let text = String(repeating: unit, count: 1_000_000 / unit.utf8.count)
      var packed = PackedTokens()
      try tokenizer.pack([text], into: &packed)
      let encoding = try tokenizer.encode(text)
      #expect(encoding.ids == packed.ids)
      let scalars = text.unicodeScalars.count
      #expect(encoding.offsets.allSatisfy { $0.upperBound <= scalars })
    }
  }
}
