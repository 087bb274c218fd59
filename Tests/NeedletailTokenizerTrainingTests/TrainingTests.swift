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

/// Vocabularies trained here and by the reference library; expected values by `Tools/reference/training_goldens.py`.
@Suite("Trained vocabularies are those of the reference library")
struct TrainingTests {
  @Test("tokens, ids, merges and encodings are the reference trainer's", arguments: try TrainingFixture.names())
  func trained(_ name: String) async throws {
    let golden = try TrainingFixture.golden().value(name)
    let recipe = try TokenizerRecipe(
      tokenizerJSON: Array(JSONValue(copying: golden.value("recipe")).text().utf8), subject: name)
    var options = try TrainingFixture.options(golden.value("options"))
    // The reference's trainer has no alphabet but what it is given.
    if options.initialAlphabet == nil, recipe.modelType != "WordLevel" { options.initialAlphabet = [] }
    let trainer = try TokenizerTrainer(recipe, options: options)
    let trained = try await trainer.train(on: TrainingTexts(TrainingFixture.lines()))
    try TrainingFixture.compare(trained, golden)
  }

  @Test("a tokenizer trained anew is what transformers makes of it", arguments: ["roberta", "llama3", "gpt2"])
  func retrained(_ name: String) async throws {
    let golden = try TrainingFixture.golden("retraining").value(name)
    let file = GoldenFixture.folder.appending(path: "\(name).tokenizer.json")
    let options = TokenizerTrainer.Options(
      vocabularySize: try golden.integer("vocab_size"), specialTokens: try golden.strings("special_tokens"))
    let trainer = try TokenizerTrainer(TokenizerRecipe(contentsOf: file), options: options)
    let trained = try await trainer.train(on: TrainingTexts(TrainingFixture.lines()))
    try TrainingFixture.compare(trained, golden)
    let written = try JSONDocument(parsing: trained.tokenizerJSON).root
    #expect(
      try JSONValue(copying: written.value("post_processor")).text()
        == JSONValue(copying: golden.value("post_processor")).text())
  }

  @Test("the bytes are the same for any number of threads, any order of the files and any reading of the texts")
  func determinism() async throws {
    let folder = try TemporaryFolder()
    let lines = try TrainingFixture.lines()
    var files: [URL] = []
    for part in 0..<3 {
      let rows = stride(from: part, to: lines.count, by: 3).map {
        JSONValue.object(["text": .string(lines[$0])]).text()
      }
      files.append(URL(filePath: try folder.write("part\(part).jsonl", rows.joined(separator: "\n"))))
    }
    for preset in [TokenizerRecipe.Preset.bert, .byteLevel, .metaspace, .wordLevel] {
      var results: Set<[UInt8]> = []
      for threads in [1, 2, 7] {
        var options = TokenizerTrainer.Options(vocabularySize: 700)
        options.threads = threads
        let trainer = try TokenizerTrainer(TokenizerRecipe(preset), options: options)
        for order in [files, files.reversed()] {
          results.insert(try await trainer.train(on: TrainingTexts(files: order)).tokenizerJSON)
        }
        results.insert(try await trainer.train(on: TrainingTexts(lines.reversed())).tokenizerJSON)
      }
      // More texts than fit one batch, each as often: the merges are the same where every count is multiplied.
      let trainer = try TokenizerTrainer(TokenizerRecipe(preset), options: .init(vocabularySize: 700))
      let repeated = try await trainer.train(on: TrainingTexts(Array(repeating: lines, count: 12).flatMap { $0 }))
      #expect(repeated.textCount == lines.count * 12)
      results.insert(repeated.tokenizerJSON)
      #expect(results.count == 1, "\(preset.name)")
    }
  }

  @Test("every preset is written so that it reads back, with its special tokens first and unknown text without loss")
  func presets() async throws {
    for preset in TokenizerRecipe.Preset.allCases where preset != .unigram {
      let recipe = try TokenizerRecipe(preset)
      let trained = try await TokenizerTrainer(recipe, options: .init(vocabularySize: 600, specialTokens: ["<new>"]))
        .train(on: TrainingTexts(TrainingFixture.lines()))
      let tokenizer = trained.tokenizer
      let special = recipe.specialTokenContents + ["<new>"]
      #expect(special.map { tokenizer.id(forToken: $0) } == special.indices.map { Int32($0) })
      #expect(special.indices.allSatisfy { tokenizer.isSpecial(Int32($0)) })
      let configuration = try JSONDocument(parsing: trained.configurationJSON).root
      #expect(try configuration.string("tokenizer_class") == "PreTrainedTokenizerFast")
      #expect(configuration["pad_token"]?.string.map { special.contains($0) } == true)
      let text = "the swift's 127 œuvres 🦜 fly"
      let encoding = try tokenizer.encode(text, options: .init(addsSpecialTokens: false))
      #expect(!encoding.ids.isEmpty)
      if preset != .bert && preset != .wordLevel {
        #expect(try tokenizer.decode(encoding.ids) == text, "\(preset.name)")
      }
    }
  }

  @Test("lowercasing comes before everything else")
  func lowercasing() async throws {
    for preset in [TokenizerRecipe.Preset.bert, .byteLevel, .qwen2, .wordLevel] {
      let recipe = try TokenizerRecipe(preset).lowercasing()
      let trained = try await TokenizerTrainer(recipe, options: .init(vocabularySize: 400))
        .train(on: TrainingTexts(TrainingFixture.lines()))
      let plain = EncodingOptions(addsSpecialTokens: false)
      #expect(
        try trained.tokenizer.encode("A SWIFT flies", options: plain).ids
          == trained.tokenizer.encode("a swift FLIES", options: plain).ids)
    }
  }
}

/// The text and what the reference library made of it.
enum TrainingFixture {
  static let folder = SharedData.repository.appending(path: "Tests/NeedletailTokenizerTrainingTests/Fixtures")

  static func golden(_ name: String = "training") throws -> JSON {
    let file = folder.appending(path: "\(name).golden.json")
    return try JSONDocument(parsing: [UInt8](Data(contentsOf: file)), subject: file.path).root
  }

  static func names() throws -> [String] {
    try golden().members.map { String(decoding: $0.key, as: UTF8.self) }.filter { $0 != "made_by" }
  }

  static func lines() throws -> [String] {
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "training.txt")))
    return bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// The settings of the reference's trainer in our names.
  static func options(_ json: JSON) throws -> TokenizerTrainer.Options {
    var options = TokenizerTrainer.Options(
      vocabularySize: try json.integer("vocab_size"), minimumFrequency: try json.integer("min_frequency", default: 0),
      specialTokens: json.optional("special_tokens") == nil ? [] : try json.strings("special_tokens"))
    if json.optional("limit_alphabet") != nil { options.alphabetLimit = try json.integer("limit_alphabet") }
    if json.optional("max_token_length") != nil { options.maximumTokenLength = try json.integer("max_token_length") }
    if json.optional("initial_alphabet") != nil {
      options.initialAlphabet = try json.strings("initial_alphabet").flatMap { Array($0.unicodeScalars) }
    }
    return options
  }

  /// The same tokens, merges, added tokens and encodings.
  static func compare(_ trained: TrainedTokenizer, _ golden: JSON) throws {
    let tokens = try golden.strings("tokens")
    let model = try JSONDocument(parsing: trained.tokenizerJSON).root.value("model")
    #expect(try bytes(vocabulary(model)) == bytes(tokens))
    if let merges = golden.optional("merges") {
      #expect(try pairs(model.value("merges")) == pairs(merges))
    } else {
      #expect(model["merges"] == nil)
    }
    for token in try golden.value("added").elements {
      let entry = Array(token.elements)
      #expect(trained.tokenizer.id(forToken: entry[0].string ?? "") == entry[1].integer.map { Int32($0) })
    }
    for (text, ids) in zip(try golden.strings("texts"), try golden.value("ids").elements) {
      #expect(try trained.tokenizer.encode(text).ids == ids.elements.map { Int32($0.integer ?? -1) }, "\(text)")
    }
  }

  /// Tokens by id.
  static func vocabulary(_ model: JSON) throws -> [String] {
    try model.value("vocab").members.map { (String(decoding: $0.key, as: UTF8.self), $0.value.integer ?? -1) }
      .sorted { $0.1 < $1.1 }.map(\.0)
  }

  static func pairs(_ json: JSON) -> [[[UInt8]]] {
    json.elements.map { $0.elements.map { Array($0.utf8 ?? []) } }
  }

  /// The logarithm of the probability of the best tokens of texts.
  static func likelihood(_ texts: [String], _ tokenizer: Tokenizer, _ json: [UInt8]) throws -> Double {
    let root = try JSONDocument(parsing: json, subject: "tokenizer").root
    let scores = try root.value("model").value("vocab").elements.map { entry in
      Array(entry.elements)[1].double ?? .nan
    }
    let unknown = try root.value("model").integer("unk_id")
    let worst = (scores.min() ?? 0) - 10
    var sum = 0.0
    for text in texts {
      for id in try tokenizer.encode(text, options: .init(addsSpecialTokens: false)).ids {
        sum += Int(id) == unknown ? worst : scores[Int(id)]
      }
    }
    return sum
  }

  /// Strings compare by canonical equivalence in Swift; tokens must not.
  static func bytes(_ strings: [String]) -> [[UInt8]] { strings.map { Array($0.utf8) } }
}

extension JSON {
  /// The strings under this key.
  func strings(_ key: String) throws -> [String] { try value(key).elements.map { $0.string ?? "" } }
}
