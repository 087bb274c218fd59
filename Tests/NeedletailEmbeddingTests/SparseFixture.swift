import NeedletailEmbedding
import NeedletailJSON
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A little folder of another kind than the dense ones, and what sentence-transformers 6.2.0 computes with it
/// (`Tools/reference/sparse_fixtures.py`).
struct SparseFixture: Sendable {
  /// The folder of all sparse encoders.
  static let sparse = EmbeddingFixture.root.appending(path: "Sparse")

  /// The names of a folder of fixtures, sorted.
  static func names(_ root: URL) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    return names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }

  /// One way to call the model.
  struct Case: Sendable {
    let index: Int
    let name: String
    let role: TextRole
    let prompt: PromptChoice
    let limit: Int?
  }

  let root: URL
  let name: String
  let dimension: Int
  let texts: [String]
  let cases: [Case]
  /// The words of the first case's texts with their weights, the heaviest first; empty where features are no words.
  let words: [[(token: String, weight: Double)]]

  var folder: URL { root.appending(path: name) }

  init(_ root: URL, _ name: String) throws {
    (self.root, self.name) = (root, name)
    let file = root.appending(path: "\(name).json")
    let json = try JSONDocument(parsing: Array(Data(contentsOf: file)), subject: file.path).root
    dimension = try json.integer("dimension")
    texts = try json.value("texts").elements.compactMap(\.string)
    cases = try json.value("cases").elements.enumerated().map { index, json in
      var prompt = PromptChoice.role
      if let name = json.optional("prompt_name")?.string { prompt = .named(name) }
      if let text = json.optional("prompt")?.string { prompt = .text(text) }
      let roles: [String: TextRole] = ["encode_query": .query, "encode_document": .document]
      return Case(
        index: index, name: try json.string("name"),
        role: roles[try json.string("method", default: "encode")] ?? .plain, prompt: prompt,
        limit: json.optional("max_active_dims")?.integer)
    }
    words =
      json.optional("decoded")?.elements.map { text in
        text.elements.compactMap { pair in
          let pair = Array(pair.elements)
          guard pair.count == 2, let token = pair[0].string, let weight = pair[1].double else { return nil }
          return (token, weight)
        }
      } ?? []
  }

  /// The settings of a case.
  func configuration(
    _ settings: Case? = nil, kernels: Kernels? = nil, precision: Precision = .float32
  ) -> EmbedderConfiguration {
    var configuration = EmbedderConfiguration()
    configuration.kernels = kernels
    configuration.precision = precision
    configuration.prompt = settings?.prompt ?? .role
    return configuration
  }

  /// A tensor of the expected values.
  func expected(_ tensor: String) throws -> Matrix {
    let kernels = try Kernels.preferred()
    let tensor = try TensorStore(folder: root, name: name).floats(tensor, shape: [nil, nil], kernels: kernels)
    return Matrix(rows: tensor.shape[0], columns: tensor.shape[1], values: tensor.values)
  }
}
