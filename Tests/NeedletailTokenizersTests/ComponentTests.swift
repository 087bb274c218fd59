import NeedletailJSON
import NeedletailTestSupport
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Expected values by `Tools/reference/component_goldens.py`.
@Suite("Every component and field of a tokenizer.json")
struct ComponentTests {
  private static func golden() throws -> JSON {
    let file = GoldenFixture.folder.appending(path: "components.golden.json")
    return try JSONDocument(parsing: [UInt8](Data(contentsOf: file)), subject: file.path).root
  }

  private static func tokenizer(_ row: JSON) throws -> Tokenizer {
    try Tokenizer(tokenizerJSON: Array(row.string("tokenizer").utf8), subject: "t.json")
  }

  @Test("small files of every kind are read as the reference reads them, or refused")
  func components() throws {
    let golden = try Self.golden()
    let texts = try golden.value("texts").elements.map { $0.elements.map { $0.string ?? "" } }
    var read = 0
    for row in try golden.value("components").elements {
      let name = try row.string("name")
      if row.optional("refused") != nil {
        #expect(throws: TokenizerError.self, "\(name)") { try Self.tokenizer(row) }
        continue
      }
      // Files that the reference refuses may be read here where nothing is doubtful about them.
      guard let results = row.optional("results") else { continue }
      let tokenizer = try Self.tokenizer(row)
      read += 1
      for (text, result) in zip(texts, results.elements) {
        if result.isNull { continue }
        // With a dropout of 1 nothing is merged, whatever the seed.
        let encoding = try tokenizer.encode(
          text[0], pair: text.count > 1 ? text[1] : nil, options: EncodingOptions(dropoutSeed: 1))
        let expected = try GoldenFixture.Expected(result)
        if try row.boolean("ids_only") {
          #expect(encoding.ids == expected.ids, "\(name) \(text)")
        } else {
          #expect(GoldenFixture.Expected(encoding) == expected, "\(name) \(text)")
        }
      }
      for decoding in try row.value("decodings").elements {
        guard let expected = decoding.optional("text")?.string else { continue }
        let ids = try decoding.value("ids").elements.map { Int32($0.integer ?? -1) }
        let text = try tokenizer.decode(ids, skippingSpecialTokens: false)
        #expect(Array(text.utf8) == Array(expected.utf8), "\(name) \(ids)")
      }
    }
    #expect(read > 150)
  }

  @Test("an unknown token that only the file names is an error when it is needed, and only then")
  func missingUnknown() throws {
    let tokenizer = try RegexTests.tokenizer(
      #""pre_tokenizer":null"#, model: #"{"type":"BPE","unk_token":"<unk>","vocab":{"a":0},"merges":[]}"#)
    #expect(try tokenizer.encode("aa").ids == [0, 0])
    let error = #expect(throws: TokenizerError.self) { try tokenizer.encode("ab") }
    #expect(error?.code == .invalidVocabulary && error?.message.contains("<unk>") == true)
  }

  @Test("a key or a version that is not known is refused by name")
  func unknownKeys() throws {
    for (parts, reason) in [(#""vocabulary":{}"#, "\"vocabulary\""), (#""padding":null,"magic":1"#, "\"magic\"")] {
      let error = #expect(throws: TokenizerError.self) { try RegexTests.tokenizer(parts) }
      #expect(error?.message.contains(reason) == true)
    }
    let model = #"{"version":"2.0","model":{"type":"WordLevel","vocab":{"[UNK]":0}}}"#
    #expect(throws: TokenizerError.self) { try Tokenizer(tokenizerJSON: Array(model.utf8), subject: "t.json") }
  }

  // MARK: - Padding

  @Test("padding fills up single texts and batches as the reference does, what was cut off too")
  func padding() throws {
    let golden = try Self.golden()
    let component = try #require(
      golden.value("components").elements.first { $0.optional("name")?.string == "post-tp" })
    let tokenizer = try Self.tokenizer(component)
    let texts = ["a", "ab a b", "", "a b ab ab b a"]
    for row in try golden.value("padding").elements {
      let padding = Padding(
        length: row.optional("length")?.integer.map { .fixed($0) } ?? .longest,
        multiple: row.optional("multiple")?.integer ?? 1,
        direction: try row.string("direction") == "left" ? .left : .right, id: 7, typeID: 3, token: "[P]")
      let truncation = row.optional("max_length")?.integer.map { Truncation(maximumLength: $0, stride: 1) }
      let options = EncodingOptions(truncation: truncation, padding: padding)
      let batch = try tokenizer.encode(texts, options: options)
      for (encoding, expected) in zip(batch, try row.value("batch").elements) { try Self.compare(encoding, expected) }
      for (text, expected) in zip(texts, try row.value("single").elements) {
        try Self.compare(try tokenizer.encode(text, options: options), expected)
      }
      var padded = PackedTokens()
      var plain = PackedTokens()
      try tokenizer.pack(texts, options: options, into: &padded)
      try tokenizer.pack(texts, options: EncodingOptions(truncation: truncation), into: &plain)
      #expect(padded == plain)
    }
  }

  private static func compare(_ encoding: Encoding, _ json: JSON) throws {
    var expected = try GoldenFixture.Expected(json)
    let parts = try json.value("overflowing").elements
    expected.overflowing = try parts.map(GoldenFixture.Expected.init)
    #expect(GoldenFixture.Expected(encoding) == expected)
    #expect(try encoding.attentionMask == json.value("attention").elements.map { $0.integer == 1 })
    for (part, json) in zip(encoding.overflowing, parts) {
      #expect(try part.attentionMask == json.value("attention").elements.map { $0.integer == 1 })
    }
  }

  @Test("absurd padding is refused", arguments: [(Int.max, 1), (-1, 1), (8, 0), (8, Int.max)])
  func absurdPadding(_ length: Int, _ multiple: Int) throws {
    let tokenizer = try RegexTests.tokenizer(#""padding":null"#)
    let options = EncodingOptions(padding: Padding(length: .fixed(length), multiple: multiple))
    let error = #expect(throws: TokenizerError.self) { try tokenizer.encode("a", options: options) }
    #expect(error?.code == .invalidPadding)
  }

  // MARK: - Dropout

  @Test("dropout writes a word in the reference's ways, as often; without a seed nothing is left out")
  func dropout() throws {
    for row in try Self.golden().value("dropout").elements {
      let tokenizer = try Self.tokenizer(row)
      let text = try row.string("text")
      let total = try row.integer("count")
      var counts: [String: Int] = [:]
      for seed in 0..<UInt64(total) {
        let encoding = try tokenizer.encode(text, options: EncodingOptions(dropoutSeed: seed))
        counts[encoding.tokens.joined(separator: " "), default: 0] += 1
      }
      // Two samples of one distribution: the squared difference of two counts is about their sum (chi square).
      var distance = 0.0
      var ways = Set(counts.keys)
      for (key, _) in try row.value("ways").members { ways.insert(String(decoding: key, as: UTF8.self)) }
      for way in ways {
        let (ours, theirs) = (Double(counts[way] ?? 0), Double(try row.value("ways").integer(way, default: 0)))
        distance += (ours - theirs) * (ours - theirs) / (ours + theirs)
      }
      // Mean and deviation of chi square with n − 1 degrees of freedom are n − 1 and √(2n − 2).
      let degrees = Double(ways.count - 1)
      let rate = try row.double("rate")
      #expect(distance <= degrees + 5 * (2 * degrees).squareRoot(), "rate \(rate): \(distance) of \(degrees)")
      let options = EncodingOptions(dropoutSeed: 3)
      #expect(try tokenizer.encode(text, options: options) == tokenizer.encode(text, options: options))
      var packed = PackedTokens()
      try tokenizer.pack([text, text], options: options, into: &packed)
      let encodings = try tokenizer.encode([text, text], options: options)
      #expect(packed.ids == encodings.flatMap(\.ids))
      #expect(try tokenizer.encode(text).tokens == ["abcd", "abc"])
    }
  }
}
