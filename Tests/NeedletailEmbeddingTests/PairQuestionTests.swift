import NeedletailEmbedding
import NeedletailModels
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What encoder-decoders are asked; their scores are in ``CrossEncoderTests``.
@Suite("Questions about pairs")
struct PairQuestionTests {
  private func error(
    _ name: String = "asked-t5", _ question: PairQuestion? = nil, limit: Int? = nil,
    _ change: (ModelCopy) throws -> Void = { _ in }
  ) async throws -> String {
    let folder = try ModelCopy(copying: CrossEncoderFixture(name).folder)
    try change(folder)
    var configuration = CrossEncoderConfiguration()
    configuration.question = question
    configuration.maximumLength = limit
    do {
      _ = try await CrossEncoder(contentsOf: folder.url, configuration: configuration)
      return ""
    } catch { return "\(error)" }
  }

  @Test("what is assumed about T5 and mT5 is said")
  func assumed() async throws {
    let t5 = try await CrossEncoderFixture("asked-t5").model()
    #expect(t5.warning?.contains("Query: {query} Document: {document} Relevant:") == true)
    #expect(t5.warning?.contains("true or false") == true)
    let mt5 = try await CrossEncoderFixture("asked-mt5").model()
    #expect(mt5.warning?.contains("yes or no") == true)
    #expect(try await CrossEncoderFixture("t5-classifier").model().warning == nil)
    var configuration = CrossEncoderConfiguration()
    configuration.question = .monoT5
    let folder = try CrossEncoderFixture("asked-t5").folder
    let told = try await CrossEncoder(contentsOf: folder, configuration: configuration)
    #expect(told.warning == nil)
    let pairs = try CrossEncoderFixture.pairs()
    #expect(try await told.predict(pairs) == t5.predict(pairs))
  }

  @Test("the known questions are those of the fixtures")
  func known() async throws {
    let fixture = try CrossEncoderFixture("asked-t5-gated")
    #expect(fixture.cases.compactMap(\.configuration.question) == [.rankT5])
    #expect(PairQuestion.monoMT5 == PairQuestion(PairQuestion.monoT5.template, yes: "yes", no: "no"))
  }

  @Test(
    "a template needs a place for each text",
    arguments: [
      "", "Query: {query}", "{document} {query}", "{query} {document} {query}", "{query} {document} {document}",
    ])
  func template(_ template: String) async throws {
    let found = try await error("asked-t5", PairQuestion(template, yes: "true"))
    #expect(found.contains("{query} and, after it, {document}"), "\(found)")
  }

  @Test("an answer that is no token is named")
  func answer() async throws {
    for question in [
      PairQuestion(PairQuestion.monoT5.template, yes: "falsetto", no: "false"),
      PairQuestion(PairQuestion.monoT5.template, yes: "true", no: "falsetto"),
    ] {
      let found = try await error("asked-t5", question)
      #expect(found.contains("\"falsetto\"") && found.contains("\"▁falsetto\""), "\(found)")
    }
  }

  @Test("only encoder-decoders are asked", arguments: ["bert-sigmoid", "answers-qwen3", "t5-classifier"])
  func others(_ name: String) async throws {
    #expect(try await error(name, .monoT5).contains("no encoder-decoder"))
  }

  @Test("the end of a question stays, so that a limit must leave room before it")
  func limits() async throws {
    // "▁Relevant", ":" and "</s>".
    #expect(try await error(limit: 3).contains("ends with 3 tokens"))
    #expect(try await error(limit: 4) == "")
    var configuration = CrossEncoderConfiguration()
    configuration.maximumLength = 12
    let folder = try CrossEncoderFixture("asked-t5").folder
    let model = try await CrossEncoder(contentsOf: folder, configuration: configuration)
    // Nine tokens, with the three that end the question.
    let short = try await model.predict([("swift", "bird near the river")])
    let long = try await model.predict([("swift", "bird near the river" + String(repeating: " fast", count: 50))])
    let other = try await model.predict([("swift", "bird near the sea" + String(repeating: " fast", count: 50))])
    #expect(long.values == short.values && long.values != other.values)
  }

  @Test("what would change a question's score is refused by name")
  func refused() async throws {
    let side = try await error {
      try $0.replace("\"eos_token\"", with: "\"truncation_side\": \"left\", \"eos_token\"", in: "tokenizer_config.json")
    }
    #expect(side.contains("truncation_side"))
    let start = try await error {
      try $0.replace("\"decoder_start_token_id\": 0", with: "\"decoder_start_token_id\": 9999", in: "config.json")
    }
    #expect(start.contains("decoder_start_token_id"))
    let family = try await error("plain") {
      try $0.replace("BertForSequenceClassification", with: "BertForConditionalGeneration", in: "config.json")
    }
    #expect(family.contains("bert") && family.contains("only t5 and mt5"), "\(family)")
    let buckets = try await error("t5-classifier") {
      try $0.replace(
        "\"relative_attention_max_distance\": 30", with: "\"relative_attention_max_distance\": 6", in: "config.json")
    }
    #expect(buckets.contains("relative_attention_max_distance"))
  }

  @Test("a classifier on T5 needs the token that ends a text")
  func unended() async throws {
    let folder = try ModelCopy(copying: CrossEncoderFixture("t5-classifier").folder)
    try folder.replace("\"eos_token_id\": 1", with: "\"eos_token_id\": 77777", in: "config.json")
    let model = try await CrossEncoder(contentsOf: folder.url)
    let error = await #expect(throws: ModelError.self) { try await model.predict([("a", "b")]) }
    #expect(error?.code == .input && error?.description.contains("77777") == true)
  }
}
