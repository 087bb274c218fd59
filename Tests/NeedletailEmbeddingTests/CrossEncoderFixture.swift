import NeedletailEmbedding
import NeedletailJSON
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A little cross-encoder's folder and the scores that sentence-transformers 6.2.0 computes with it
/// (`Tools/reference/cross_encoder_fixtures.py`).
struct CrossEncoderFixture: Sendable {
  static let root = EmbeddingFixture.root.appending(path: "cross-encoders")

  /// The folders that have expected scores, sorted.
  static let names: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    return names.filter { $0.hasSuffix(".json") && $0 != "pairs.json" }.map { String($0.dropLast(5)) }.sorted()
  }()

  /// One way to call the model.
  struct Case: Sendable {
    let index: Int
    let name: String
    let configuration: CrossEncoderConfiguration
  }

  let name: String
  let labels: [String]
  let maximumLength: Int
  let cases: [Case]
  /// A query, and the places of all pairs' second texts from the best to the worst.
  let ranking: (query: String, order: [Int])?

  var folder: URL { Self.root.appending(path: name) }

  init(_ name: String) throws {
    self.name = name
    let json = try EmbeddingFixture.json("cross-encoders/\(name).json")
    labels = try json.value("labels").elements.compactMap(\.string)
    maximumLength = try json.integer("max_seq_length")
    cases = try json.value("cases").elements.enumerated().map { index, json in
      var configuration = CrossEncoderConfiguration()
      if let name = json.optional("prompt_name")?.string { configuration.prompt = .named(name) }
      if let text = json.optional("prompt")?.string { configuration.prompt = .text(text) }
      if try json.boolean("softmax", default: false) { configuration.scoreFunction = .softmax }
      if let name = json.optional("function")?.string {
        let function: ScoreFunction = try #require(ScoreFunction(rawValue: name))
        configuration.scoreFunction = function
      }
      configuration.question = try json.optional("question").map { question in
        PairQuestion(
          try question.string("template"), yes: try question.string("yes"), no: question.optional("no")?.string)
      }
      return Case(index: index, name: try json.string("name"), configuration: configuration)
    }
    ranking = try json.optional("ranking").map { json in
      (try json.string("query"), try json.value("order").elements.compactMap(\.integer))
    }
  }

  /// The pairs of every case.
  static func pairs() throws -> [(String, String)] {
    try EmbeddingFixture.json("cross-encoders/pairs.json").value("pairs").elements.compactMap { pair in
      let texts = pair.elements.compactMap(\.string)
      return texts.count == 2 ? (texts[0], texts[1]) : nil
    }
  }

  /// The model with the settings of a case.
  func model(
    _ settings: Case? = nil, kernels: Kernels? = nil, precision: Precision = .float32, threads: Int = 2,
    batchTokens: Int = 1536
  ) async throws -> CrossEncoder {
    var configuration = settings?.configuration ?? CrossEncoderConfiguration()
    configuration.kernels = kernels
    configuration.precision = precision
    configuration.batchTokens = batchTokens
    return try await CrossEncoder(
      contentsOf: folder, configuration: configuration, team: ComputeTeam(threads: threads))
  }

  /// The expected scores of a case, `[pairs, labels]`.
  func expected(_ settings: Case, kernels: Kernels) throws -> Matrix {
    let tensor = try TensorStore(folder: Self.root, name: name).floats(
      "case.\(settings.index)", shape: [nil, nil], kernels: kernels)
    return Matrix(rows: tensor.shape[0], columns: tensor.shape[1], values: tensor.values)
  }
}
