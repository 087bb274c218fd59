import Needletail
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Commands that look into vocabularies and extend them")
struct VocabularyCommandTests {
  private static func fixture(_ name: String) -> String {
    SharedData.repository.appending(path: "Tests/NeedletailTokenizersTests/Fixtures/\(name).tokenizer.json").path
  }

  @Test("tokenizer extend writes a folder in which each new word is the token that was reported")
  func extend() async throws {
    try await Program.inFolder { program in
      try program.write("words.txt", "qzx\nthe\n\nzqü\n")
      let result = try await program.run(
        "tokenizer", "extend", "--tokenizer", Self.fixture("bert-uncased"), "--words", "words.txt", "--output", "new",
        "--json")
      #expect(result.status == 0 && result.errors.isEmpty)
      let report = try JSONDocument(parsing: result.output).root
      let tokens = try Array(report.value("tokens").elements)
      #expect(try tokens.map { try $0.string("outcome") } == ["added", "existing", "added"])
      #expect(try report.integer("new_size") == report.integer("old_size") + 2)
      let tokenizer = try Tokenizer(folder: URL(filePath: program.path("new")))
      for token in tokens {
        let ids = try tokenizer.encode(try token.string("word"), options: .init(addsSpecialTokens: false)).ids
        #expect(try ids == [Int32(token.integer("id"))])
      }
      let again = try await program.run(
        "tokenizer", "extend", "--tokenizer", Self.fixture("bert-uncased"), "--words", "words.txt", "--output", "new")
      #expect(again.status == 1 && again.errors.contains("in the way"))
    }
  }

  @Test("tokenizer extend chooses frequent words of a corpus, and shows what they replace")
  func extendFromCorpus() async throws {
    try await Program.inFolder { program in
      try program.write("corpus.txt", "qzx and zzk\nqzx\nzzk qzx\n")
      let result = try await program.run(
        "tokenizer", "extend", "--tokenizer", Self.fixture("bert-uncased"), "--from-corpus", "corpus.txt", "--count",
        "1",
        "--output", "new")
      #expect(result.status == 0)
      #expect(result.lines.count == 2 && result.lines[0].hasPrefix("qzx (") && result.lines[0].contains("##"))
    }
  }

  @Test("wrong usage and bad files end tokenizer commands with one line")
  func failures() async throws {
    try await Program.inFolder { program in
      try program.write("words.txt", "new york\n")
      try program.write("broken.json", "{")
      let file = Self.fixture("bert-uncased")
      let split = try await program.run(
        "tokenizer", "extend", "--tokenizer", file, "--words", "words.txt", "--output", "o")
      #expect(split.status == 1 && split.errors.contains("new york") && split.errors.split(separator: "\n").count == 1)
      let both = try await program.run(
        "tokenizer", "extend", "--tokenizer", file, "--model", ".", "--words", "words.txt", "--output", "o")
      #expect(both.status == 64)
      #expect(try await program.run("tokenizer", "inspect", "broken.json").status == 1)
      #expect(try await program.run("tokenizer", "inspect", "missing.json").status == 1)
    }
  }

  @Test("tokenizer inspect names stages and tokens, and counts what texts become")
  func inspect() async throws {
    try await Program.inFolder { program in
      let texts = ["the cat", "a qzx ☃"]
      try program.write("texts.txt", texts.joined(separator: "\n") + "\n")
      let result = try await program.run(
        "tokenizer", "inspect", Self.fixture("bert-uncased"), "--texts", "texts.txt", "--json")
      #expect(result.status == 0)
      let root = try JSONDocument(parsing: result.output).root
      let tokenizer = try Tokenizer(contentsOf: URL(filePath: Self.fixture("bert-uncased")))
      #expect(try root.string("model") == "WordPiece")
      #expect(try root.integer("vocabulary_size") == tokenizer.vocabularySize)
      #expect(try root.string("single") == "[CLS] A [SEP]")
      #expect(try Array(root.value("stages").elements).first?.string == "normalizer: BertNormalizer")
      let lengths = try root.value("lengths").elements.compactMap(\.integer)
      #expect(try lengths.reduce(0, +) == root.integer("model_tokens"))
      let usage = try root.value("usage")
      let plain = EncodingOptions(addsSpecialTokens: false)
      let ids = try texts.flatMap { try tokenizer.encode($0, options: plain).ids }
      #expect(try usage.integer("tokens") == ids.count && usage.integer("words") == 5)
      #expect(try usage.integer("tokens_used") == Set(ids).count)
      #expect(try usage.integer("unknown") == ids.count { $0 == tokenizer.id(forToken: "[UNK]") })
      let shown = try await program.run("tokenizer", "inspect", Self.fixture("xlm-r"))
      #expect(shown.status == 0 && shown.output.contains("Unigram") && shown.output.contains("<s> A </s>"))
    }
  }
}
