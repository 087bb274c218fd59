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

@Suite("Training of Unigram vocabularies")
struct UnigramTrainingTests {
  /// Tokens by their bytes: strings compare by canonical equivalence in Swift.
  private static func scores(_ pieces: [(token: String, score: Double)]) -> [[UInt8]: Double] {
    Dictionary(pieces.map { (Array($0.token.utf8), $0.score) }) { first, _ in first }
  }

  private static func pieces(_ json: JSON) -> [(token: String, score: Double)] {
    json.elements.map { entry in
      let parts = Array(entry.elements)
      return (parts[0].string ?? "", parts[1].double ?? .nan)
    }
  }

  private static func golden() throws -> JSON {
    let file = TrainingFixture.folder.appending(path: "unigram-training.golden.json")
    return try JSONDocument(parsing: [UInt8](Data(contentsOf: file)), subject: file.path).root
  }

  private static func options(_ json: JSON) throws -> UnigramTrainerOptions {
    var options = UnigramTrainerOptions()
    options.vocabularySize = try json.integer("vocab_size")
    options.specialTokens = try json.value("special_tokens").elements.compactMap(\.string)
    options.unknownToken = try json.string("unk_token")
    options.maximumPieceLength = try json.integer("max_piece_length", default: 16)
    options.shrinkingFactor = try json.double("shrinking_factor", default: 0.75)
    options.estimationsPerRound = try json.integer("n_sub_iterations", default: 2)
    options.initialAlphabet =
      json.optional("initial_alphabet")?.elements.compactMap { $0.string?.unicodeScalars.first } ?? []
    return options
  }

  @Test("the tokens and their scores are those of the reference library's trainer")
  func goldens() async throws {
    var count = 0
    for row in try Self.golden().value("cases").elements {
      let words = try row.value("words").elements.map { entry in
        let parts = Array(entry.elements)
        return (word: try #require(parts[0].string), count: try #require(parts[1].integer))
      }
      let options = try Self.options(row.value("options"))
      let trained = try await UnigramTrainer(options).train(words)
      let expected = Self.scores(Self.pieces(try row.value("pieces")))
      let found = Self.scores(trained.pieces)
      #expect(Set(found.keys) == Set(expected.keys))
      #expect(trained.unknownID == (try row.integer("unk_id")))
      // Where scores depend on the order of a hash table there, they differ by steps of 0.0001.
      let loose = Set(try row.value("loose").elements.compactMap { $0.string.map { Array($0.utf8) } })
      for (token, score) in expected {
        let isCharacter = String(decoding: token, as: UTF8.self).unicodeScalars.count == 1
        let tolerance = loose.contains(token) || (isCharacter && !loose.isEmpty) ? 1e-4 * Double(expected.count) : 1e-9
        #expect(abs((found[token] ?? .infinity) - score) <= tolerance)
      }
      let learned = trained.pieces.dropFirst(options.specialTokens.count + 1)
      #expect(zip(learned, learned.dropFirst()).allSatisfy { $0.score >= $1.score })
      count += 1
    }
    #expect(count > 30)
  }

  @Test("texts through the pipeline of the preset give the reference library's vocabulary, whatever the threads")
  func wholePipeline() async throws {
    for row in try Self.golden().value("whole").elements {
      let texts = try row.value("texts").elements.compactMap(\.string)
      let expected = Self.pieces(try row.value("pieces"))
      var files: [[UInt8]] = []
      for threads in [1, 4] {
        var options = TokenizerTrainer.Options(vocabularySize: try row.integer("size"))
        options.threads = threads
        let trainer = try TokenizerTrainer(TokenizerRecipe(.unigram), options: options)
        let trained = try await trainer.train(on: TrainingTexts(threads == 1 ? texts : texts.reversed()))
        let root = try JSONDocument(parsing: trained.tokenizerJSON, subject: "trained").root
        let found = Self.pieces(try root.value("model").value("vocab"))
        #expect(Set(Self.scores(found).keys) == Set(Self.scores(expected).keys))
        #expect(found.prefix(5).map(\.token) == ["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
        #expect(try root.value("model").integer("unk_id") == 3)
        files.append(trained.tokenizerJSON)
      }
      #expect(files[0] == files[1])
    }
  }

  @Test("the exact loss makes texts at least as probable as the reference library's")
  func exactLoss() async throws {
    var generator = SeededGenerator(seed: 5)
    let stems = (0..<40).map { _ in
      let letters = (0..<Int.random(in: 2...4, using: &generator)).map { _ in
        UInt8.random(in: 97...104, using: &generator)
      }
      return String(decoding: letters, as: UTF8.self)
    }
    let words = (0..<400).map { _ in
      (word: (0..<3).map { _ in stems[Int.random(in: 0..<stems.count, using: &generator)] }.joined(), count: 1)
    }
    var lengths: [Int] = []
    var likelihoods: [UnigramTrainerOptions.PruningLoss: Double] = [:]
    for loss in UnigramTrainerOptions.PruningLoss.allCases {
      var options = UnigramTrainerOptions()
      options.vocabularySize = 60
      options.pruningLoss = loss
      let trained = try await UnigramTrainer(options).train(words)
      #expect(trained.pieces.count == 60)
      lengths.append(trained.pieces.reduce(0) { $0 + $1.token.utf8.count })
      let vocabulary = trained.pieces.map { JSONValue.array([.string($0.token), .double($0.score)]) }
      let model = JSONValue.object([
        "type": .string("Unigram"), "unk_id": .integer(trained.unknownID), "vocab": .array(vocabulary),
      ])
      let json = Array(JSONValue.object(["model": model]).text().utf8)
      likelihoods[loss] = try TrainingFixture.likelihood(
        words.map(\.word), Tokenizer(tokenizerJSON: json, subject: "\(loss)"), json)
    }
    #expect(lengths[0] != lengths[1])
    let (reference, exact) = try (#require(likelihoods[.reference]), #require(likelihoods[.exact]))
    #expect(exact >= reference, "\(exact), \(reference)")
  }

  @Test("bytes get tokens where they are asked for, and rare characters need none then")
  func byteFallback() async throws {
    var options = UnigramTrainerOptions()
    options.vocabularySize = 270
    options.fallsBackToBytes = true
    options.characterCoverage = 0.9
    let words = [("abab", 50), ("ba", 20), ("漢", 1), ("字", 1)].map { (word: $0.0, count: $0.1) }
    let trained = try await UnigramTrainer(options).train(words)
    #expect(trained.fallsBackToBytes)
    #expect(trained.pieces[1].token == "<0x00>" && trained.pieces[256].token == "<0xFF>")
    #expect(!trained.pieces.dropFirst(257).prefix(2).contains { $0.token == "漢" })
  }

  @Test(
    "what cannot be trained is a typed error",
    arguments: [
      { $0.vocabularySize = 2 }, { $0.vocabularySize = 0 }, { $0.vocabularySize = .max }, { $0.seedSize = -1 },
      { $0.seedSize = .max }, { $0.shrinkingFactor = 1 }, { $0.shrinkingFactor = .nan }, { $0.characterCoverage = 2 },
      { $0.maximumPieceLength = 0 }, { $0.maximumPieceLength = .max }, { $0.estimationsPerRound = 0 },
      { $0.unknownToken = "" }, { $0.specialTokens = ["a", "a"] }, { $0.specialTokens = [""] },
      {
        $0.fallsBackToBytes = true; $0.vocabularySize = 200
      },
    ] as [@Sendable (inout UnigramTrainerOptions) -> Void])
  func badOptions(_ change: @Sendable (inout UnigramTrainerOptions) -> Void) async throws {
    var options = UnigramTrainerOptions()
    change(&options)
    let error = await #expect(throws: TokenizerError.self) {
      _ = try await UnigramTrainer(options).train([("abc", 3), ("bcd", 2)])
    }
    #expect(error?.code == .invalidTraining)
  }

  @Test(
    "no words, or impossible counts, are typed errors",
    arguments: [[], [("", 5)], [("a", 0)], [("a", -1)], [("a", .max), ("b", .max)]] as [[(String, Int)]])
  func badWords(_ words: [(String, Int)]) async throws {
    let error = await #expect(throws: TokenizerError.self) {
      _ = try await UnigramTrainer().train(words.map { (word: $0.0, count: $0.1) })
    }
    #expect(error?.code == .invalidTraining)
  }

  @Test("a word of a megabyte is trained on in near-linear time, and special characters do no harm")
  func longWords() async throws {
    var options = UnigramTrainerOptions()
    options.vocabularySize = 100
    let long = String(repeating: "abcab", count: 200_000)
    let trained = try await UnigramTrainer(options).train([
      (long, 2), ("a\u{0}b", 3), ("<UNK>", 4), ("<unk>", 2), ("\u{FFFD}", 1),
    ])
    #expect(trained.pieces.count <= 100)
    #expect(trained.pieces.count { $0.token == "<unk>" } == 1)
    #expect(trained.pieces.allSatisfy { $0.score.isFinite })
  }

  @Test("a training that is cancelled, or whose observer throws, ends with that error")
  func cancellation() async throws {
    struct Stop: Error {}
    await #expect(throws: Stop.self) {
      _ = try await UnigramTrainer().train([("abab", 3), ("ba", 2)]) { _ in throw Stop() }
    }
    let task = Task { () throws -> Int in
      while !Task.isCancelled { await Task.yield() }
      return try await UnigramTrainer().train([("abab", 3), ("ba", 2)]).pieces.count
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { _ = try await task.value }
  }
}
