import NeedletailModels
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("A model built from outlines")
struct SurveyTests {
  /// Parts of the fixtures' checkpoints that no encoder reads.
  private static let unread = [
    "pooler", "cls", "lm_head", "classifier", "predictions", "sop_classifier", "discriminator_predictions",
    "vocab_transform", "vocab_layer_norm", "vocab_projector", "position_ids", "head", "decoder", "embed_out",
    "generator", "generator_predictions", "generator_lm_head", "position_indices",
  ]

  @Test("asks for every tensor of the encoder and for no other", arguments: ModelFixture.supported)
  func readings(_ name: String) async throws {
    let kernels = try #require(Kernels.available.last)
    let fixture = ModelFixture(name)
    let store = try TensorStore(folder: fixture.folder)
    let survey = WeightSurvey()
    let encoder = try await Transformer(
      configuration: fixture.configuration(), store: store.surveyed(by: survey), kernels: kernels, precision: .bfloat16,
      team: ComputeTeam(threads: 1))
    #expect(encoder.hiddenSize > 0)
    let names = store.names.filter { !survey.hasRead($0, of: store) }
    for tensor in names {
      #expect(tensor.split(separator: ".").contains { Self.unread.contains(String($0)) }, "\(tensor) was not asked for")
    }
    #expect(survey.readings.count + names.count == store.names.count)
  }

  @Test("knows what the weights take: whole panels of products, everything else as it is", arguments: Kernels.available)
  func memory(_ kernels: Kernels) async throws {
    let fixture = ModelFixture("bert")
    let survey = WeightSurvey()
    _ = try await Transformer(
      configuration: fixture.configuration(), store: TensorStore(folder: fixture.folder).surveyed(by: survey),
      kernels: kernels, precision: .bfloat16, team: ComputeTeam(threads: 1))
    let exact = survey.readings.reduce(0) { $0 + $1.count * 4 }
    let wide = try #require(survey.bytes(.float32, kernels: kernels))
    #expect(wide >= exact && wide < exact * 2)
    // Rows of 36 features and 52 features are rounded up to whole registers, so that only the order is sure.
    let narrow = try [Precision.bfloat16, .int8].map { try #require(survey.bytes($0, kernels: kernels)) }
    #expect(narrow.allSatisfy { $0 < wide })
  }
}
