import NeedletailEmbedding
import NeedletailHub
import NeedletailTensor
import NeedletailTestSupport
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("The report on a model folder")
struct ModelReportTests {
  private static let models = SharedData.repository.appending(path: "Tests/NeedletailModelsTests/Fixtures")

  @Test("agrees with the model that loads", arguments: EmbeddingFixture.names)
  func agrees(_ name: String) async throws {
    let fixture = try EmbeddingFixture(name)
    let report = try await ModelReport(of: fixture.folder)
    let embedder = try await fixture.embedder()
    #expect(report.refusal == nil && report.warning == embedder.warning)
    #expect(report.dimension == embedder.dimension && report.normalizes == embedder.normalizes)
    #expect(report.maximumLength == embedder.maximumLength)
    #expect(report.activeParameters == report.parameters)
    #expect(report.memory.map(\.precision) == Precision.allCases)
    let ignored = try #require(report.ignored)
    // What the fixtures hold beside the model is the pooler of BERT, and CLIP's tower for pictures.
    let unused = ["pooler.", "vision_model.", "visual_projection.", "logit_scale"]
    #expect(ignored.tensors.allSatisfy { tensor in unused.contains(where: tensor.name.hasPrefix) })
    // Dropout does nothing, whatever its settings.
    #expect(
      ignored.files.allSatisfy { [".md", ".txt"].contains(where: $0.path.hasSuffix) || $0.path.contains("Dropout") })
    #expect(!ignored.files.contains { $0.path == "modules.json" || $0.path.hasSuffix("model.safetensors") })
  }

  @Test("names what has no effect: keys, files and tensors")
  func ignored() async throws {
    let folder = try ModelCopy(copying: EmbeddingFixture.root.appending(path: "layout-3"))
    try folder.write("x", to: "onnx/model.onnx")
    try folder.write("x", to: "pytorch_model.bin")
    try folder.replace("\"hidden_size\"", with: "\"made_up\": {\"a\": 1, \"b\": 2}, \"hidden_size\"", in: "config.json")
    try folder.replace("\"word_embedding", with: "\"idle\": 1, \"word_embedding", in: "1_Pooling/config.json")
    try folder.write(
      "---\r\nlanguage: en\r\nlicense:\r\n  - \"mit\"  \r\n- apache-2.0 # both\r\n---\r\n# Text\nlicense: other\n",
      to: "README.md")
    let report = try await ModelReport(of: folder.url)
    let ignored = try #require(report.ignored)
    #expect(report.refusal == nil && report.licenses == ["mit", "apache-2.0"])
    #expect(Set(ignored.files.map(\.path)).isSuperset(of: ["onnx/model.onnx", "pytorch_model.bin", "README.md"]))
    let keys = Dictionary(uniqueKeysWithValues: ignored.keys.map { ($0.file, $0.keys) })
    #expect(keys["config.json"]?.contains("made_up") == true)
    #expect(keys["config.json"]?.contains("hidden_size") == false)
    #expect(keys["1_Pooling/config.json"]?.contains("idle") == true)
    #expect(keys["modules.json"]?.contains("type") != true && keys["modules.json"]?.contains("idx") == true)
    #expect(report.heads.map(\.kind) == [.pooler] && report.heads.map(\.parameters) == [24 * 24 + 24])
  }

  @Test(
    "reads the licence of the front matter and nothing else",
    arguments: [
      ("---\nlicense: apache-2.0\n---\n", ["apache-2.0"]), ("license: mit\n", []),
      ("---\nlicense: [mit, 'gpl']\n", ["mit", "gpl"]),
      ("---\nlicense: other\nlicense_name: \"my own\" # x\n---", ["my own"]), ("---\nlicense: other\n---", ["other"]),
      ("---\n  license: mit\n---\n", []), ("---\nlicense: |\n  mit\n---\n", []), ("---\n---\nlicense: mit\n", []),
      ("\u{FEFF}---\nlicense: m\u{1B}[2Jit\n---\n", ["m[2Jit"]), ("", []), ("---", []), ("---\nlicense:", []),
    ] as [(String, [String])])
  func license(_ text: String, _ expected: [String]) async throws {
    let folder = try ModelCopy(copying: EmbeddingFixture.root.appending(path: "pooling-cls"))
    try folder.write(text, to: "README.md")
    #expect(try await ModelReport(of: folder.url).licenses == expected)
  }

  @Test("does not wait for a pipe, and reads the start of a large card only")
  func hostileCards() async throws {
    let folder = try ModelCopy(copying: EmbeddingFixture.root.appending(path: "pooling-cls"))
    try? folder.remove("README.md")
    try folder.pipe("README.md")
    #expect(try await ModelReport(of: folder.url).licenses.isEmpty)
    try folder.remove("README.md")
    try folder.write("---\nlicense: \(String(repeating: "x", count: 1000))\n---\n", to: "README.md")
    try folder.lengthen("README.md", to: 1 << 36)
    #expect(try await ModelReport(of: folder.url).licenses == [String(repeating: "x", count: 100)])
  }

  @Test("says why a model does not load, and what its files tell all the same")
  func refused() async throws {
    for name in ["refused-model-type", "refused-decoder", "refused-activation"] {
      let report = try await ModelReport(of: Self.models.appending(path: name))
      #expect(report.refusal?.contains("config.json") == true && report.refusal?.contains("support") == true)
      #expect(report.parameters > 1000 && report.dimension == 20 && report.layers == 1)
      #expect(report.memory.isEmpty && report.ignored == nil && report.activeParameters == nil)
      #expect(report.heads.map(\.kind) == [.pooler])
    }
    #expect(try await ModelReport(of: Self.models.appending(path: "refused-model-type")).family == "nezha")
  }

  /// The fixtures of models have no tokenizer of their own.
  private static func withTokenizer(_ name: String) throws -> ModelCopy {
    let folder = try ModelCopy(copying: models.appending(path: name))
    // Of so few tokens that every fixture has a row for each.
    try folder.write(
      #"""
      {"version": "1.0", "added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "Whitespace"},
       "post_processor": null, "decoder": null, "truncation": null, "padding": null,
       "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1}, "unk_token": "[UNK]"}}
      """#, to: "tokenizer.json")
    try folder.write(#"{"tokenizer_class": "PreTrainedTokenizerFast"}"#, to: "tokenizer_config.json")
    return folder
  }

  @Test("counts layers that share their weights as often as they are passed")
  func shared() async throws {
    let albert = try Self.withTokenizer("albert")
    let one = try await ModelReport(of: albert.url)
    #expect(one.refusal == nil && one.family == "ALBERT")
    let (hidden, wide) = (36, 52)
    // Four products of attention, two of the feed-forward block, two normalisations.
    let layer = 4 * (hidden * hidden + hidden) + 2 * hidden * wide + wide + hidden + 4 * hidden
    #expect(one.activeParameters == one.parameters + 3 * layer)
    let groups = try Self.withTokenizer("albert-two-groups")
    let two = try await ModelReport(of: groups.url)
    withExtendedLifetime((albert, groups)) {}
    #expect(two.activeParameters == two.parameters + 2 * layer)
  }

  @Test(
    "finds the heads of a checkpoint",
    arguments: [
      ("bert-for-pretraining", [ModelHead.Kind.pooler, .maskedLanguageModel, .nextSentence]),
      ("bert-for-masked-lm", [.maskedLanguageModel]), ("bert-no-pooler", []),
      ("bert-for-classification", [.pooler, .classifier]),
      ("roberta-for-masked-lm", [.maskedLanguageModel]), ("distilbert-for-masked-lm", [.maskedLanguageModel]),
      ("mpnet-for-masked-lm", [.maskedLanguageModel]), ("albert-for-masked-lm", [.maskedLanguageModel]),
      ("electra-for-pretraining", [.replacedTokens]), ("modernbert-with-biases", [.maskedLanguageModel]),
      ("gte-without-segments", [.maskedLanguageModel]), ("eurobert-for-masked-lm", [.maskedLanguageModel]),
      ("deberta-v2-own-head", [.maskedLanguageModel]), ("norbert3", [.maskedLanguageModel]),
      ("heads/ltg-bert-question", [.questionAnswering]),
      ("t5-with-decoder", [.languageModel]), ("heads/t5-sequence-3", [.classifier]),
    ])
  func heads(_ name: String, _ kinds: [ModelHead.Kind]) async throws {
    let folder = try Self.withTokenizer(name)
    try folder.replace(
      "\"architectures\"", with: #""id2label": {"10": "c", "1": "b", "0": "a"}, "architectures""#, in: "config.json")
    let report = try await ModelReport(of: folder.url)
    withExtendedLifetime(folder) {}
    #expect(report.refusal == nil)
    #expect(report.heads.map(\.kind) == kinds)
    let tensors =
      report.ignored?.tensors.filter {
        !$0.name.hasSuffix("position_ids") && !$0.name.hasSuffix("position_indices")
      } ?? []
    #expect(report.heads.reduce(0) { $0 + $1.parameters } == tensors.reduce(0) { $0 + $1.parameters })
    if name == "bert-for-classification" {
      #expect(report.heads.last?.labels == ["a", "b", "c"])
    }
  }

  @Test("names a family that model_type does not", arguments: ["norbert3", "ltg-bert", "hplt-bert"])
  func unnamed(_ name: String) async throws {
    let folder = try Self.withTokenizer(name)
    let report = try await ModelReport(of: folder.url)
    withExtendedLifetime(folder) {}
    #expect(report.family == "LTG-BERT" && report.kind == .transformer && report.contextLength == 60)
  }

  @Test("knows the bundled model")
  func bundled() async throws {
    let report = try ModelReport.bundled()
    let embedder = try await Embedder(.bundled)
    #expect(report.dimension == embedder.dimension && report.normalizes == true && report.folder == nil)
    #expect(report.parametersByType["I8"] == embedder.tokenizer.vocabularySize * embedder.dimension)
  }
}
