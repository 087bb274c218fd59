import NeedletailModels
import NeedletailTensor
import NeedletailTestSupport
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Attention maps against transformers 5.23.0 on PyTorch 2.15.0 (`Tools/reference/attention_goldens.py`).
@Suite("Attention maps equal those of transformers")
struct AttentionMapsTests {
  private static let tolerance: Float = 1e-5
  private static let names = [
    "bert", "roberta", "distilbert", "mpnet", "modernbert", "deberta", "deberta-p2c", "deberta-v2",
    "deberta-v2-absolute",
    "deberta-v2-c2p", "deberta-v2-convolution", "deberta-v2-no-buckets", "deberta-v2-p2c",
  ]
  private static let folder = SharedData.repository.appending(path: "Tests/NeedletailModelsTests/AttentionMaps")

  @Test("all texts in one batch", arguments: names, Kernels.available)
  func maps(_ name: String, _ kernels: Kernels) async throws {
    let fixture = ModelFixture(name)
    let golden = try TensorStore(file: Self.folder.appending(path: "\(name).safetensors"))
    #expect(golden.names.count >= 3)
    let encoder = try await fixture.encoder(kernels)
    let tokens = try fixture.texts()
    let workspace = Workspace(kernels: kernels)
    // By text, then layer after layer, head after head.
    var maps = [[Float]](repeating: [], count: tokens.count)
    workspace.attentionMaps = { text, _, map in maps[text] += map.values }
    let states = workspace.values(of: encoder.forward(tokens, in: workspace))
    for text in 0..<tokens.count where golden.contains("maps.\(text)") {
      let length = tokens.range(text).count
      let shape = [encoder.configuration.layers, encoder.configuration.heads, length, length]
      let expected = try golden.floats("maps.\(text)", shape: shape, kernels: kernels).values
      #expect(maps[text].count == expected.count)
      #expect(largestDifference(maps[text], expected) <= Self.tolerance, "text \(text)")
    }
    // Looking changes nothing.
    workspace.attentionMaps = nil
    #expect(workspace.values(of: encoder.forward(tokens, in: workspace)) == states)
  }
}
