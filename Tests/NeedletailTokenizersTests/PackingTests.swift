import NeedletailTokenizers
import NeedletailTestSupport
import Testing

@Suite("Packing")
struct PackingTests {
  @Test(
    "the one-pass way and the stages agree on random text",
    arguments: GoldenFixture.names + GoldenFixture.bytePairNames + GoldenFixture.unigramNames)
  func agreement(_ name: String) throws {
    let tokenizer = try GoldenFixture.tokenizer(name)
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<1500 {
      let text = Self.text(&generator)
      var packed = PackedTokens()
      try tokenizer.pack([text], into: &packed)
      #expect(packed.ids == (try tokenizer.encode(text).ids), "\(text.debugDescription)")
    }
  }

  @Test(
    "stopping at the limit gives the beginning of the whole", arguments: [2, 3, 5, 17], Truncation.Direction.allCases)
  func limits(_ limit: Int, _ direction: Truncation.Direction) throws {
    let tokenizer = try GoldenFixture.tokenizer("bert-uncased")
    let options = EncodingOptions(truncation: Truncation(maximumLength: limit, direction: direction))
    var generator = SeededGenerator(seed: 12)
    for _ in 0..<400 {
      let text = Self.text(&generator)
      var packed = PackedTokens()
      try tokenizer.pack([text], options: options, into: &packed)
      #expect(packed.ids == (try tokenizer.encode(text, options: options).ids), "\(text.debugDescription)")
    }
  }

  @Test("texts lie one after another")
  func layout() throws {
    let tokenizer = try GoldenFixture.tokenizer("bert-uncased")
    var packed = PackedTokens()
    try tokenizer.pack(["hello world", "", "swift"], into: &packed)
    #expect(packed.count == 3)
    #expect(packed.range(1).count == 2)
    #expect(Array(packed.ids[packed.range(2)]) == (try tokenizer.encode("swift").ids))
    try tokenizer.pack(["fox", "dog"][1...], into: &packed)
    #expect(packed.count == 4)
    #expect(Array(packed.ids[packed.range(3)]) == (try tokenizer.encode("dog").ids))
  }

  @Test("a limit without room for the special tokens is an error and adds nothing")
  func noRoom() throws {
    let tokenizer = try GoldenFixture.tokenizer("bert-uncased")
    var packed = PackedTokens()
    let tight = EncodingOptions(truncation: Truncation(maximumLength: 1))
    #expect(throws: TokenizerError.self) { try tokenizer.pack(["fox"], options: tight, into: &packed) }
    let second = EncodingOptions(truncation: Truncation(maximumLength: 3, strategy: .onlySecond))
    #expect(throws: TokenizerError.self) { try tokenizer.pack(["fox", "a b c d"], options: second, into: &packed) }
    #expect(packed == PackedTokens())
  }

  @Test("long lines, long words and NUL bytes take linear time", .timeLimit(.minutes(5)))
  func longTexts() throws {
    let tokenizer = try GoldenFixture.tokenizer("bert-uncased")
    var packed = PackedTokens()
    let line = String(repeating: "the quick brown fox, ", count: 500_000)
    try tokenizer.pack(
      [line, String(repeating: "a", count: 1_000_000), String(repeating: "\0", count: 1_000_000)], into: &packed)
    #expect(packed.range(0).count == 2_500_002)
    #expect(packed.range(1).count == 3)
    #expect(packed.range(2).count == 2)
    let marks = "a" + String(repeating: "\u{302E}\u{301}", count: 200_000)
    #expect(try tokenizer.encode(marks).ids.count == 3)
  }

  @Test("ill-formed UTF-8 reads as U+FFFD, one for each maximal subpart")
  func illFormed() throws {
    let tokenizer = try GoldenFixture.tokenizer("bare")
    for (bytes, scalars) in [
      ([0x61, 0xFF, 0x62], 3), ([0xE2, 0x82], 1), ([0xED, 0xA0, 0x80], 3), ([0xF0, 0x9F, 0x98], 1),
    ] {
      #expect(try tokenizer.encode(utf8: bytes.map { UInt8($0) }).offsets == [0..<scalars])
    }
  }

  @Test("composed and decomposed spellings are different tokens")
  func twins() throws {
    let tokenizer = try GoldenFixture.tokenizer("bare")
    let composed = try #require(tokenizer.id(forToken: "caf\u{E9}"))
    let decomposed = try #require(tokenizer.id(forToken: "cafe\u{301}"))
    #expect(composed != decomposed)
    #expect(try tokenizer.encode("caf\u{E9}").ids == [composed])
    #expect(try tokenizer.encode("cafe\u{301}").ids == [decomposed])
    #expect(tokenizer.token(forID: decomposed).map { Array($0.utf8) } == Array("cafe\u{301}".utf8))
    #expect(tokenizer.token(forID: -1) == nil)
    #expect(tokenizer.token(forID: Int32(tokenizer.vocabularySize)) == nil)
  }

  /// Words, marks and scalars of all planes.
  static func text(_ generator: inout SeededGenerator) -> String {
    let words = [
      "the", "Playing", "[MASK]", "[CLS]", "<tag>", "<wide>", "word", "Größe", "café", "İ", "Σ", "中", "\u{302E}",
      "\u{FFFD}",
    ]
    let blocks: [ClosedRange<UInt32>] = [
      0...0x7F, 0x20...0x7E, 0x80...0x24F, 0x300...0x36F, 0x370...0x5FF, 0x600...0x10FF, 0x1100...0x11FF,
      0x1D00...0x2FFF, 0x3000...0x9FFF, 0xAC00...0xD7A3, 0xE000...0xFFFF, 0x10000...0x1FFFF, 0x20000...0x10FFFF,
    ]
    var text = ""
    for _ in 0..<Int.random(in: 0...24, using: &generator) {
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: text += words.randomElement(using: &generator) ?? ""
      case 1: text += [" ", "  ", "\n", "\u{A0}"].randomElement(using: &generator) ?? ""
      default:
        let block = blocks.randomElement(using: &generator) ?? 0...0
        if let scalar = Unicode.Scalar(UInt32.random(in: block, using: &generator)) {
          text.unicodeScalars.append(scalar)
        }
      }
    }
    return text
  }
}
