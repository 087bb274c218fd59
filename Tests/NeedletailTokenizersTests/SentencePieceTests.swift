import NeedletailJSON
import NeedletailTestSupport
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("SentencePiece models")
struct SentencePieceTests {
  /// Unigram models, by `Tools/reference/unigram_goldens.py`, and the other kinds, by `piece_goldens.py`.
  static let names = [
    "piece-bare", "piece-bpe", "piece-bytes", "piece-characters", "piece-characters-bytes", "piece-orphans",
    "piece-rounding", "piece-suffix", "piece-ties", "piece-unused", "piece-wide", "piece-words", "piece-words-bytes",
    "spm-bytes",
    "spm-folded", "spm-plain", "spm-spaces", "spm-suffix",
  ]

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: GoldenFixture.folder.appending(path: "\(name).model")))
  }

  @Test("ids, pieces, places and decoded texts are those of the sentencepiece package", arguments: names)
  func goldens(_ name: String) throws {
    let tokenizer = try Tokenizer(contentsOf: GoldenFixture.folder.appending(path: "\(name).model"))
    let file = GoldenFixture.folder.appending(path: "\(name).golden.json")
    let root = try JSONDocument(parsing: [UInt8](Data(contentsOf: file)), subject: file.path).root
    #expect(try root.value("rows").count > 100)
    for row in try root.value("rows").elements {
      let ids = try row.value("ids").elements.map { Int32($0.integer ?? -1) }
      #expect(try Array(tokenizer.decode(ids).utf8) == Array(row.string("decoded").utf8), "\(ids)")
      guard row.optional("text") != nil else { continue }
      let text = try row.string("text")
      let encoding = try tokenizer.encode(text)
      #expect(encoding.ids == ids, "\(text.debugDescription)")
      #expect(
        encoding.tokens.map { Array($0.utf8) }
          == (try row.value("pieces").elements.map { Array(($0.string ?? "").utf8) }),
        "\(text.debugDescription)")
      var packed = PackedTokens()
      try tokenizer.pack([text], into: &packed)
      #expect(packed.ids == ids)
      guard !name.hasSuffix("bytes") else { continue }  // there each byte has a place of its own
      let spans = try row.value("spans").elements.map { $0.elements.map { $0.integer ?? -1 } }
      for (offset, span) in zip(encoding.offsets, spans) where span[0] < span[1] {
        #expect([offset.lowerBound, offset.upperBound] == span, "\(text.debugDescription)")
      }
    }
  }

  static let refused: [([UInt8], TokenizerError.Code, String)] = [
    ([], .invalidVocabulary, "the vocabulary is empty"),
    ([0x0A], .malformed, "ends inside a number"),
    ([0x0A, 0x05, 0x0A], .malformed, "has 5 bytes, 1 are left"),
    ([0x00, 0x00], .malformed, "number 0"),
    ([0x0B], .malformed, "wire type 3"),
    (Array(repeating: 0xFF, count: 11), .malformed, "more than 64 bits"),
    ([0x0A, 0x02, 0x08, 0x01], .malformed, "another wire type"),
    ([0x0A, 0x02, 0x18, 0x09], .malformed, "unknown type 9"),
    ([0x12, 0x02, 0x18, 0x05], .unsupported, "model type 5"),
    ([0x12, 0x02, 0x18, 0x00], .unsupported, "model type 0"),
    ([0x12, 0x02, 0x18, 0x02], .invalidVocabulary, "the vocabulary is empty"),
    ([0x12, 0x02, 0x18, 0x02] + piece("a", 1), .invalidVocabulary, "one unknown piece, found 0"),
    ([0x12, 0x05, 0x18, 0x04, 0x98, 0x02, 0x01] + piece("a", 2), .invalidVocabulary, "byte_fallback"),
    (piece("a", 1), .invalidVocabulary, "one unknown piece, found 0"),
    (piece("a", 2) + piece("b", 2), .invalidVocabulary, "one unknown piece, found 2"),
    (piece("a", 2) + piece("", 1), .invalidVocabulary, "empty"),
    (piece("a", 2) + piece("b", 1) + piece("b", 1), .invalidVocabulary, "two ids"),
    (piece("a", 2) + piece("b", 1, score: .nan), .invalidVocabulary, "score nan"),
    (piece("a", 2) + [0x12, 0x03, 0x98, 0x02, 0x01], .invalidVocabulary, "byte_fallback"),
    (piece("a", 2) + [0x1A, 0x03, 0x12, 0x01, 0x00], .invalidVocabulary, "charsmap"),
    (piece("a", 2) + [0x2A, 0x03, 0x12, 0x01, 0x00], .unsupported, "denormalizer_spec"),
  ]

  private static func piece(_ text: String, _ kind: UInt8, score: Float = -1) -> [UInt8] {
    let bits = score.bitPattern
    let body =
      [0x0A, UInt8(text.utf8.count)] + Array(text.utf8) + [0x15]
      + (0..<4).map { UInt8(truncatingIfNeeded: bits >> UInt32(8 * $0)) } + [0x18, kind]
    return [0x0A, UInt8(body.count)] + body
  }

  @Test("a broken file is refused with a reason", arguments: refused)
  func broken(_ bytes: [UInt8], _ code: TokenizerError.Code, _ reason: String) throws {
    let error = try #require(
      throws: TokenizerError.self,
      performing: { try Tokenizer(sentencePieceModel: bytes, subject: "spiece.model") })
    #expect(error.code == code, "\(error)")
    #expect(error.message.contains(reason), "\(error)")
    #expect(error.subject.hasPrefix("spiece.model"))
  }
}
