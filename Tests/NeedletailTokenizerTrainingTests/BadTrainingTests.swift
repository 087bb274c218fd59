import NeedletailJSON
import NeedletailTestSupport
import NeedletailTokenizerTraining
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Trainings that cannot be done are refused; odd ones come to an end")
struct BadTrainingTests {
  @Test("texts without words are refused", arguments: [[], [""], [" \n", "\t"]])
  func nothing(_ texts: [String]) async throws {
    let trainer = try TokenizerTrainer(TokenizerRecipe(.bert))
    let error = try await #require(throws: TokenizerError.self) { try await trainer.train(on: TrainingTexts(texts)) }
    #expect(error.code == .invalidTraining && error.subject == "the training texts")
    #expect(error.message.contains(texts.isEmpty ? "no texts" : "hold no words"))
  }

  @Test(
    "options of a model that it could not be read with are refused before a training",
    arguments: [
      (#""type":"BPE","dropout":1.5"#, "\"dropout\" is 1.5, expected 0 to 1"),
      (#""type":"BPE","dropout":-0.1"#, "\"dropout\" is -0.1, expected 0 to 1"),
      (#""type":"BPE","fuse_unk":1"#, "\"fuse_unk\""), (#""type":"BPE","byte_fallback":"x""#, "\"byte_fallback\""),
      (#""type":"WordPiece","max_input_chars_per_word":-1"#, "\"max_input_chars_per_word\""),
      (#""type":"WordPiece","continuing_subword_prefix":3"#, "\"continuing_subword_prefix\""),
      (#""type":"WordLevel","unk_token":3"#, "\"unk_token\""),
      (#""type":"Unigram","byte_fallback":2"#, "\"byte_fallback\""),
    ])
  func modelOptions(_ members: String, _ message: String) throws {
    let json = "{\"model\":{\(members)}}"
    let error = #expect(throws: TokenizerError.self) {
      try TokenizerRecipe(tokenizerJSON: Array(json.utf8), subject: "like.json")
    }
    #expect(error?.code == .malformed && error?.message.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.subject.hasPrefix("like.json:1:") == true)
  }

  @Test("a recipe with dropout is trained without it, and keeps it")
  func dropout() async throws {
    let json = #"{"model":{"type":"BPE","dropout":0.5,"unk_token":null},"pre_tokenizer":{"type":"Whitespace"}}"#
    let recipe = try TokenizerRecipe(tokenizerJSON: Array(json.utf8), subject: "like.json")
    let trainer = try TokenizerTrainer(recipe, options: .init(vocabularySize: 10))
    let trained = try await trainer.train(on: TrainingTexts(["abab abab ab"]))
    #expect(try trained.tokenizer.encode("abab").tokens == ["abab"])
    #expect(try JSONDocument(parsing: trained.tokenizerJSON).root.value("model").double("dropout") == 0.5)
  }

  static let options: [(TokenizerRecipe.Preset, String, @Sendable (inout TokenizerTrainer.Options) -> Void)] = [
    (.bert, "vocabulary size", { $0.vocabularySize = -1 }),
    (.bert, "vocabulary size", { $0.vocabularySize = Int(Int32.max) }),
    (.byteLevel, "minimum frequency", { $0.minimumFrequency = -1 }),
    (.byteLevel, "limit of the alphabet", { $0.alphabetLimit = -1 }),
    (.byteLevel, "maximum length", { $0.maximumTokenLength = -1 }),
    (.byteLevel, "threads", { $0.threads = 0 }),
    (.byteLevel, "should not be empty", { $0.specialTokens = [""] }),
    (.wordLevel, "alphabet", { $0.alphabetLimit = 5 }),
    (.wordLevel, "alphabet", { $0.initialAlphabet = ["a"] }),
    (.wordLevel, "BPE only", { $0.maximumTokenLength = 5 }),
    (.bert, "BPE only", { $0.maximumTokenLength = 5 }),
    (.wordLevel, "no room for 2", { $0.vocabularySize = 1 }),
  ]

  @Test("options out of their range, or without meaning for the model, are refused", arguments: options.indices)
  func option(_ index: Int) throws {
    let (preset, message, change) = Self.options[index]
    var options = TokenizerTrainer.Options()
    change(&options)
    let error = #expect(throws: TokenizerError.self) { try TokenizerTrainer(TokenizerRecipe(preset), options: options) }
    #expect(error?.code == .invalidTraining && error?.message.contains(message) == true, "\(String(describing: error))")
  }

  @Test(
    "recipes that cannot be trained are refused",
    arguments: [
      (#"{"model":{"type":"Morse"}}"#, TokenizerError.Code.unsupported, "Morse"),
      (#"{"model":{}}"#, .malformed, "type"),
      ("[]", .malformed, "a tokenizer"),
      (#"{"model":{"type":"BPE"},"normalizer":{"type":"Rot13"}}"#, .unsupported, "Rot13"),
      (#"{"model":{"type":"BPE"},"decoder":{"type":"Rot13"}}"#, .unsupported, "Rot13"),
      (#"{"model":{"type":"BPE"},"added_tokens":[{"id":0}]}"#, .malformed, "content"),
    ])
  func recipe(_ json: String, _ code: TokenizerError.Code, _ message: String) throws {
    let error = #expect(throws: TokenizerError.self) {
      try TokenizerRecipe(tokenizerJSON: Array(json.utf8), subject: "recipe")
    }
    #expect(error?.code == code && error?.message.contains(message) == true, "\(String(describing: error))")
    #expect(error?.subject.hasPrefix("recipe") == true)
  }

  @Test("an unknown token, or a token of the post-processor, that the vocabulary will not have is named")
  func missingTokens() async throws {
    let unknown = try recipe(#"{"model":{"type":"WordPiece","unk_token":"[UNK]"}}"#)
    let early = #expect(throws: TokenizerError.self) { try TokenizerTrainer(unknown) }
    #expect(early?.message.contains("[UNK]") == true)
    let processor = try recipe(
      #"{"model":{"type":"BPE"},"post_processor":{"type":"BertProcessing","sep":["[SEP]",1],"cls":["[CLS]",0]}}"#)
    let trainer = try TokenizerTrainer(processor)
    let late = try await #require(throws: TokenizerError.self) { try await trainer.train(on: TrainingTexts(["ab"])) }
    #expect(late.code == .invalidTraining && late.message.contains("[SEP]"))
  }

  @Test("files that are not there, that vanish, or that hold other rows are named with their line")
  func files() async throws {
    let folder = try TemporaryFolder()
    let good = URL(filePath: try folder.write("good.txt", "some words\n"))
    let trainer = try TokenizerTrainer(TokenizerRecipe(.bert))
    let texts = TrainingTexts(files: [good, folder.file("gone.txt")])
    var error = try await #require(throws: TokenizerError.self) { try await trainer.train(on: texts) }
    #expect(error.code == .unreadable && error.subject.contains("gone.txt"))
    try FileManager.default.removeItem(at: good)
    error = try await #require(throws: TokenizerError.self) {
      try await trainer.train(on: TrainingTexts(files: [good]))
    }
    #expect(error.code == .unreadable && error.subject.contains("good.txt"))
    error = try await #require(throws: TokenizerError.self) {
      try await trainer.train(on: TrainingTexts(files: [URL(filePath: folder.path)]))
    }
    #expect(error.code == .unreadable && error.message.contains("folder"))
    for row in ["{", "7", "{\"txt\": \"a\"}", "{\"text\": 7}"] {
      let rows = URL(filePath: try folder.write("rows.jsonl", "\"fine\"\n\n\(row)\n"))
      error = try await #require(throws: TokenizerError.self) {
        try await trainer.train(on: TrainingTexts(files: [rows]))
      }
      #expect(error.code == .malformed && error.subject.hasSuffix("rows.jsonl:3"), "\(error)")
    }
  }

  @Test("bytes that are not UTF-8 count as U+FFFD")
  func invalidUTF8() async throws {
    let folder = try TemporaryFolder()
    let bytes = Array("ab ".utf8) + [0xFF, 0x61, 0xC3] + Array(" ab\n".utf8)
    let file = URL(filePath: try folder.write("odd.txt", bytes))
    let trainer = try TokenizerTrainer(TokenizerRecipe(.metaspace), options: .init(vocabularySize: 280))
    #expect(
      try await trainer.train(on: TrainingTexts(files: [file])).tokenizerJSON
        == trainer.train(on: TrainingTexts(["ab \u{FFFD}a\u{FFFD} ab\n"])).tokenizerJSON)
  }

  @Test("a vocabulary of a billion ends where nothing is left to merge")
  func hugeSize() async throws {
    let trainer = try TokenizerTrainer(TokenizerRecipe(.byteLevel), options: .init(vocabularySize: 1_000_000_000))
    let trained = try await trainer.train(on: TrainingTexts(["a swift in flight"]))
    // 5 special tokens, 256 bytes, and as many merges as it takes to make each of the four words one token.
    #expect(trained.tokenizer.vocabularySize == 5 + 256 + trained.mergeCount)
    #expect(try trained.tokenizer.encode("a swift in flight", options: .init(addsSpecialTokens: false)).ids.count == 4)
  }

  @Test("a special token that is given twice, or that the recipe has, counts once")
  func doubledTokens() async throws {
    let options = TokenizerTrainer.Options(vocabularySize: 100, specialTokens: ["[CLS]", "<x>", "<x>"])
    let trainer = try TokenizerTrainer(TokenizerRecipe(.bert), options: options)
    #expect(trainer.recipe.specialTokenContents == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<x>"])
    let trained = try await trainer.train(on: TrainingTexts(["ab"]))
    #expect(trained.tokenizer.id(forToken: "<x>") == 5)
  }

  @Test("a special token that is a word of a WordLevel text has one id")
  func doubledWords() async throws {
    let options = TokenizerTrainer.Options(specialTokens: ["the"])
    let trained = try await TokenizerTrainer(TokenizerRecipe(.wordLevel), options: options)
      .train(on: TrainingTexts(["the swift, the sky"]))
    #expect(trained.tokenizer.vocabularySize == 6)
    #expect(trained.tokenizer.id(forToken: "the") == 2)
  }

  @Test("a word of millions of letters is trained on", arguments: [(1, 1_500_000), (26, 10_000_000)])
  func longWord(_ letters: Int, _ length: Int) async throws {
    var generator = SeededGenerator(seed: 9)
    let word = (0..<length).map { _ in UInt8(97 + Int.random(in: 0..<letters, using: &generator)) }
    let options = TokenizerTrainer.Options(vocabularySize: 256 + 4 + letters + 60)
    let trained = try await TokenizerTrainer(TokenizerRecipe(.metaspace), options: options)
      .train(on: TrainingTexts([String(decoding: word, as: UTF8.self)]))
    #expect(trained.wordCount == 1)
    // One letter: its doublings, and then what is left over. More letters: all merges that were asked for.
    #expect(letters == 1 ? trained.mergeCount > 20 : trained.mergeCount == 59)
  }

  @Test("cancellation and an observer's error end the training at once")
  func stopping() async throws {
    struct Stop: Error {}
    let trainer = try TokenizerTrainer(TokenizerRecipe(.byteLevel), options: .init(vocabularySize: 3000))
    let lines = try TrainingFixture.lines()
    for phase in [TrainingProgress.Phase.counting, .merging] {
      await #expect(throws: Stop.self) {
        try await trainer.train(on: TrainingTexts(lines)) { if $0.phase == phase { throw Stop() } }
      }
    }
    let work = Task {
      try await trainer.train(on: TrainingTexts(lines)) { progress in
        if progress.phase == .merging { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
      }
    }
    await #expect(throws: CancellationError.self) { try await work.value }
  }

  private func recipe(_ json: String) throws -> TokenizerRecipe {
    try TokenizerRecipe(tokenizerJSON: Array(json.utf8), subject: "recipe")
  }
}

extension TemporaryFolder {
  /// A file of the folder, there or not.
  fileprivate func file(_ name: String) -> URL { URL(filePath: path).appending(path: name) }
}
