import NeedletailJSON
import NeedletailTestSupport
import NeedletailTokenizers

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the reference library made of some texts; written by `Tools/reference/tokenizer_goldens.py`.
struct GoldenFixture {
  /// One text, or pair, and the expected encoding; `nil` where the library refuses.
  struct Case {
    var text: String
    var pair: String?
    var options: EncodingOptions
    var expected: Expected?
  }

  /// The fields of an encoding.
  struct Expected: Equatable {
    var ids: [Int32]
    var tokens: [String]
    var offsets: [[Int]]
    var wordIDs: [Int?]
    var typeIDs: [Int32]
    var special: [Bool]
    var overflowing: [Expected]

    init(_ encoding: Encoding) {
      ids = encoding.ids
      tokens = encoding.tokens
      offsets = encoding.offsets.map { [$0.lowerBound, $0.upperBound] }
      wordIDs = encoding.wordIDs
      typeIDs = encoding.typeIDs
      special = encoding.specialTokensMask
      overflowing = encoding.overflowing.map(Expected.init)
    }

    init(_ json: JSON) throws {
      ids = try json.value("ids").elements.map { Int32($0.integer ?? -1) }
      tokens = try json.value("tokens").elements.map { $0.string ?? "" }
      offsets = try json.value("offsets").elements.map { $0.elements.map { $0.integer ?? -1 } }
      wordIDs = try json.value("word_ids").elements.map(\.integer)
      typeIDs = try json.value("type_ids").elements.map { Int32($0.integer ?? -1) }
      special = try json.value("special").elements.map { $0.integer == 1 }
      overflowing = try json.optional("overflowing")?.elements.map(Expected.init) ?? []
    }

    /// Strings compare by canonical equivalence in Swift; tokens must not.
    static func == (one: Expected, other: Expected) -> Bool {
      one.ids == other.ids && one.tokens.map { Array($0.utf8) } == other.tokens.map { Array($0.utf8) }
        && one.offsets == other.offsets && one.wordIDs == other.wordIDs && one.typeIDs == other.typeIDs
        && one.special == other.special && one.overflowing == other.overflowing
    }
  }

  /// Ids and the text they decode to.
  struct Decoding {
    var ids: [Int32]
    var skipsSpecial: Bool
    var text: String
  }

  static let folder = SharedData.repository.appending(path: "Tests/NeedletailTokenizersTests/Fixtures")
  /// The committed tokenizers, by name.
  static let names = [
    "bare", "bert-accents", "bert-added", "bert-cased", "bert-raw", "bert-tags", "bert-uncased", "nfc-replace",
    "nfd-accents", "nfkc-levels", "nfkd-spaces", "punctuation-removed",
  ]
  /// The committed tokenizers of the SentencePiece kind, by `Tools/reference/unigram_goldens.py`.
  static let unigramNames = [
    "albert", "byte-fallback", "byte-normalizer", "camembert", "deberta-v3", "metaspace-first", "metaspace-never",
    "metaspace-whole", "odd-scores", "t5", "t5-newer", "xlm-r", "xlm-r-older",
  ]

  /// Those by byte pair encoding; written by `Tools/reference/bpe_goldens.py`.
  static let bytePairNames = [
    "bpe-bytes", "bpe-fused", "bpe-vanishing", "bpe-words", "clip", "gpt2", "gpt2-prefix", "gpt2-split", "llama3",
    "modernbert", "o200k", "qwen2", "roberta", "roberta-prefix", "split-contiguous", "split-isolated", "split-next",
    "split-previous", "split-removed",
  ]

  let cases: [Case]
  let decodings: [Decoding]

  init(_ name: String) throws {
    let file = Self.folder.appending(path: "\(name).golden.json")
    let root = try JSONDocument(parsing: [UInt8](Data(contentsOf: file)), subject: file.path).root
    cases = try root.value("encodings").elements.map { row in
      let truncation = try row.optional("truncation").map { json in
        Truncation(
          maximumLength: try json.integer("max_length"),
          direction: Truncation.Direction(rawValue: try json.string("direction")) ?? .right,
          strategy: Truncation.Strategy(rawValue: try json.string("strategy")) ?? .longestFirst,
          stride: try json.integer("stride"))
      }
      return Case(
        text: try row.string("text"), pair: row.optional("pair")?.string,
        options: EncodingOptions(
          addsSpecialTokens: try row.boolean("add_special", default: true), truncation: truncation),
        expected: row.optional("error") == nil ? try Expected(row) : nil)
    }
    decodings = try root.value("decodings").elements.map { row in
      Decoding(
        ids: try row.value("ids").elements.map { Int32($0.integer ?? -1) }, skipsSpecial: try row.boolean("skip"),
        text: try row.string("text"))
    }
  }

  static func tokenizer(_ name: String) throws -> Tokenizer {
    try Tokenizer(contentsOf: folder.appending(path: "\(name).tokenizer.json"))
  }
}
