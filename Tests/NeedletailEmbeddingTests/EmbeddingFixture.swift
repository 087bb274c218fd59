import NeedletailEmbedding
import NeedletailJSON
import NeedletailTensor
import NeedletailTestSupport

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A little model folder and the vectors that sentence-transformers 6.2.0 computes with it
/// (`Tools/reference/embedding_fixtures.py`).
struct EmbeddingFixture: Sendable {
  static let root = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests/Fixtures")

  /// The folders that have expected vectors, sorted.
  static let names: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    return names.filter { $0.hasSuffix(".json") && $0 != "texts.json" }.map { String($0.dropLast(5)) }.sorted()
  }()

  /// One way to call the model.
  struct Case: Sendable {
    let index: Int
    let name: String
    let texts: [String]
    let role: TextRole
    let prompt: PromptChoice
    let dimensions: Int?
    /// Whether the reference was asked to normalise what the model leaves as it is.
    let normalizes: Bool
  }

  let name: String
  let dimension: Int
  /// `nil` where nothing limits a text.
  let maximumLength: Int?
  let cases: [Case]

  var folder: URL { Self.root.appending(path: name) }

  init(_ name: String) throws {
    self.name = name
    let json = try Self.json("\(name).json")
    dimension = try json.integer("dimension")
    maximumLength = json.optional("max_seq_length")?.integer
    let texts = try Self.texts()
    cases = try json.value("cases").elements.enumerated().map { index, json in
      var prompt = PromptChoice.role
      if let name = json.optional("prompt_name")?.string { prompt = .named(name) }
      if let text = json.optional("prompt")?.string { prompt = .text(text) }
      return Case(
        index: index, name: try json.string("name"),
        texts: json.optional("texts")?.elements.compactMap(\.string) ?? texts,
        role: try Self.role(json.string("method", default: "encode")), prompt: prompt,
        dimensions: json.optional("truncate_dim")?.integer, normalizes: try json.boolean("normalize", default: false))
    }
  }

  private static func role(_ method: String) -> TextRole {
    switch method {
    case "encode_query": .query
    case "encode_document": .document
    default: .plain
    }
  }

  /// The texts of every case that has none of its own.
  static func texts() throws -> [String] { try json("texts.json").value("texts").elements.compactMap(\.string) }

  static func json(_ path: String) throws -> JSON {
    let file = root.appending(path: path)
    return try JSONDocument(parsing: Array(Data(contentsOf: file)), subject: file.path).root
  }

  /// The model with the settings of a case.
  func embedder(_ settings: Case? = nil, kernels: Kernels? = nil, threads: Int = 2) async throws -> Embedder {
    var configuration = EmbedderConfiguration()
    configuration.kernels = kernels
    configuration.prompt = settings?.prompt ?? .role
    configuration.dimensions = settings?.dimensions
    return try await Embedder(.folder(folder), configuration: configuration, team: ComputeTeam(threads: threads))
  }

  /// A tensor of the expected values.
  func expected(_ tensor: String, kernels: Kernels) throws -> Matrix {
    let tensor = try TensorStore(folder: Self.root, name: name).floats(tensor, shape: [nil, nil], kernels: kernels)
    return Matrix(rows: tensor.shape[0], columns: tensor.shape[1], values: tensor.values)
  }
}
