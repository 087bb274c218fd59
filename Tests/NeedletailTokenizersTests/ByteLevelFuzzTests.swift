import NeedletailTestSupport
import NeedletailTokenizers
import Testing

@Suite("Byte-level tokenizers on random bytes")
struct ByteLevelFuzzTests {
  /// A text came back changed, or a token is the unknown one.
  struct Loss: Error, CustomStringConvertible {
    let description: String
  }

  private static let bare = EncodingOptions(addsSpecialTokens: false)

  /// Bytes of one of four sorts, 0 to 64 of them, sometimes some thousands.
  @Sendable static func bytes(_ generator: inout SeededGenerator) -> [UInt8] {
    let isLong = UInt8.random(in: 0...255, using: &generator) == 0
    let count = Int.random(in: 0...(isLong ? 4096 : 64), using: &generator)
    let sort = Int.random(in: 0..<4, using: &generator)
    var bytes: [UInt8] = []
    while bytes.count < count {
      switch sort {
      case 0: bytes.append(UInt8.random(in: 0...255, using: &generator))
      case 1: bytes.append(UInt8.random(in: 0...127, using: &generator))
      case 2:
        // Scalars of all planes.
        if let scalar = Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &generator)) {
          bytes += Array(String(scalar).utf8)
        }
      default:
        // Words and white space with damaged characters among them.
        let parts: [[UInt8]] = [
          [0x20], [0x0A], [0x0D, 0x0A], [0xE2, 0x82], [0xF0, 0x9F, 0x99, 0x82], [0xC0], [0x27, 0x73],
        ]
        bytes += parts.randomElement(using: &generator) ?? []
        bytes += (0..<4).map { _ in UInt8.random(in: 0x61...0x7A, using: &generator) }
      }
    }
    return bytes
  }

  @Test("nothing is lost and nothing is unknown", arguments: ["gpt2", "llama3", "o200k"])
  func lossless(_ name: String) async throws {
    let tokenizer = try GoldenFixture.tokenizer(name)
    let report = try await Fuzzing("random bytes, \(name)", share: 2).run(
      [("empty", [])], generate: Self.bytes
    ) { input in
      // Ill-formed bytes are replaced; what is left is kept.
      let text = String(decoding: input.bytes, as: UTF8.self)
      let ids = try tokenizer.encode(utf8: input.bytes, options: Self.bare).ids
      guard try tokenizer.decode(ids, skippingSpecialTokens: false).utf8.elementsEqual(text.utf8) else {
        throw Loss(description: "the text \(text.debugDescription) is not what its ids \(ids) stand for")
      }
      guard !ids.contains(where: tokenizer.isUnknown) else { throw Loss(description: "\(ids) holds the unknown token") }
      var packed = PackedTokens()
      try tokenizer.pack([text], options: Self.bare, into: &packed)
      guard packed.ids == ids else { throw Loss(description: "packing gives \(packed.ids), encoding \(ids)") }
    } refusal: { _ in
      nil
    }
    #expect(report.problems == [])
    #expect(report.refused == 0 && report.accepted > 0)
  }

  @Test(
    "every byte has a token of its own that the bytes of a text fall back to", arguments: ["gpt2", "llama3", "o200k"])
  func alphabet(_ name: String) throws {
    let tokenizer = try GoldenFixture.tokenizer(name)
    // The visible characters of GPT-2's code, by its rule: printable bytes are themselves, the others follow U+0100.
    let printable = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF)
    let others = (0...0xFF).filter { !printable.contains($0) }
    let spellings = printable + others.indices.map { 0x100 + $0 }
    let ids = Set(spellings.compactMap { Unicode.Scalar($0).flatMap { tokenizer.id(forToken: String($0)) } })
    #expect(ids.count == 256)
  }
}
