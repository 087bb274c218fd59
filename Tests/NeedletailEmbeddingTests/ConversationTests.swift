import NeedletailEmbedding
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Scores and vectors of folders with chat templates are in `CrossEncoderTests` and `GoldenVectorsTests`.
@Suite("Conversations")
struct ConversationTests {
  private static let pair = CrossEncoderFixture.root.appending(path: "chat-qwen3")
  private static let text = EmbeddingFixture.root.appending(path: "chat-flat")

  private func scorer(_ change: (ModelCopy) throws -> Void) async throws -> String {
    let folder = try ModelCopy(copying: Self.pair)
    try change(folder)
    do {
      _ = try await CrossEncoder(contentsOf: folder.url)
      return ""
    } catch { return "\(error)" }
  }

  @Test(
    "a template that cannot be used is refused with its place",
    arguments: [
      ("", "does not write what the role \"query\" says"),
      ("{% for m in messages if m.role == 'query' %}{{ m.content }}{% endfor %}", "the role \"document\""),
      ("a\n{{ raise_exception('no') }}", "chat_template.jinja:2:19: the chat template refuses: no"),
      ("{{ messages[0].content.a.b }}", "chat_template.jinja:1:25: the chat template: "),
      ("{% if %}", "chat_template.jinja:1:7: the chat template: "),
      ("{% include 'other' %}", "\"include\" is not supported"),
      ("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}", "steps"),
    ])
  func template(_ template: String, _ message: String) async throws {
    let found = try await scorer { try $0.write(template, to: "chat_template.jinja") }
    #expect(found.contains(message), "\(found)")
  }

  @Test("a folder that speaks of messages needs a template")
  func missing() async throws {
    let found = try await scorer { try $0.remove("chat_template.jinja") }
    #expect(found.contains("tokenizer_config.json") && found.contains("no chat template"))
    let unnamed = try await scorer {
      try $0.remove("chat_template.jinja")
      try $0.write("{{ messages }}", to: "additional_chat_templates/other.jinja")
    }
    #expect(unnamed.contains("\"default\"") && unnamed.contains("other"))
    let wrong = try await scorer { try $0.write(Data([0xFF, 0xFE]), to: "chat_template.jinja") }
    #expect(wrong.contains("chat_template.jinja") && wrong.contains("UTF-8"))
  }

  private static let settings = [
    ("\"format\": \"flat\"", "\"format\": \"oblique\"", "\"oblique\""),
    ("\"method\": \"forward\"", "\"method\": \"backward\"", "\"backward\""),
  ]

  @Test("other forms of messages are refused", arguments: settings)
  func form(_ old: String, _ new: String, _ message: String) async throws {
    let found = try await scorer { try $0.replace(old, with: new, in: "sentence_bert_config.json") }
    #expect(found.contains("sentence_bert_config.json") && found.contains(message), "\(found)")
  }

  @Test(
    "settings of the processing that would change a score are refused by their names",
    arguments: [
      ("text", "\"max_length\": 5", "max_length"), ("text", "\"truncation\": false", "truncation"),
      ("common", "\"padding_side\": \"right\"", "padding_side"),
      ("text", "\"add_special_tokens\": true", "add_special_tokens"),
      ("chat_template", "\"max_length\": 5", "max_length"),
      ("chat_template", "\"truncation\": \"only_first\"", "truncation"),
      ("chat_template", "\"sanitize_control_tokens\": true", "sanitize_control_tokens"),
      ("chat_template", "\"add_generation_prompt\": \"yes\"", "add_generation_prompt"),
      ("chat_template", "\"continue_final_message\": \"zz\"", "\"zz\""),
      ("chat_template", "\"continue_final_message\": true, \"add_generation_prompt\": true", "exclude"),
      ("chat_template", "\"chat_template\": \"{% nope %}\"", "nope"),
    ])
  func processing(_ part: String, _ setting: String, _ word: String) async throws {
    let found = try await scorer {
      try $0.replace(
        "\"transformer_task\"", with: "\"processing_kwargs\": {\"\(part)\": {\(setting)}}, \"transformer_task\"",
        in: "sentence_bert_config.json")
    }
    #expect(found.contains(word), "\(found)")
  }

  @Test("settings that change nothing are taken, and variables reach the template")
  func variables() async throws {
    let pairs = try CrossEncoderFixture.pairs()
    let folder = try ModelCopy(copying: Self.pair)
    let before = try await CrossEncoder(contentsOf: folder.url).predict(pairs)
    try folder.replace(
      "\"transformer_task\"",
      with: """
        "processing_kwargs": {"text": {"padding": "max_length", "truncation": true, "logits_to_keep": 0}, "image": {"x": 1},
        "chat_template": {"padding": true, "sanitize_control_tokens": false, "unused": [1, null]}}, "transformer_task"
        """, in: "sentence_bert_config.json")
    #expect(try await CrossEncoder(contentsOf: folder.url).predict(pairs) == before)
    try folder.replace("\"unused\"", with: "\"sep_token\": \"tower\", \"unused\"", in: "sentence_bert_config.json")
    #expect(try await CrossEncoder(contentsOf: folder.url).predict(pairs) != before)
  }

  @Test("a limit of the caller cuts a conversation as the folder's own does")
  func limit() async throws {
    let pairs = try CrossEncoderFixture.pairs()
    let folder = try ModelCopy(copying: CrossEncoderFixture.root.appending(path: "chat-llama-parts"))
    let own = try await CrossEncoder(contentsOf: folder.url).predict(pairs)
    try folder.replace("\"model_max_length\": 21", with: "\"model_max_length\": 44", in: "tokenizer_config.json")
    #expect(try await CrossEncoder(contentsOf: folder.url).predict(pairs) != own)
    var configuration = CrossEncoderConfiguration()
    configuration.maximumLength = 21
    #expect(try await CrossEncoder(contentsOf: folder.url, configuration: configuration).predict(pairs) == own)
  }

  @Test("tokens are counted with those of the template")
  func counts() async throws {
    let embedder = try await Embedder(contentsOf: Self.text)
    for role in TextRole.allCases {
      let counts = try await embedder.tokenCounts(["", "a", "the swift"], as: role)
      let states = try await embedder.tokenStates(["", "a", "the swift"], as: role)
      #expect(counts == states.map { $0[0].rows })
      #expect(counts == [counts[0], counts[0] + 1, counts[0] + 2] && counts[0] >= 5)
    }
    let counts = [try await embedder.tokenCounts(["a"]), try await embedder.tokenCounts(["a"], as: .document)]
    #expect(counts[0] != counts[1])
  }

  @Test(
    "sparse and multi-vector models, whose texts are no conversations here, are refused",
    arguments: ["Sparse/splade-max", "MultiVector/attended"])
  func others(_ name: String) async throws {
    let folder = try ModelCopy(copying: EmbeddingFixture.root.appending(path: name))
    try folder.replace(
      "\"modality_config\": {", with: "\"modality_config\": {\"message\": {},", in: "sentence_bert_config.json")
    let error = await #expect(throws: EmbeddingError.self) {
      if name.hasPrefix("Sparse") {
        _ = try await SparseEmbedder(.folder(folder.url))
      } else {
        _ = try await MultiVectorEmbedder(.folder(folder.url))
      }
    }
    #expect(error?.code == .unsupported && error?.message.contains("chat template") == true)
  }
}
