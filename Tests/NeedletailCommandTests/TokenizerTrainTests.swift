import Needletail
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import Foundation
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("needletail tokenizer train")
struct TokenizerTrainTests {
  /// A few hundred lines of few words.
  private static let text: String = {
    var generator = SeededGenerator(seed: 3)
    let words = ["the", "swift", "Swifts", "fly", "flying", "over", "old", "river", "127", "naïve", "isn't", "北京"]
    return (0..<300).map { _ in
      (0..<8).map { _ in words.randomElement(using: &generator) ?? "" }.joined(separator: " ") + ".\n"
    }.joined()
  }()

  @Test("a folder is written that says what the library trains, from files and from standard input alike")
  func folder() async throws {
    try await Program.inFolder { program in
      try program.write("text.txt", Self.text)
      let result = try await program.run(
        "tokenizer", "train", "text.txt", "--output", "made", "--vocab-size", "300", "--special-token", "<new>")
      #expect(result.status == 0 && result.errors.isEmpty)
      #expect(result.output.hasPrefix("made: BPE, 300 tokens, from ") && result.output.hasSuffix(" of 300 texts\n"))
      let trained = try await TokenizerTrainer(
        TokenizerRecipe(.byteLevel), options: .init(vocabularySize: 300, specialTokens: ["<new>"])
      ).train(on: TrainingTexts(files: [program.folder.appending(path: "text.txt")]))
      #expect(try program.bytes("made/tokenizer.json") == trained.tokenizerJSON)
      #expect(try program.bytes("made/tokenizer_config.json") == trained.configurationJSON)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: program.path("made")).sorted()
          == ["tokenizer.json", "tokenizer_config.json"])
      let piped = try await program.run(
        "tokenizer", "train", "-", "--output", "one.json", "--vocab-size", "300", "--special-token", "<new>",
        "--threads", "1", "--quiet", input: Self.text)
      #expect(piped.status == 0 && piped.errors.isEmpty && piped.output.isEmpty)
      #expect(try program.bytes("one.json") == trained.tokenizerJSON)
      let used = try await program.run("tokenize", "--tokenizer", "made/tokenizer.json", "--json", "the swift")
      let ids = try JSONDocument(parsing: used.output).root.value("ids").elements.map(\.integer)
      #expect(ids == (try trained.tokenizer.encode("the swift").ids.map { Int($0) }))
      #expect(try program.names() == ["made", "one.json", "text.txt"])
    }
  }

  @Test(
    "every type and preset is trained, with --json as one object",
    arguments: [
      (["--type", "wordpiece", "--lowercase"], "WordPiece", "[PAD]"), (["--type", "bpe"], "BPE", "<unk>"),
      (["--preset", "llama3"], "BPE", "<|begin_of_text|>"),
      (["--type", "byte-level", "--preset", "qwen2"], "BPE", "<|end"),
      (["--type", "wordlevel", "--min-frequency", "2"], "WordLevel", "[PAD]"),
      (["--preset", "bert", "--limit-alphabet", "20"], "WordPiece", "[PAD]"),
      (["--type", "bpe", "--max-token-length", "3"], "BPE", "<unk>"),
    ])
  func types(_ options: [String], _ model: String, _ special: String) async throws {
    try await Program.inFolder { program in
      try program.write("text.txt", Self.text)
      let running = try program.start(
        ["tokenizer", "train", "text.txt", "--output", "made", "--vocab-size", "350", "--json"] + options)
      try running.send("")
      let result = try await running.end()
      #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
      let object = try JSONDocument(parsing: result.output).root
      #expect(try object.string("model") == model && object.string("output") == "made")
      #expect(try object.value("special_tokens").elements.contains { $0.string?.hasPrefix(special) == true })
      let tokenizer = try Tokenizer(folder: program.folder.appending(path: "made"))
      #expect(try object.integer("tokens") == tokenizer.vocabularySize)
      #expect(try object.integer("texts") == 300)
      let tokens = (0..<tokenizer.vocabularySize).compactMap { tokenizer.token(forID: Int32($0)) }
      if options.contains("--lowercase") { #expect(!tokens.contains("Swifts")) }
      if options.contains("--max-token-length") {
        #expect(tokens.allSatisfy { $0.unicodeScalars.count <= 3 || $0.hasPrefix("<") })
        #expect(tokens.contains { $0.unicodeScalars.count == 3 })
      }
    }
  }

  @Test("--like trains the tokenizer of a file or a folder anew, its configuration included")
  func like() async throws {
    try await Program.inFolder { program in
      try program.write("text.txt", Self.text)
      let first = try await program.run(
        "tokenizer", "train", "text.txt", "--type", "wordpiece", "--lowercase", "--vocab-size", "200", "--output", "one"
      )
      #expect(first.status == 0)
      for (like, output) in [("one", "two"), ("one/tokenizer.json", "three")] {
        let again = try await program.run(
          "tokenizer", "train", "text.txt", "--like", like, "--vocab-size", "200", "--output", output)
        #expect(again.status == 0 && again.errors.isEmpty)
        #expect(try program.bytes("\(output)/tokenizer.json") == program.bytes("one/tokenizer.json"))
        #expect(try program.bytes("\(output)/tokenizer_config.json") == program.bytes("one/tokenizer_config.json"))
      }
    }
  }

  @Test(
    "options that mean nothing, or nothing together, are wrong usage",
    arguments: [
      (["text.txt"], "--output"), (["--output", "made"], "file"),
      (["text.txt", "-", "--output", "made"], "give it alone"),
      (["text.txt", "--output", "made", "--type", "morse"], "morse"),
      (["text.txt", "--output", "made", "--type", "wordpiece", "--preset", "llama3"], "is not for --type wordpiece"),
      (["text.txt", "--output", "made", "--like", "x.json", "--preset", "llama3"], "leave --type and --preset out"),
      (["text.txt", "--output", "made", "--type", "wordlevel", "--limit-alphabet", "9"], "no alphabet"),
      (["text.txt", "--output", "made", "--type", "wordpiece", "--max-token-length", "9"], "BPE only"),
      (["text.txt", "--output", "made", "--max-token-length", "1"], "at least 2"),
      (["text.txt", "--output", "made", "--vocab-size", "3000000000"], "vocabulary size"),
      (["text.txt", "--output", "made", "--vocab-size=-1"], "vocabulary size"),
      (["text.txt", "--output", "made", "--threads", "0"], "threads"),
      (["text.txt", "--output", "made", "--special-token", ""], "should not be empty"),
      (["text.txt", "--output", "-", "--json"], "standard output"),
    ])
  func usage(_ arguments: [String], _ message: String) async throws {
    try await Program.inFolder { program in
      try program.write("text.txt", Self.text)
      let running = try program.start(["tokenizer", "train"] + arguments)
      try running.send("")
      let result = try await running.end()
      #expect(result.status == 64 && result.output.isEmpty && result.errors.contains(message), "\(result.errors)")
      #expect(try program.names() == ["text.txt"])
    }
  }

  @Test(
    "what cannot be done is one line that names it, and leaves nothing behind",
    arguments: [
      (["gone.txt", "--output", "made"], "gone.txt"), (["text.txt", "rows.jsonl", "--output", "made"], "rows.jsonl:2"),
      (["empty.txt", "--output", "made"], "no texts"),
      (["text.txt", "--output", "full"], "full: has a tokenizer.json"),
      (["text.txt", "--output", "text.txt"], "is a file"), (["text.txt", "--output", "no/such.json"], "no/such.json"),
      (["text.txt", "--output", "made", "--like", "gone.json"], "gone.json"),
      (["text.txt", "--output", "made", "--like", "rows.jsonl"], "rows.jsonl"),
    ])
  func failures(_ arguments: [String], _ message: String) async throws {
    try await Program.inFolder { program in
      try program.write("text.txt", Self.text)
      try program.write("empty.txt", "")
      try program.write("rows.jsonl", "\"a\"\n{\"txt\": \"b\"}\n")
      try program.write("full/tokenizer.json", "{}")
      let running = try program.start(["tokenizer", "train"] + arguments)
      try running.send("")
      let result = try await running.end()
      #expect(result.status == 1 && result.output.isEmpty && result.errors.contains(message), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1)
      #expect(try program.names() == ["empty.txt", "full", "rows.jsonl", "text.txt"])
    }
  }

  @Test("an interruption ends it at once and leaves nothing behind")
  func interruption() async throws {
    try await Program.inFolder { program in
      let running = try program.start(["tokenizer", "train", "-", "--output", "made"])
      // More than a pipe holds: once it is written, the program reads.
      try running.write(String(repeating: Self.text, count: 40))
      running.interrupt()
      let result = try await running.end()
      #expect(result.status == 130 && result.output.isEmpty)
      #expect(try program.names().isEmpty)
    }
  }
}

extension Program {
  fileprivate func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }
}
