import NeedletailJSON
import NeedletailTestSupport
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Regular expressions of any pattern")
struct RegexTests {
  static func tokenizer(_ parts: String, model: String = #"{"type":"WordLevel","vocab":{"[UNK]":0}}"#) throws
    -> Tokenizer
  {
    try Tokenizer(tokenizerJSON: Array(#"{"version":"1.0",\#(parts),"model":\#(model)}"#.utf8), subject: "t.json")
  }

  /// A Split that isolates the matches.
  static func split(_ pattern: String, _ behavior: String = "Isolated", inverted: Bool = false) throws -> Tokenizer {
    try tokenizer(
      #""pre_tokenizer":{"type":"Split","pattern":{"Regex":\#(quoted(pattern))},"behavior":"\#(behavior)","invert":\#(inverted)}"#
    )
  }

  static func quoted(_ text: String) -> String {
    text.unicodeScalars.reduce("\"") { result, scalar in
      result
        + (scalar.value < 0x20 || scalar == "\"" || scalar == "\\" || scalar.value > 0x7E
          ? scalar.utf16.map {
            "\\u" + String(repeating: "0", count: 4 - String($0, radix: 16).count) + String($0, radix: 16)
          }
          .joined() : String(scalar))
    } + "\""
  }

  private static func golden() throws -> JSON {
    let file = GoldenFixture.folder.appending(path: "regex.golden.json")
    return try JSONDocument(parsing: [UInt8](Data(contentsOf: file)), subject: file.path).root
  }

  private static func places(_ encoding: Encoding) -> [Int] {
    encoding.offsets.flatMap { [$0.lowerBound, $0.upperBound] }
  }

  @Test("Split cuts where the reference cuts, in every behaviour, inverted too")
  func splits() throws {
    let golden = try Self.golden()
    let texts = try golden.value("texts").elements.map { $0.string ?? "" }
    #expect(try golden.value("splits").count > 200)
    for row in try golden.value("splits").elements {
      let pattern = try row.string("pattern")
      if row.optional("refused") != nil {
        #expect(throws: TokenizerError.self) { try Self.split(pattern) }
        continue
      }
      let tokenizer = try Self.split(
        pattern, try row.string("behavior"), inverted: try row.boolean("invert"))
      for (text, pieces) in zip(texts, try row.value("pieces").elements) {
        let expected = pieces.elements.map { $0.integer ?? -1 }
        #expect(Self.places(try tokenizer.encode(text)) == expected, "\(pattern) on \(text.debugDescription)")
      }
    }
  }

  @Test("Replace, as a normalizer and as a decoder, puts what the reference puts where it puts it")
  func replacements() throws {
    let golden = try Self.golden()
    let texts = try golden.value("texts").elements.map { $0.string ?? "" }
    let vocabulary = try golden.string("letters").unicodeScalars.enumerated()
      .map { "\(Self.quoted(String($1))):\($0)" }.joined(separator: ",")
    let model = #"{"type":"BPE","vocab":{\#(vocabulary)},"merges":[]}"#
    for row in try golden.value("replacements").elements {
      let pattern = try row.string("pattern")
      let stage =
        #"{"type":"Replace","pattern":{"Regex":\#(Self.quoted(pattern))},"content":\#(Self.quoted(try row.string("content")))}"#
      let bytes = #"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,"use_regex":false}"#
      let tokenizer = try Self.tokenizer(
        #""normalizer":\#(stage),"pre_tokenizer":\#(bytes),"decoder":{"type":"Sequence","decoders":[{"type":"Fuse"},\#(stage)]}"#,
        model: model)
      for (text, result) in zip(texts, try row.value("results").elements) {
        let encoding = try tokenizer.encode(text)
        if result.isNull { continue }  // The reference ends itself there.
        #expect(try encoding.ids == result.value("ids").elements.map { Int32($0.integer ?? -1) }, "\(pattern) \(text)")
        #expect(
          try Self.places(encoding) == result.value("offsets").elements.map { $0.integer ?? -1 }, "\(pattern) \(text)")
      }
      let decoding = try row.value("decoding")
      let ids = try decoding.value("ids").elements.map { Int32($0.integer ?? -1) }
      #expect(try Array(tokenizer.decode(ids).utf8) == Array(decoding.string("text").utf8), "\(pattern)")
    }
  }

  static let refused: [(String, String)] = [
    ("(", "does not end"), ("a)", "no partner"), ("[a", "does not end"), ("[]", "is empty"), ("*a", "repeated"),
    ("a|+", "repeated"), ("^*", "repeated"), ("[z-a]", "wrong order"), ("a{3,2}", "wrong order"),
    (#"\p{Nothing}"#, "\"Nothing\" is not known"), ("[[:nothing:]]", "POSIX bracket"), (#"a\"#, "backslash"),
    (#"(?<n>a)\k<m>"#, "\"m\""), (#"\1"#, "group before it"), (#"\X"#, "\\X"), (#"\G"#, "\\G"), ("(?~a)", "(?~"),
    ("(?(1)a)", "(?("), ("(?<=ab*)c", "without end"), ("(?<=(?>a))b", "gives nothing back"), ("(?s:.)", "(?s"),
    ("a{70000}", "65535"), (#"\xe9"#, "U+007F"), (#"\x{110000}"#, "no character"),
    ("(?i)(a)\\1", "without regard to case"),
    (String(repeating: "(", count: 5000), "in one another"),
    (String(repeating: "a", count: 50_000), "50000 characters"),
    ("(?:(?:(?:ab){1000}){1000}){1000}", "multiply"), ("a" + String(repeating: "+?", count: 5000), "more than 8"),
    ("(?<=x(?:a|bc){1,60})d", "too many lengths"), (String(repeating: "[^a", count: 3000), "in one another"),
  ]

  @Test("an expression that cannot be used is refused with its place and the reason", arguments: refused)
  func refusals(_ pattern: String, _ reason: String) throws {
    let error = try #require(throws: TokenizerError.self) { try Self.split(pattern) }
    #expect(error.code == .unsupported && error.message.contains(reason), "\(error)")
    #expect(error.description.hasPrefix("t.json:1:") && error.message.utf8.count < 1000)
  }

  @Test(
    "an expression that takes too long on a text is an error, soon", .timeLimit(.minutes(5)),
    arguments: [
      ("(a+)+$", String(repeating: "a", count: 5000) + "b"), ("(a|aa)+$", String(repeating: "a", count: 200_000) + "b"),
      ("(?:x+x+)+\\d", String(repeating: "x", count: 3000) + "y1"),
      ("(.*,){20}z", String(repeating: "a,", count: 3000) + "y"),
      ("[a-z]+\\d", String(repeating: "a", count: 300_000) + "1" + String(repeating: "a", count: 300_000) + "-1"),
    ])
  func catastrophes(_ pattern: String, _ text: String) throws {
    for tokenizer in [
      try Self.split(pattern),
      try Self.tokenizer(#""normalizer":{"type":"Replace","pattern":{"Regex":\#(Self.quoted(pattern))},"content":""}"#),
    ] {
      let error = try #require(throws: TokenizerError.self) { try tokenizer.encode(text) }
      #expect(error.code == .patternLimit && error.message.contains(pattern), "\(error)")
      var packed = PackedTokens()
      packed.append(ids: [7])
      #expect(throws: TokenizerError.self) { try tokenizer.pack(["b", text], into: &packed) }
      #expect(packed.ids == [7] && packed.starts == [0, 1])
    }
  }

  @Test(
    "texts of a million characters are read", .timeLimit(.minutes(5)),
    arguments: [
      (#"\s+(?!\S)|\s+"#, String(repeating: " ", count: 1_000_000) + "x", 3),
      (#"(?:ab|c)+|x"#, String(repeating: "ab", count: 500_000) + "x", 2),
      (#"\w+|[^\w\s]+"#, String(repeating: "a b", count: 333_333), 666_667),
    ])
  func longTexts(_ pattern: String, _ text: String, _ count: Int) throws {
    let pieces = try Self.split(pattern).encode(text).offsets
    #expect(pieces.count == count)
    #expect(pieces.first?.lowerBound == 0 && pieces.last?.upperBound == text.unicodeScalars.count)
    #expect(zip(pieces, pieces.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
  }

  @Test("one expression serves many threads")
  func threads() async throws {
    let tokenizer = try Self.split(#"\p{Lu}\p{Ll}+|\s+"#)
    let text = String(repeating: "One TwoThree  four\n", count: 200)
    let expected = try tokenizer.encode(text)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<16 { group.addTask { try (0..<20).allSatisfy { _ in try tokenizer.encode(text) == expected } } }
      for try await isEqual in group { #expect(isEqual) }
    }
  }
}
