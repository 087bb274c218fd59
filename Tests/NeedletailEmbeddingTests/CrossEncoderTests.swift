import NeedletailEmbedding
import NeedletailModels
import NeedletailTensor
import NeedletailTestSupport
import Synchronization
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Whole folders against sentence-transformers 6.2.0, with every kernel set of this machine.
@Suite("Scores of a cross-encoder equal those of sentence-transformers")
struct CrossEncoderTests {
  /// DESIGN section 4: as close as token states.
  private static let tolerance: Float = 1e-4

  @Test("the fixtures are there")
  func fixtures() throws {
    #expect(CrossEncoderFixture.names.count >= 45)
    #expect(try CrossEncoderFixture.pairs().count >= 17)
  }

  @Test("every case of every folder", arguments: CrossEncoderFixture.names, Kernels.available)
  func scores(_ name: String, _ kernels: Kernels) async throws {
    let fixture = try CrossEncoderFixture(name)
    let pairs = try CrossEncoderFixture.pairs()
    #expect(!fixture.cases.isEmpty)
    for settings in fixture.cases {
      let model = try await fixture.model(settings, kernels: kernels)
      #expect(model.labels == fixture.labels)
      #expect(model.maximumLength == fixture.maximumLength)
      let expected = try fixture.expected(settings, kernels: kernels)
      let scores = try await model.predict(pairs)
      #expect(scores.rows == pairs.count && scores.columns == fixture.labels.count)
      #expect(scores.rows == expected.rows && scores.columns == expected.columns)
      for row in 0..<pairs.count {
        let difference = largestDifference(scores[row: row], expected[row: row])
        #expect(difference <= Self.tolerance, "\(settings.name), pair \(row): \(difference)")
      }
    }
  }

  @Test("ranking has the order of sentence-transformers", arguments: CrossEncoderFixture.names)
  func ranking(_ name: String) async throws {
    let fixture = try CrossEncoderFixture(name)
    let model = try await fixture.model()
    let documents = try CrossEncoderFixture.pairs().map(\.1)
    guard let ranking = fixture.ranking else {
      let error = await #expect(throws: EmbeddingError.self) { try await model.rank("a", documents) }
      #expect(error?.code == .request && error?.message.contains("\(fixture.labels.count) scores") == true)
      return
    }
    let ranked = try await model.rank(ranking.query, documents)
    #expect(ranked.map(\.text) == ranked.map { documents[$0.position] })
    // Equal and nearly equal scores may change places.
    let scores = try await model.predict(documents.map { (ranking.query, $0) }).values
    for (found, wanted) in zip(ranked, ranking.order) {
      #expect(abs(found.score - scores[wanted]) <= Self.tolerance)
      #expect(found.score == scores[found.position])
    }
    #expect(Set(ranked.map(\.position)) == Set(documents.indices))
    #expect(zip(ranked, ranked.dropFirst()).allSatisfy { ($0.score, $1.position) >= ($1.score, $0.position) })
    #expect(try await model.rank(ranking.query, documents, limit: 3) == Array(ranked.prefix(3)))
    #expect(try await model.rank(ranking.query, []) == [])
  }

  @Test(
    "a pair's scores are the same bits alone, in any batch and on any number of threads",
    arguments: [
      "bert-three", "modernbert-mean", "xlm-roberta", "answers-qwen3", "llama-ends-with-padding", "chat-llama-parts",
      "asked-t5", "asked-mt5", "t5-classifier", "mt5-classifier", "pooled-t5", "pooled-three",
    ],
    Kernels.available)
  func company(_ name: String, _ kernels: Kernels) async throws {
    let fixture = try CrossEncoderFixture(name)
    let pairs = try CrossEncoderFixture.pairs()
    for precision in Precision.allCases {
      let single = try await fixture.model(kernels: kernels, precision: precision, threads: 1)
      var alone: [[UInt32]] = []
      for pair in pairs { alone.append(try await single.predict([pair]).values.map(\.bitPattern)) }
      #expect(Set(alone).count > pairs.count / 2)
      for (threads, batchTokens) in [(1, 1), (2, 50), (4, 1536)] {
        let model = try await fixture.model(
          kernels: kernels, precision: precision, threads: threads, batchTokens: batchTokens)
        let order = Array(pairs.indices.reversed())
        let scores = try await model.predict(order.map { pairs[$0] })
        for (row, index) in order.enumerated() {
          #expect(scores[row: row].map(\.bitPattern) == alone[index], "pair \(index), \(threads) threads")
        }
      }
    }
  }

  @Test("int8 and bf16 stay near float32", arguments: [Precision.int8, .bfloat16])
  func narrow(_ precision: Precision) async throws {
    let fixture = try CrossEncoderFixture("bert-identity")
    let pairs = try CrossEncoderFixture.pairs()
    let exact = try await fixture.model().predict(pairs).values
    let scores = try await fixture.model(precision: precision).predict(pairs).values
    // The fixtures' weights magnify differences on purpose.
    #expect(largestDifference(scores, exact) <= (precision == .int8 ? 0.2 : 0.05))
    #expect(scores != exact)
  }

  /// The largest number that was reported.
  private final class Largest: Sendable {
    private let state = Mutex(0)

    var value: Int { state.withLock { $0 } }

    func add(_ count: Int) { state.withLock { $0 = max($0, count) } }
  }

  @Test("progress counts all pairs, and a cancelled task ends soon")
  func cancelled() async throws {
    let model = try await CrossEncoderFixture("bert-sigmoid").model()
    let seen = Largest()
    let pairs = try CrossEncoderFixture.pairs()
    _ = try await model.predict(pairs) { seen.add($0) }
    #expect(seen.value == pairs.count)
    let before = try await model.predict(pairs)
    let long = [(String, String)](repeating: pairs[9], count: 100_000)
    let progress = CancellingProgress()
    let task = Task { try await model.predict(long) { progress.report($0) } }
    progress.watch(task)
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(progress.done > 0 && progress.done < long.count / 2, "\(progress.done) pairs were scored")
    #expect(try await model.predict(pairs) == before)
  }
}

/// Folders that must be refused: an error that names the file and what is wrong with it.
@Suite("Refused cross-encoders")
struct RefusedCrossEncoderTests {
  private func error(
    _ change: (ModelCopy) throws -> Void, of name: String = "bert-sigmoid"
  ) async throws -> String {
    let folder = try ModelCopy(copying: CrossEncoderFixture(name).folder)
    try change(folder)
    do {
      _ = try await CrossEncoder(contentsOf: folder.url)
      return ""
    } catch { return "\(error)" }
  }

  @Test(
    "an activation function that is not known is named with its file",
    arguments: ["torch.nn.modules.activation.Mish", "my.own.Function", "torch.Sigmoid", "Sigmoid", ""])
  func activation(_ path: String) async throws {
    let saved = try await error {
      try $0.replace(
        "torch.nn.modules.activation.Sigmoid", with: path, in: "config_sentence_transformers.json")
    }
    #expect(saved.contains("config_sentence_transformers.json") && saved.contains("activation_fn \"\(path)\""))
    let older = try await error(
      { try $0.replace("torch.nn.modules.linear.Identity", with: path, in: "config.json") }, of: "older-2")
    #expect(older.contains("config.json") && older.contains("sbert_ce_default_activation_function \"\(path)\""))
  }

  /// A file, a piece of it, what stands in its place, and what the error says.
  private static let wordless = [
    ("1_LogitScore/config.json", "\"true_token_id\": ", "\"true_token_id\": 1000", "true_token_id"),
    ("1_LogitScore/config.json", "\"true_token_id\": ", "\"true_token_id\": -", "true_token_id"),
    ("1_LogitScore/config.json", "\"false_token_id\": ", "\"false_token_id\": 1000", "false_token_id"),
    ("1_LogitScore/config.json", "\"true_token_id\"", "\"other_token_id\"", "true_token_id"),
    ("1_LogitScore/config.json", "causal_logits", "logits", "module_input_name \"logits\""),
    ("sentence_bert_config.json", "text-generation", "feature-extraction", "\"feature-extraction\""),
    ("config.json", "\"model_type\": \"qwen3\"", "\"model_type\": \"eurobert\"", "eurobert"),
  ]

  @Test("a language model without the words for its answers is named", arguments: wordless)
  func words(_ file: String, _ old: String, _ new: String, _ message: String) async throws {
    let found = try await error({ try $0.replace(old, with: new, in: file) }, of: "answers-qwen3")
    #expect(found.contains(message), "\(found)")
  }

  @Test("a language model needs tokens for yes and no, and a chat template that writes pairs where it has one")
  func plainLanguageModel() async throws {
    let none = try await error(
      { try $0.replace("\"yes\"", with: "\"yea\"", in: "tokenizer.json") }, of: "plain-language-model")
    #expect(none.contains("no token \"yes\""))
    let inside = try await error(
      {
        try $0.replace(
          "\"tokenizer_class\"", with: "\"chat_template\": \"{{ bos_token }}\", \"tokenizer_class\"",
          in: "tokenizer_config.json")
      }, of: "plain-language-model")
    #expect(inside.contains("tokenizer_config.json") && inside.contains("chat template"))
    let beside = try await error(
      { try $0.write("{{ bos_token }}", to: "chat_template.jinja") }, of: "plain-language-model")
    #expect(beside.contains("chat_template.jinja") && beside.contains("\"query\""))
  }

  @Test("a function of the caller's choice stands in for one that is not known")
  func chosen() async throws {
    let fixture = try CrossEncoderFixture("bert-sigmoid")
    let folder = try ModelCopy(copying: fixture.folder)
    try folder.replace(
      "torch.nn.modules.activation.Sigmoid", with: "my.own.Function", in: "config_sentence_transformers.json")
    var configuration = CrossEncoderConfiguration()
    configuration.scoreFunction = .sigmoid
    let model = try await CrossEncoder(contentsOf: folder.url, configuration: configuration)
    let pairs = try CrossEncoderFixture.pairs()
    #expect(try await model.predict(pairs) == fixture.model().predict(pairs))
  }

  @Test("models that score no pairs are named")
  func others() async throws {
    let vectors = try await error({
      try $0.replace("\"CrossEncoder\"", with: "\"SentenceTransformer\"", in: "config_sentence_transformers.json")
    })
    #expect(vectors.contains("model_type \"SentenceTransformer\""))
    let pooled = try await error({ folder in
      try folder.write(
        """
        [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"},
         {"idx": 1, "name": "1", "path": "1_Dense", "type": "sentence_transformers.base.modules.dense.Dense"}]
        """, to: "modules.json")
    })
    #expect(pooled.contains("modules.json") && pooled.contains("a Dense module"))
    let headless = try await error(
      { try $0.replace("BertForSequenceClassification", with: "BertModel", in: "config.json") }, of: "plain")
    #expect(headless.contains("config.json") && headless.contains("\"BertModel\""))
    let task = try await error({
      try $0.replace("\"sequence-classification\"", with: "\"text-generation\"", in: "sentence_bert_config.json")
    })
    #expect(task.contains("sentence_bert_config.json") && task.contains("\"text-generation\""))
    await #expect(throws: EmbeddingError.self) { try await CrossEncoder(.bundled) }
    let embedder = await #expect(throws: EmbeddingError.self) {
      try await Embedder(contentsOf: CrossEncoderFixture("bert-sigmoid").folder)
    }
    #expect(embedder?.message.contains("rerank") == true)
  }

  /// A file, a piece of it, what stands in its place, and what the error says.
  private static let unpooled = [
    ("2_Dense/config.json", "\"scores\"", "\"sentence_embedding\"", "only scores"),
    ("2_Dense/config.json", "\"in_features\": 20", "\"in_features\": 21", "in_features"),
    ("1_Pooling/config.json", "\"include_prompt\": true", "\"include_prompt\": false", "include_prompt"),
    ("1_Pooling/config.json", "\"mean\"", "\"median\"", "median"),
    (
      "modules.json", "base.modules.dense.Dense", "sentence_transformer.modules.normalize.Normalize",
      "a Dense that gives"
    ),
    ("sentence_bert_config.json", "feature-extraction", "fill-mask", "fill-mask"),
  ]

  @Test("modules that make no scores of a pooled state are named", arguments: unpooled)
  func pooled(_ file: String, _ old: String, _ new: String, _ message: String) async throws {
    let found = try await error({ try $0.replace(old, with: new, in: file) }, of: "pooled-t5")
    #expect(found.contains(message), "\(found)")
  }

  @Test("a prompt that the model lacks is named, \"query\" like any other", arguments: ["query", "passage"])
  func prompts(_ name: String) async throws {
    var configuration = CrossEncoderConfiguration()
    configuration.prompt = .named(name)
    for fixture in ["prompts", "bert-sigmoid"] {
      let model = try await CrossEncoder(
        contentsOf: CrossEncoderFixture(fixture).folder, configuration: configuration)
      let error = await #expect(throws: EmbeddingError.self) { try await model.predict([("a", "b")]) }
      #expect(error?.description.contains("\"\(name)\"") == true)
    }
  }

  @Test("weights that give no number are named")
  func notANumber() async throws {
    let folder = try ModelCopy(copying: CrossEncoderFixture("bert-identity").folder)
    var bytes = Array(try Data(contentsOf: folder.file("model.safetensors")))
    bytes.replaceSubrange((bytes.count - 400)..., with: repeatElement(0xFF, count: 400))
    try folder.write(Data(bytes), to: "model.safetensors")
    let model = try await CrossEncoder(contentsOf: folder.url)
    let error = await #expect(throws: EmbeddingError.self) { try await model.predict([("a", "b")]) }
    #expect(error?.code == .malformed && error?.subject.contains("model.safetensors: tensor") == true)
  }
}
