import NeedletailJSON
import NeedletailTestSupport
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("One pass and stages")
struct OnePassTests {
  static let names = GoldenFixture.names + GoldenFixture.bytePairNames + GoldenFixture.unigramNames

  /// What the encoding itself lacks: strings compare by canonical equivalence in Swift, tokens must not.
  private static func same(_ one: Encoding, _ other: Encoding) -> Bool {
    GoldenFixture.Expected(one) == GoldenFixture.Expected(other)
  }

  /// A text of the kind that ``PackingTests`` uses, some of them with tokens of the vocabulary between.
  private static func text(_ generator: inout SeededGenerator, _ tokenizer: Tokenizer) -> String {
    var text = PackingTests.text(&generator)
    for _ in 0..<Int.random(in: 0..<3, using: &generator) {
      let id = Int32.random(in: 0..<Int32(tokenizer.vocabularySize), using: &generator)
      text += (tokenizer.token(forID: id) ?? "") + ["", " ", "  ", "\n"][Int.random(in: 0..<4, using: &generator)]
      text += PackingTests.text(&generator)
    }
    return text
  }

  @Test("complete encodings are those of the stages", arguments: names)
  func completeEncodings(_ name: String) throws {
    let tokenizer = try GoldenFixture.tokenizer(name)
    var generator = SeededGenerator(seed: 21)
    for _ in 0..<1000 {
      let text = Self.text(&generator, tokenizer)
      let found = try tokenizer.encode(text, options: EncodingOptions(addsSpecialTokens: false))
      #expect(try Self.same(found, tokenizer.encodeByStages(text)), "\(text.debugDescription)")
    }
  }

  @Test("many texts in kept buffers are encoded as each alone, on one thread and on four", arguments: names)
  func batches(_ name: String) async throws {
    let tokenizer = try GoldenFixture.tokenizer(name)
    var generator = SeededGenerator(seed: 22)
    let texts = (0..<1200).map { _ in Self.text(&generator, tokenizer) }
    let alone = try texts.map { try tokenizer.encode($0) }
    for threads in [1, 4] {
      let together = try await tokenizer.encode(texts, threads: threads)
      #expect(together.count == texts.count)
      #expect(zip(alone, together).allSatisfy(Self.same))
    }
  }

  @Test("a batch keeps the limit, and refuses one that cannot be kept")
  func limits() async throws {
    let tokenizer = try GoldenFixture.tokenizer("bert-uncased")
    let texts = [String](repeating: "the quick brown fox jumps over the lazy dog", count: 3000)
    let options = EncodingOptions(truncation: Truncation(maximumLength: 5))
    let encodings = try await tokenizer.encode(texts, options: options, threads: 4)
    #expect(encodings.allSatisfy { $0.ids.count == 5 })
    await #expect(throws: TokenizerError.self) {
      try await tokenizer.encode(
        texts, options: EncodingOptions(truncation: Truncation(maximumLength: 1)), threads: 4)
    }
    #expect(try await tokenizer.encode([], threads: 4).isEmpty)
  }

  @Test("words of thousands of letters are merged as the reference library merges them")
  func longWords() throws {
    let file = GoldenFixture.folder.appending(path: "long-words.golden.json")
    let rows = try JSONDocument(parsing: [UInt8](try Data(contentsOf: file)), subject: "long words").root
    for row in rows.elements {
      let name = try row.string("name")
      let word = Self.word(length: try row.integer("length"), seed: try row.integer("seed"))
      let tokenizer = try GoldenFixture.tokenizer(name)
      let encoding = try tokenizer.encode(word, options: EncodingOptions(addsSpecialTokens: false))
      var checksum = 0
      for (id, offsets) in zip(encoding.ids, encoding.offsets) {
        checksum = (checksum * 31 + Int(id) * 7 + offsets.lowerBound * 3 + offsets.upperBound) % (1 << 31)
      }
      #expect(encoding.ids.count == (try row.integer("count")), "\(name), \(word.count) letters")
      #expect(checksum == (try row.integer("checksum")), "\(name), \(word.count) letters")
    }
  }

  /// No trained list has such merges; the reference library merges them so.
  @Test(
    "a merge that makes one of a lower rank possible costs a long word no more than its length", .timeLimit(.minutes(5))
  )
  func merges() throws {
    let json = #"{"model":{"type":"BPE","vocab":{"a":0,"b":1,"c":2,"ab":3,"abc":4},"merges":["ab c","a b"]}}"#
    let tokenizer = try Tokenizer(tokenizerJSON: Array(json.utf8), subject: "tokenizer.json")
    for count in [10, 2000, 200_000] {
      let ids = try tokenizer.encode(String(repeating: "abcab", count: count)).ids
      #expect(ids.count == 2 * count)
      #expect(ids.enumerated().allSatisfy { $1 == ($0 % 2 == 0 ? 4 : 3) })
    }
  }

  /// As `Tools/reference/long_word_goldens.py` makes it.
  private static func word(length: Int, seed: Int) -> String {
    let alphabet = Array("etaoinshrdlu".utf8)
    var state = seed
    var letters: [UInt8] = []
    while letters.count < length {
      state = (state * 1_103_515_245 + 12345) % (1 << 31)
      letters += repeatElement(alphabet[(state >> 16) % alphabet.count], count: 1 + (state >> 24) % 3)
    }
    return String(decoding: letters.prefix(length), as: UTF8.self)
  }
}
