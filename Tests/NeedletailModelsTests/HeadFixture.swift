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

/// A small random model with a head, and the outputs that transformers 5.23.0 computes with it in float32
/// (`Tools/reference/head_fixtures.py`).
struct HeadFixture: Sendable {
  static let root = ModelFixture.folder.appending(path: "heads")

  static let names: [String] = {
    ((try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []).filter { !$0.contains(".") }.sorted()
  }()

  /// The folder as the tests of encoders read it.
  static func model(_ name: String) -> ModelFixture { ModelFixture("heads/\(name)") }

  let model: ModelFixture
  let task: HeadTask
  let labels: [String]
  let problemType: ProblemType?

  init(_ name: String) throws {
    model = Self.model(name)
    let json = try ModelFixture.json(model.folder.appending(path: "cases.json"))
    let tasks: [String: HeadTask] = [
      "sequence": .sequenceClassification, "token": .tokenClassification, "question": .questionAnswering,
      "discriminator": .replacedTokens, "pooler": .pooling,
    ]
    guard let task = tasks[try json.string("task")] else { throw json.error(.outOfRange, "an unknown task") }
    self.task = task
    labels = try json.value("labels").elements.compactMap(\.string)
    problemType = json.optional("problem_type")?.string.flatMap(ProblemType.init(rawValue:))
  }

  /// The configuration, perhaps with a piece of the file replaced.
  func configuration(
    task: HeadTask? = nil, replacing old: String = "", with new: String = ""
  ) throws -> HeadConfiguration {
    let file = model.folder.appending(path: "config.json")
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    let changed = old.isEmpty ? text : text.replacing(old, with: new)
    guard old.isEmpty || changed != text else { throw CocoaError(.fileReadCorruptFile) }
    let json = try JSONDocument(parsing: changed, subject: file.path).root
    let encoder = try TransformerConfiguration(json, subject: file.path)
    return try HeadConfiguration(json, of: encoder, task: task, subject: file.path)
  }

  func head(_ kernels: Kernels) throws -> TransformerHead {
    try TransformerHead(configuration: configuration(), store: TensorStore(folder: model.folder), kernels: kernels)
  }

  /// The outputs of one case, `[rows, outputs]`.
  func outputs(_ text: Int, shape: [Int], kernels: Kernels) throws -> [Float] {
    try TensorStore(folder: model.folder, name: "golden").floats("outputs.\(text)", shape: shape, kernels: kernels)
      .values
  }
}
