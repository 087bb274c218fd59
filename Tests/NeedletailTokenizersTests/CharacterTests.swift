import NeedletailJSON
import NeedletailTestSupport
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Byte and character tokenizers")
struct CharacterTests {
  private func root(_ name: String) throws -> JSON {
    let file = GoldenFixture.folder.appending(path: "\(name).golden.json")
    return try JSONDocument(parsing: [UInt8](Data(contentsOf: file)), subject: file.path).root
  }

  private func ids(_ json: JSON) -> [Int32] { json.elements.map { Int32($0.integer ?? -1) } }

  private func expectDecoding(_ tokenizer: Tokenizer, _ row: JSON) throws {
    let list = ids(try row.value("ids"))
    let texts = try [false, true].map { Array(try tokenizer.decode(list, skippingSpecialTokens: $0).utf8) }
    #expect(texts == [Array(try row.string("decoded").utf8), Array(try row.string("skipped").utf8)], "\(list)")
  }

  @Test("ids, type ids and decoded texts are those of transformers", arguments: ["byt5", "byt5-names", "canine"])
  func goldens(_ name: String) throws {
    let root = try root(name)
    let folder = try TemporaryFolder()
    try folder.write("tokenizer_config.json", root.string("config"))
    let tokenizer = try Tokenizer(folder: URL(filePath: folder.path))
    for row in try root.value("rows").elements {
      let (text, pair) = (try row.string("text"), row.optional("pair")?.string)
      let encoding = try tokenizer.encode(text, pair: pair)
      #expect(encoding.ids == ids(try row.value("ids")), "\(text.debugDescription)")
      #expect(encoding.typeIDs == ids(try row.value("type_ids")))
      let longest = max(text.unicodeScalars.count, pair?.unicodeScalars.count ?? 0)
      #expect(encoding.offsets.allSatisfy { $0.upperBound <= longest })
      let plain = try tokenizer.encode(text, pair: pair, options: EncodingOptions(addsSpecialTokens: false))
      #expect(plain.ids == ids(try row.value("plain")))
      var packed = PackedTokens()
      if let pair {
        try tokenizer.pack(text, pair: pair, into: &packed)
      } else {
        try tokenizer.pack([text], into: &packed)
      }
      #expect(packed.ids == encoding.ids)
      try expectDecoding(tokenizer, row)
    }
    for row in try root.value("decodings").elements { try expectDecoding(tokenizer, row) }
  }

  @Test("a model's type is enough, without any other file")
  func types() throws {
    let folder = try TemporaryFolder()
    try folder.write("config.json", #"{"model_type":"byt5"}"#)
    let bytes = try Tokenizer(folder: URL(filePath: folder.path))
    #expect(try bytes.encode("né").ids == [113, 198, 172, 1])
    #expect(try bytes.encode("né m").offsets == [0..<1, 1..<2, 1..<2, 2..<3, 3..<4, 0..<0])
    #expect(try bytes.encode("né m").wordIDs == [0, 0, 0, 1, 2, nil])
    #expect(bytes.vocabularySize == 384)
    #expect(bytes.id(forToken: "<extra_id_0>") == 259 && bytes.token(forID: 4) == "\u{1}")
    try folder.write("config.json", #"{"model_type":"canine"}"#)
    let scalars = try Tokenizer(folder: URL(filePath: folder.path))
    #expect(try scalars.encode("né 😀").ids == [0xE000, 0x6E, 0xE9, 0x20, 0x1F600, 0xE001])
    #expect(try scalars.encode("né 😀").offsets == [0..<0, 0..<1, 1..<2, 2..<3, 3..<4, 0..<0])
    #expect(scalars.vocabularySize == 0x11_0000)
    #expect(scalars.token(forID: 0xD800) == "\u{FFFD}" && scalars.token(forID: 0x11_0000) == nil)
    #expect(scalars.id(forToken: "é") == 0xE9 && scalars.id(forToken: "ab") == nil)
  }

  @Test(
    "BidirectionalWordPiece is that of a plain implementation",
    arguments: ["characters", "characters-lower", "sub-characters"])
  func bidirectional(_ name: String) throws {
    let root = try root("bidirectional-\(name)")
    let folder = try TemporaryFolder()
    try folder.write("tokenizer_config.json", root.string("config"))
    try folder.write("vocab.txt", root.string("vocabulary"))
    let tokenizers = [
      try Tokenizer(folder: URL(filePath: folder.path)),
      try Tokenizer(
        bidirectionalVocabulary: Array(root.string("vocabulary").utf8),
        units: name == "sub-characters" ? .subCharacters : .characters, lowercasing: name == "characters-lower",
        subject: "vocab.txt"),
    ]
    #expect(try root.value("rows").count > 150)
    for row in try root.value("rows").elements {
      let text = try row.string("text")
      for tokenizer in tokenizers {
        let encoding = try tokenizer.encode(text)
        #expect(encoding.ids == ids(try row.value("ids")), "\(text.debugDescription)")
        var packed = PackedTokens()
        try tokenizer.pack([text], into: &packed)
        #expect(packed.ids == encoding.ids)
      }
    }
  }

  @Test("a word that is as frequent both ways is cut from the right, and a syllable keeps its place")
  func ties() throws {
    let words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nab\na\n##c\n##bc\n"
    func ids(_ vocabulary: String) throws -> [Int32] {
      try Tokenizer(
        bidirectionalVocabulary: Array(vocabulary.utf8), units: .characters, subject: "vocab.txt"
      ).encode("abc").ids
    }
    // From the left [5, 7], from the right [6, 8].
    #expect(try ids(words) == [2, 5, 7, 3])
    #expect(try ids(words.replacing("ab\na\n##c\n##bc", with: "a\nab\n##c\n##bc")) == [2, 5, 8, 3])
    #expect(try ids(words.replacing("\n##c\n", with: "\n##x\n")) == [2, 1, 3])
    let jamo = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n\u{1112}\u{1161}\n##\u{11AB}\n"
    let encoding = try Tokenizer(
      bidirectionalVocabulary: Array(jamo.utf8), units: .subCharacters, subject: "vocab.txt"
    ).encode("한 한")
    #expect(encoding.ids == [2, 5, 6, 5, 6, 3])
    #expect(encoding.offsets == [0..<0, 0..<1, 0..<1, 2..<3, 2..<3, 0..<0])
  }

  static let refused: [([String: String], TokenizerError.Code, String)] = [
    (
      ["tokenizer_config.json": #"{"tokenizer_class":"BidirectionalWordPieceTokenizer","hangul_units":"letters"}"#],
      .unsupported, "\"letters\""
    ),
    (["tokenizer_config.json": #"{"tokenizer_class":"BidirectionalWordPieceTokenizer"}"#], .unreadable, "No such file"),
    (
      ["tokenizer_config.json": #"{"tokenizer_class":"BidirectionalWordPieceTokenizer"}"#, "vocab.txt": "a\n"],
      .invalidVocabulary, "[UNK]"
    ),
    (
      ["tokenizer_config.json": #"{"tokenizer_class":"ByT5Tokenizer","extra_ids":-1}"#], .malformed, "extra_ids"
    ),
    (
      ["tokenizer_config.json": #"{"tokenizer_class":"ByT5Tokenizer","pad_token":null}"#], .invalidVocabulary,
      "pad_token"
    ),
    (
      ["tokenizer_config.json": #"{"tokenizer_class":"ByT5Tokenizer","pad_token":"a"}"#], .invalidVocabulary, "two ids"
    ),
    (
      ["tokenizer_config.json": #"{"tokenizer_class":"CanineTokenizer","cls_token":null}"#], .invalidVocabulary,
      "cls_token"
    ),
  ]

  @Test("settings that cannot be used are refused", arguments: refused)
  func broken(_ files: [String: String], _ code: TokenizerError.Code, _ reason: String) throws {
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(name, text) }
    let error = try #require(
      throws: TokenizerError.self, performing: { try Tokenizer(folder: URL(filePath: folder.path)) })
    #expect(error.code == code && error.message.contains(reason), "\(error)")
  }

  @Test("mutated settings are read or refused")
  func fuzz() async throws {
    let folder = try TemporaryFolder()
    for name in ["byt5", "byt5-names", "canine"] {
      try folder.write("\(name)/tokenizer_config.json", root(name).string("config"))
    }
    for name in ["characters", "sub-characters"] {
      let root = try root("bidirectional-\(name)")
      try folder.write("\(name)/tokenizer_config.json", root.string("config"))
      try folder.write("\(name)/vocab.txt", root.string("vocabulary"))
    }
    let names = ["byt5", "byt5-names", "canine", "characters", "sub-characters"]
    let folders = try FuzzedFolders(names.map { URL(filePath: folder.path).appending(path: $0) })
    let report = try await Fuzzing("character folders").run(folders.seeds) { input in
      try await folders.withFolder(of: input) { try TokenizerFuzzTests.use(Tokenizer(folder: $0)) }
    } refusal: { error in
      (error as? TokenizerError).map { ($0.message, $0.subject) }
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
