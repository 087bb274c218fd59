import NeedletailJSON
import NeedletailModels
import NeedletailTensor
import NeedletailTestSupport
import NeedletailTokenizers

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A small random model and the states that transformers 5.23.0 computes for it in float32
/// (`Tools/reference/model_fixtures.py`).
struct ModelFixture: Sendable {
  private static let committed = SharedData.repository.appending(path: "Tests/NeedletailModelsTests/Fixtures")

  /// Those that are tested: the committed ones, or others in their layout (`make seeded-models`).
  static let folder = others ?? committed
  static let others = ProcessInfo.processInfo.environment["NEEDLETAIL_MODEL_FIXTURES"].map { URL(filePath: $0) }

  /// The folders that hold a model, sorted.
  static let names: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { !$0.contains(".") && $0 != "heads" }.sorted()
  }()

  /// Folders with expected states.
  static let supported = names.filter { !$0.hasPrefix("refused-") }
  /// Folders that must not be read.
  static let refused = names.filter { $0.hasPrefix("refused-") }

  let folder: URL

  init(_ name: String) {
    let other = Self.folder.appending(path: name)
    folder =
      FileManager.default.fileExists(atPath: other.path) ? other : Self.committed.appending(path: name)
  }

  static func json(_ file: URL) throws -> JSON {
    try JSONDocument(parsing: Array(Data(contentsOf: file)), subject: file.path).root
  }

  func configuration() throws -> TransformerConfiguration {
    let file = folder.appending(path: "config.json")
    return try TransformerConfiguration(Self.json(file), subject: file.path)
  }

  func encoder(_ kernels: Kernels, precision: Precision = .float32) async throws -> Transformer {
    try await Transformer(
      configuration: configuration(), store: TensorStore(folder: folder), kernels: kernels, precision: precision,
      team: ComputeTeam(threads: 2))
  }

  /// The cases, one text each.
  func texts() throws -> PackedTokens {
    var tokens = PackedTokens()
    for text in try Self.json(folder.appending(path: "cases.json")).value("cases").elements {
      let ids = try text.value("ids").elements.compactMap { $0.integer.map(Int32.init) }
      let types = text.optional("type_ids")?.elements.compactMap { $0.integer.map(Int32.init) }
      tokens.append(ids: ids, typeIDs: types)
    }
    return tokens
  }

  /// The states of one case after the embeddings and each layer, `[layers + 1, tokens, hidden]`.
  func states(_ text: Int, shape: [Int], kernels: Kernels) throws -> [Float] {
    try TensorStore(folder: folder, name: "golden").floats("layers.\(text)", shape: shape, kernels: kernels).values
  }
}
