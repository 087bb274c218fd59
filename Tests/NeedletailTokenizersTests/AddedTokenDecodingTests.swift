import NeedletailTokenizers
import Testing

/// Expected values by tokenizers 0.23.3.
@Suite("Decoding added tokens that are looked for in normalized text")
struct AddedTokenDecodingTests {
  private static let json = #"""
    {"added_tokens": [
       {"id": 1, "content": "[UNK]", "normalized": true, "special": true},
       {"id": 2, "content": "[CLS]", "normalized": false, "special": true},
       {"id": 6, "content": "Größe", "normalized": true, "special": false},
       {"id": 7, "content": "A B", "normalized": true, "special": true},
       {"id": 8, "content": "[cls]", "normalized": false, "special": false}],
     "normalizer": {"type": "BertNormalizer", "lowercase": true}, "pre_tokenizer": {"type": "BertPreTokenizer"},
     "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
       "max_input_chars_per_word": 100,
       "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "a": 4, "word": 5}}}
    """#

  @Test("they are spelled as the normalizer leaves them, and are then no special tokens any more")
  func spelling() throws {
    let tokenizer = try Tokenizer(tokenizerJSON: Array(Self.json.utf8), subject: "tokenizer.json")
    let all = try (0..<9).map { try tokenizer.decode([Int32($0)], skippingSpecialTokens: false) }
    #expect(all == ["[PAD]", "[unk]", "[CLS]", "[SEP]", "a", "word", "große", "a b", "[cls]"])
    let skipped = try (0..<9).map { try tokenizer.decode([Int32($0)], skippingSpecialTokens: true) }
    #expect(skipped == ["[PAD]", "[unk]", "", "[SEP]", "a", "word", "große", "a b", "[cls]"])
    #expect(try tokenizer.encode("a [unk] A B größe [CLS] Word").ids == [4, 1, 7, 6, 2, 5])
  }
}
