import NeedletailJSON
import NeedletailModels
import NeedletailTensor
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The names of activations in `config.json` against the functions of transformers 5.23.0, computed in float64.
@Suite("Activations")
struct ActivationTests {
  static let supported = [
    "gelu", "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "quick_gelu", "relu", "silu", "swish", "tanh",
    "sigmoid",
  ]

  /// A configuration of a fixture with another activation.
  private func configuration(_ activation: String) throws -> TransformerConfiguration {
    let file = ModelFixture("bert-relu").folder.appending(path: "config.json")
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    let key = "\"hidden_act\": \""
    let changed = text.replacing(key + "relu\"", with: key + activation + "\"")
    return try TransformerConfiguration(JSONDocument(parsing: changed, subject: file.path).root, subject: file.path)
  }

  @Test("each name gives the function that transformers means", arguments: supported, Kernels.available)
  func values(_ name: String, _ kernels: Kernels) throws {
    let json = try ModelFixture.json(ModelFixture.folder.appending(path: "activations.json"))
    let inputs = try json.value("inputs").elements.compactMap { $0.double.map(Float.init) }
    let expected = try json.value("outputs").value(name).elements.compactMap(\.double)
    #expect(inputs.count > 200 && inputs.count == expected.count)
    let activation = try configuration(name).activation
    let linear = Linear(weight: FloatTensor([1], shape: [1, 1]), bias: nil, activation: activation, kernels: kernels)
    let workspace = Workspace(kernels: kernels)
    let column = workspace.allocate(rows: inputs.count, columns: 1)
    let output = workspace.allocate(rows: inputs.count, columns: 1)
    workspace.write(inputs, to: column)
    linear.forward(column, to: output, in: workspace)
    for (input, (found, wanted)) in zip(inputs, zip(workspace.values(of: output), expected)) {
      // Two millionths, absolute near 0 and relative beyond 1.
      #expect(abs(Double(found) - wanted) <= 2e-6 * max(1, abs(wanted)), "\(name)(\(input))")
    }
  }

  @Test("an activation that is not built is refused by its name", arguments: ["snake", "relu6", "mish", ""])
  func unknown(_ name: String) {
    let error = #expect(throws: ModelError.self) { try configuration(name) }
    #expect(error?.code == .unsupported)
    #expect(error?.description.contains("config.json") == true)
    #expect(error?.description.contains("hidden_act \"\(name)\"") == true)
  }
}
