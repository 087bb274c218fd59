import NeedletailJSON
import NeedletailTestSupport
import NeedletailTokenizerTraining
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import Foundation
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Extending vocabularies")
struct VocabularyExtensionTests {
  private static let all =
    GoldenFixture.names.filter { $0 != wholeWordsOnly } + GoldenFixture.unigramNames + GoldenFixture.bytePairNames
  /// Has an added token for whole words after its vocabulary.
  private static let wholeWordsOnly = "bert-added"
  /// Letters that the fixtures know, in orders that they do not.
  private static let words = ["qzxjv", "zzqq", "jxqz", "zzqqk"]

  private static func extender(_ name: String) throws -> VocabularyExtender {
    try VocabularyExtender(contentsOf: GoldenFixture.folder.appending(path: "\(name).tokenizer.json"))
  }

  private static func added(_ name: String) throws -> (VocabularyExtender, VocabularyExtension) {
    let extender = try extender(name)
    return (extender, try extender.adding(words, splitWords: .becomeAddedTokens))
  }

  @Test("old ids stay, new ones follow, and texts without new words keep their tokens", arguments: all)
  func keepsOldTokens(_ name: String) throws {
    let (extender, extended) = try Self.added(name)
    #expect(extended.oldSize == extender.tokenizer.vocabularySize)
    for id in 0..<Int32(extended.oldSize) {
      #expect(extended.tokenizer.token(forID: id) == extender.tokenizer.token(forID: id))
      #expect(extended.tokenizer.isSpecial(id) == extender.tokenizer.isSpecial(id))
    }
    for row in try GoldenFixture(name).cases where row.pair == nil {
      guard let expected = row.expected else { continue }
      let folded = row.text.lowercased()
      guard !Self.words.contains(where: { folded.contains($0) }) else { continue }
      #expect(try GoldenFixture.Expected(extended.tokenizer.encode(row.text, options: row.options)) == expected)
    }
    let new = Set(extended.entries.filter { $0.outcome != .existing }.map(\.id)).sorted()
    #expect(new == Array(Int32(extended.oldSize)..<Int32(extended.newSize)))
  }

  @Test("each new word is one token with the id that was reported, and replaces the old ones", arguments: all)
  func newWords(_ name: String) throws {
    let (extender, extended) = try Self.added(name)
    let plain = EncodingOptions(addsSpecialTokens: false)
    #expect(extended.entries.map(\.word) == Self.words)
    for entry in extended.entries {
      let old = try extender.tokenizer.encode(entry.word, options: plain).ids
      #expect(entry.replaced.map(\.id) == old)
      #expect(entry.replaced.map(\.token) == old.map { extender.tokenizer.token(forID: $0) })
      guard entry.outcome != .existing else { continue }
      #expect(try extended.tokenizer.encode(entry.word, options: plain).ids == [entry.id])
      #expect(extended.tokenizer.token(forID: entry.id) == entry.token)
    }
  }

  @Test("the pieces of a BERT vocabulary are those that the word was split into")
  func replacedPieces() throws {
    let extended = try Self.extender("bert-uncased").adding(["Zqü", "the"])
    #expect(extended.entries[0].token == "zqu" && extended.entries[0].outcome == .added)
    #expect(extended.entries[0].replaced.map(\.token) == ["z", "##q", "##u"])
    #expect(extended.entries[1].outcome == .existing)
    #expect(extended.entries[1].id == extended.tokenizer.id(forToken: "the"))
  }

  @Test("words that are split are errors that name them, or added tokens")
  func splitWords() throws {
    let extender = try Self.extender("bert-uncased")
    let error = #expect(throws: TokenizerError.self) { try extender.adding(["New York"]) }
    #expect(error?.code == .invalidTraining && error?.message.contains("New York") == true)
    #expect(throws: TokenizerError.self) { try extender.adding([" "]) }
    #expect(throws: TokenizerError.self) { try extender.adding([String(repeating: "q", count: 101)]) }
    let extended = try extender.adding(["New York", "qzx"], splitWords: .becomeAddedTokens)
    #expect(extended.entries.map(\.outcome) == [.addedToken, .added])
    #expect(extended.entries.map(\.id) == [Int32(extended.oldSize) + 1, Int32(extended.oldSize)])
    let ids = try extended.tokenizer.encode("NEW YORK new yorker", options: .init(addsSpecialTokens: false)).ids
    #expect(ids[0] == extended.entries[0].id && !ids.dropFirst().contains(extended.entries[0].id))
  }

  @Test("where an added token for whole words would have to move into the vocabulary, words are refused")
  func wholeWordTokens() throws {
    let error = #expect(throws: TokenizerError.self) { try Self.extender(Self.wholeWordsOnly).adding(["qzxjv"]) }
    #expect(error?.code == .unsupported)
  }

  @Test("the most frequent split words of a corpus are chosen, in the order of their frequency")
  func fromCorpus() async throws {
    let texts = TrainingTexts([
      "qzx qzx qzx the jq, jq! of zzk zzk", "ZZK qzx's the the the xw xw 12345 12345 12345 12345",
    ])
    let extended = try await Self.extender("bert-uncased").adding(frequentWordsOf: texts, count: 3, minimumFrequency: 2)
    #expect(extended.entries.map(\.token) == ["qzx", "zzk", "jq"])
    #expect(extended.entries.map(\.frequency) == [4, 3, 2])
    let metaspace = try await Self.extender("xlm-r").adding(frequentWordsOf: texts, count: 2, minimumFrequency: 2)
    #expect(metaspace.entries.map(\.token) == ["▁qzx", "▁xw"])
  }

  @Test("the other files of a folder get the new words")
  func folder() throws {
    let temporary = try TemporaryFolder()
    let folder = URL(filePath: temporary.path)
    do {
      let extender = try Self.extender("bert-uncased")
      let tokens = (0..<Int32(extender.tokenizer.vocabularySize)).map { extender.tokenizer.token(forID: $0) ?? "" }
      try Data((tokens.joined(separator: "\n")).utf8).write(to: folder.appending(path: "vocab.txt"))
      try Data(#"{"do_lower_case": true, "added_tokens_decoder": {}}"#.utf8)
        .write(to: folder.appending(path: "tokenizer_config.json"))
      try Data("x".utf8).write(to: folder.appending(path: "spiece.model"))
      let extended = try extender.adding(["qzx", "new york"], splitWords: .becomeAddedTokens)
      let files = try extended.files(updating: folder)
      #expect(files.leftOut == ["spiece.model"])
      #expect(files.contents.map(\.name) == ["tokenizer.json", "tokenizer_config.json", "vocab.txt"])
      let lines = String(decoding: files.contents[2].bytes, as: UTF8.self).split(separator: "\n").map(String.init)
      #expect(lines == tokens + ["qzx"])
      let config = try JSONDocument(parsing: files.contents[1].bytes, subject: "config").root
      let entry = try config.value("added_tokens_decoder").value("\(tokens.count + 1)")
      #expect(try entry.string("content") == "new york")
    }
  }

  @Test(
    "the reference library reads the written files and gives the same ids",
    .enabled(if: ReferenceLibrary.path != nil, "set NEEDLETAIL_PYTHON to a Python that has tokenizers"))
  func interop() throws {
    let temporary = try TemporaryFolder()
    let folder = URL(filePath: temporary.path)
    do {
      var expected: [String: [[Int32]]] = [:]
      var texts: [String] = Self.words.flatMap { [$0, "a \($0) b", "\($0)s \($0), x\($0)"] }
      texts += try GoldenFixture("bert-uncased").cases.filter { $0.pair == nil }.prefix(60).map(\.text)
      for name in Self.all {
        let extended = try Self.added(name).1
        try Data(extended.tokenizerJSON).write(to: folder.appending(path: "\(name).json"))
        expected[name] = try texts.map { try extended.tokenizer.encode($0).ids }
      }
      let rows = JSONValue.array(texts.map { .string($0) }).text()
      try Data(rows.utf8).write(to: folder.appending(path: "texts"))
      let found = try ReferenceLibrary.run(
        """
        import json, sys
        from tokenizers import Tokenizer
        texts = json.load(open("\(folder.path)/texts"))
        result = {}
        for name in \(JSONValue.array(Self.all.map { .string($0) }).text()):
            tokenizer = Tokenizer.from_file(f"\(folder.path)/{name}.json")
            tokenizer.no_truncation(); tokenizer.no_padding()
            result[name] = []
            for text in texts:
                try: result[name].append(tokenizer.encode(text).ids)
                except Exception: result[name].append(None)
        print(json.dumps(result))
        """)
      for name in Self.all {
        let lists = try Array(found.value(name).elements)
        for (index, list) in lists.enumerated() where !list.isNull {
          #expect(list.elements.map { Int32($0.integer ?? -1) } == expected[name]?[index], "\(name): \(texts[index])")
        }
      }
    }
  }
}

/// A Python that has the reference library.
enum ReferenceLibrary {
  static let path = ProcessInfo.processInfo.environment["NEEDLETAIL_PYTHON"].flatMap { $0.isEmpty ? nil : $0 }

  /// Runs a script and returns the JSON that it prints.
  static func run(_ script: String) throws -> JSON {
    let process = Process()
    process.executableURL = URL(filePath: try #require(path))
    process.arguments = ["-c", script]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return try JSONDocument(parsing: [UInt8](bytes), subject: "Python").root
  }
}
