import NeedletailTestSupport
import NeedletailTokenizers
import Testing

@Suite("Byte-level tokenizers")
struct ByteLevelTests {
  /// Tokenizers that are read in one pass, each with a token that makes them read stage by stage.
  static let names = [
    ("gpt2", "<|endoftext|>"), ("roberta-prefix", "<unk>"), ("llama3", "<|end_of_text|>"), ("o200k", "<|end_of_text|>"),
    ("qwen2", "<|im_start|>"), ("modernbert", "[SEP]"), ("gpt2-split", "<|end_of_text|>"),
  ]
  private static let bare = EncodingOptions(addsSpecialTokens: false)

  @Test("one pass gives what the stages give", arguments: names)
  func agreement(_ name: String, _ token: String) throws {
    let tokenizer = try GoldenFixture.tokenizer(name)
    let id = try #require(tokenizer.id(forToken: token))
    var generator = SeededGenerator(seed: 21)
    let composing = ["e\u{301}", "\u{212A}", "각\u{11A8}", "\u{1100}\u{1161}", "\u{9C7}\u{9BE}", "か\u{3099}", "日本", "Ω"]
    for _ in 0..<1500 {
      var text = PackingTests.text(&generator)
      if Bool.random(using: &generator) { text += composing.randomElement(using: &generator) ?? "" }
      if text.contains("[MASK]") || text.contains("[CLS]") || text.contains("  ") { continue }
      let plain = try tokenizer.encode(text, options: Self.bare)
      let staged = try tokenizer.encode(text + token, options: Self.bare)
      #expect(plain.ids + [id] == staged.ids, "\(text.debugDescription)")
      #expect(plain.offsets == Array(staged.offsets.dropLast()), "\(text.debugDescription)")
      #expect(plain.wordIDs == Array(staged.wordIDs.dropLast()))
      #expect(plain.tokens.map { Array($0.utf8) } == staged.tokens.dropLast().map { Array($0.utf8) })
    }
  }

  @Test("packing stops at the limit with the beginning of the whole", arguments: [1, 2, 5, 17])
  func limits(_ limit: Int) throws {
    let tokenizer = try GoldenFixture.tokenizer("llama3")
    var generator = SeededGenerator(seed: 22)
    for direction in Truncation.Direction.allCases {
      let options = EncodingOptions(truncation: Truncation(maximumLength: limit, direction: direction))
      for _ in 0..<300 {
        let text = PackingTests.text(&generator)
        var packed = PackedTokens()
        try tokenizer.pack([text], options: options, into: &packed)
        #expect(packed.ids == (try tokenizer.encode(text, options: options).ids), "\(text.debugDescription)")
      }
    }
  }

  @Test("nothing is lost", arguments: ["gpt2", "llama3", "o200k", "gpt2-split"])
  func lossless(_ name: String) throws {
    let tokenizer = try GoldenFixture.tokenizer(name)
    var generator = SeededGenerator(seed: 23)
    for _ in 0..<5000 {
      let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
        UInt8.random(in: Bool.random(using: &generator) ? 0...255 : 0...127, using: &generator)
      }
      let text = String(decoding: bytes, as: UTF8.self)
      let encoding = try tokenizer.encode(utf8: bytes, options: Self.bare)
      #expect(try Array(tokenizer.decode(encoding.ids).utf8) == Array(text.utf8), "\(bytes)")
    }
  }

  @Test("half a character decodes as U+FFFD")
  func halves() throws {
    let tokenizer = try GoldenFixture.tokenizer("gpt2")
    let ids = try tokenizer.encode("\u{7A2F3}", options: Self.bare).ids
    try #require(ids.count == 4)
    #expect(try tokenizer.decode(Array(ids[..<3])) == "\u{FFFD}")
    #expect(try tokenizer.decode(Array(ids[1...])) == "\u{FFFD}\u{FFFD}\u{FFFD}")
  }
}
