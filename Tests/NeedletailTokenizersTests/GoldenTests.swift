import NeedletailTestSupport
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Tokenizers equal the reference library")
struct GoldenTests {
  @Test(
    "every component gives the reference's ids, tokens, offsets, words, masks and overflow",
    arguments: GoldenFixture.names + GoldenFixture.bytePairNames + GoldenFixture.unigramNames)
  func smallTokenizers(_ name: String) throws {
    try check(GoldenFixture(name), try GoldenFixture.tokenizer(name))
  }

  @Test(
    "the real MiniLM tokenizer.json gives the reference's encodings",
    .enabled(if: SharedData.miniLM != nil, "all-MiniLM-L6-v2 is missing; `make model` fetches it"))
  func miniLM() throws {
    let folder = try #require(SharedData.miniLM)
    let fixture = try GoldenFixture("minilm")
    #expect(fixture.cases.count >= 400)
    try check(fixture, try Tokenizer(folder: folder))
  }

  @Test(
    "the vocab.txt of MiniLM gives the same as its tokenizer.json",
    .enabled(if: SharedData.miniLM != nil, "all-MiniLM-L6-v2 is missing; `make model` fetches it"))
  func vocabularyFile() throws {
    let folder = try #require(SharedData.miniLM)
    let tokenizer = try Tokenizer(contentsOf: folder.appending(path: "vocab.txt"))
    #expect(tokenizer.vocabularySize == 30_522)
    try check(try GoldenFixture("minilm"), tokenizer)
  }

  private func check(_ fixture: GoldenFixture, _ tokenizer: Tokenizer) throws {
    for sample in fixture.cases {
      guard let expected = sample.expected else {
        let error = #expect(throws: TokenizerError.self) {
          try tokenizer.encode(sample.text, pair: sample.pair, options: sample.options)
        }
        #expect(error?.code == .invalidTruncation)
        continue
      }
      let encoding = try tokenizer.encode(sample.text, pair: sample.pair, options: sample.options)
      #expect(GoldenFixture.Expected(encoding) == expected, "\(sample.text.debugDescription)")
      var packed = PackedTokens()
      if let pair = sample.pair {
        try tokenizer.pack(sample.text, pair: pair, options: sample.options, into: &packed)
      } else {
        try tokenizer.pack([sample.text], options: sample.options, into: &packed)
      }
      #expect(packed.ids == expected.ids, "\(sample.text.debugDescription)")
      #expect(packed.typeIDs == expected.typeIDs)
      #expect(packed.starts == [0, expected.ids.count])
    }
    for sample in fixture.decodings {
      let text = try tokenizer.decode(sample.ids, skippingSpecialTokens: sample.skipsSpecial)
      #expect(Array(text.utf8) == Array(sample.text.utf8), "\(sample.ids)")
    }
  }
}
