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

/// T5's decoder for its first token, against transformers 5.23.0 (`Tools/reference/model_fixtures.py`).
@Suite("The first output of T5's decoder", .enabled(if: ModelFixture.others == nil, "the committed fixtures have it"))
struct FirstDecoderOutputTests {
  static let names = ["t5-with-decoder", "t5-gated-with-decoder"]

  private func decoder(_ fixture: ModelFixture, _ kernels: Kernels) throws -> FirstDecoderOutput {
    let file = fixture.folder.appending(path: "config.json")
    return try FirstDecoderOutput(
      ModelFixture.json(file), subject: file.path, configuration: fixture.configuration(),
      store: TensorStore(folder: fixture.folder), kernels: kernels)
  }

  private func vectors(
    _ encoder: Transformer, _ decoder: FirstDecoderOutput, _ tokens: PackedTokens, _ kernels: Kernels
  ) -> [Float] {
    let workspace = Workspace(kernels: kernels)
    let rows = decoder.forward(encoder.forward(tokens, in: workspace), tokens, in: workspace)
    #expect(rows.rows == tokens.count && rows.columns == decoder.hiddenSize)
    return workspace.values(of: rows)
  }

  @Test("vectors in one batch, and the same bits alone", arguments: names, Kernels.available)
  func vectors(_ name: String, _ kernels: Kernels) async throws {
    let fixture = ModelFixture(name)
    let (encoder, decoder) = (try await fixture.encoder(kernels), try decoder(fixture, kernels))
    let tokens = try fixture.texts()
    let found = vectors(encoder, decoder, tokens, kernels)
    let golden = try TensorStore(file: fixture.folder.appending(path: "first-decoder.safetensors"))
    let wanted = try golden.floats("vectors", shape: [tokens.count, decoder.hiddenSize], kernels: kernels)
    #expect(largestDifference(found, wanted.values) <= 1e-4)
    for text in 0..<tokens.count {
      var single = PackedTokens()
      single.append(ids: tokens.ids[tokens.range(text)])
      let alone = vectors(encoder, decoder, single, kernels)
      #expect(alone.elementsEqual(found[text * decoder.hiddenSize..<(text + 1) * decoder.hiddenSize]))
    }
  }

  @Test("an encoder without its decoder and other families are refused by name")
  func refused() throws {
    let kernels = try #require(Kernels.available.last)
    let alone = #expect(throws: ModelError.self) { try decoder(ModelFixture("t5"), kernels) }
    #expect(alone?.description.contains("decoder.block.0.layer.0.layer_norm.weight") == true)
    let other = #expect(throws: ModelError.self) { try decoder(ModelFixture("bert"), kernels) }
    #expect(other?.code == .unsupported && other?.message.contains("bert") == true)
  }
}
