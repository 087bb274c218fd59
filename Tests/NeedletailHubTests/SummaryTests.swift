import NeedletailHub
import NeedletailJSON
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("The summary of a model folder")
struct SummaryTests {
  private static let fixtures = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests/Fixtures")

  static let names: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: fixtures.path)) ?? []
    return names.filter { $0.hasSuffix(".json") && $0 != "texts.json" }.map { String($0.dropLast(5)) }.sorted()
  }()

  @Test("has the dimensions and the limit that sentence-transformers 6.2.0 gives the folder", arguments: names)
  func likeTheReference(_ name: String) throws {
    let bytes = [UInt8](try Data(contentsOf: Self.fixtures.appending(path: "\(name).json")))
    let expected = try JSONDocument(parsing: bytes, subject: name).root
    let summary = try ModelSummary(of: Self.fixtures.appending(path: name))
    #expect(summary.dimensions == (try expected.integer("dimension")))
    // The reference does not tell the limit inside a static model's tokenizer.json, but cuts there.
    let limit = name == "static-truncation" ? 6 : expected.optional("max_seq_length")?.integer
    #expect(summary.maximumLength == limit)
  }

  private let folder: TemporaryFolder
  private var url: URL { URL(filePath: folder.path) }

  init() throws { folder = try TemporaryFolder() }

  private func write(_ config: String, pooling: String) throws {
    try folder.write("config.json", config)
    try folder.write("1_Pooling/config.json", pooling)
    try folder.write(
      "modules.json",
      #"""
      [{"path": "", "type": "sentence_transformers.models.Transformer"},
       {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
      """#)
  }

  @Test(
    "puts the results of several ways of pooling side by side",
    arguments: [
      (#"{"embedding_dimension": 32, "pooling_mode": ["cls", "mean"]}"#, ["cls", "mean"], 64),
      (#"{"embedding_dimension": 32, "pooling_mode": "max"}"#, ["max"], 32),
      (
        #"{"word_embedding_dimension": 32, "pooling_mode_mean_sqrt_len_tokens": true}"#, ["mean_sqrt_len_tokens"], 32
      ),
      (#"{"word_embedding_dimension": 32}"#, ["mean"], 32),
    ])
  func pooling(_ config: String, _ modes: [String], _ dimensions: Int) throws {
    try write(#"{"model_type": "bert", "hidden_size": 32}"#, pooling: config)
    let summary = try ModelSummary(of: url)
    #expect(summary.pooling == modes && summary.dimensions == dimensions)
  }

  @Test("lets the processor's limit win, and takes off the positions that RoBERTa leaves out")
  func limits() throws {
    let pooling = #"{"embedding_dimension": 32, "pooling_mode": "mean"}"#
    try write(#"{"model_type": "roberta", "max_position_embeddings": 514}"#, pooling: pooling)
    #expect(try ModelSummary(of: url).maximumLength == 512)
    try write(#"{"model_type": "mpnet", "max_position_embeddings": 20, "pad_token_id": 3}"#, pooling: pooling)
    #expect(try ModelSummary(of: url).maximumLength == 16)
    try folder.write("tokenizer_config.json", #"{"model_max_length": 14}"#)
    #expect(try ModelSummary(of: url).maximumLength == 14)
    try folder.write("sentence_bert_config.json", #"{"max_seq_length": 12}"#)
    #expect(try ModelSummary(of: url).maximumLength == 12)
    try folder.write(
      "sentence_bert_config.json", #"{"max_seq_length": 12, "processor_kwargs": {"model_max_length": 13}}"#)
    #expect(try ModelSummary(of: url).maximumLength == 13)
  }

  @Test("is an error for a folder that is no model")
  func noModel() throws {
    try folder.write("notes.txt", "text")
    let error = #expect(throws: HubError.self) { try ModelSummary(of: url) }
    #expect(error?.code == .badFolder && error?.message.contains("is it a model folder?") == true)
  }

  @Test("does not wait for a pipe", .timeLimit(.minutes(5)))
  func pipe() throws {
    try folder.pipe("config.json")
    let error = #expect(throws: HubError.self) { try ModelSummary(of: url) }
    #expect(error?.message == "is not a regular file")
  }
}
