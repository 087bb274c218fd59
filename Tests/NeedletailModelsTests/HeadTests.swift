import NeedletailModels
import NeedletailTensor
import NeedletailTestSupport
import NeedletailTokenizers
import Testing

/// Every head of every family against transformers 5.23.0 on PyTorch 2.15.0, with every kernel set of this machine.
@Suite("Outputs of heads equal those of transformers")
struct HeadTests {
  /// DESIGN section 4: as close as token states.
  private static let tolerance: Float = 1e-4

  @Test("the fixtures are there: thirty-four families, and every kind of head")
  func fixtures() throws {
    #expect(HeadFixture.names.count >= 136)
    let tasks = try Set(HeadFixture.names.map { try HeadFixture($0).task })
    #expect(tasks == Set(HeadTask.allCases))
    #expect(HeadFixture.names.filter { $0.hasSuffix("-sequence-1") }.count == 34)
  }

  @Test("all texts in one batch, and each alone with the same bits", arguments: HeadFixture.names, Kernels.available)
  func outputs(_ name: String, _ kernels: Kernels) async throws {
    let encoder = try await HeadFixture.model(name).encoder(kernels)
    try Self.check(name, encoder, kernels)
  }

  private static func check(_ name: String, _ encoder: Transformer, _ kernels: Kernels) throws {
    let fixture = try HeadFixture(name)
    let head = try fixture.head(kernels)
    let configuration = head.configuration
    #expect(configuration.task == fixture.task)
    #expect(configuration.labels == fixture.labels)
    #expect(configuration.problemType == fixture.problemType)
    let tokens = try fixture.model.texts()
    try encoder.check(tokens)
    #expect((0..<tokens.count).map { tokens.range($0).count }.max() == encoder.configuration.maximumLength)
    let together = outputs(encoder, head, tokens, kernels)
    for text in 0..<tokens.count {
      let range = tokens.range(text)
      let rows = configuration.isForTokens ? range : text..<text + 1
      let expected = try fixture.outputs(text, shape: [rows.count, configuration.outputs], kernels: kernels)
      let found = together[rows.lowerBound * configuration.outputs..<rows.upperBound * configuration.outputs]
      #expect(largestDifference(found, expected) <= tolerance, "text \(text)")
      var single = PackedTokens()
      single.append(ids: tokens.ids[range], typeIDs: tokens.typeIDs[range])
      #expect(outputs(encoder, head, single, kernels).elementsEqual(found), "text \(text)")
    }
  }

  @Test(
    "a text without tokens counts as a state of zeros",
    arguments: ["bert-sequence-3", "modernbert-sequence-mean", "eurobert-sequence-3", "llama-sequence-padding"])
  func empty(_ name: String) async throws {
    let kernels = try #require(Kernels.available.last)
    let encoder = try await HeadFixture.model(name).encoder(kernels)
    Self.checkEmpty(try HeadFixture(name).head(kernels), encoder, kernels)
  }

  private static func checkEmpty(_ head: TransformerHead, _ encoder: Transformer, _ kernels: Kernels) {
    var tokens = PackedTokens()
    tokens.append(ids: [Int32]())
    tokens.append(ids: [5, 6, 7])
    let together = outputs(encoder, head, tokens, kernels)
    #expect(together.count == 6 && together.allSatisfy(\.isFinite))
    var single = PackedTokens()
    single.append(ids: [5, 6, 7])
    #expect(outputs(encoder, head, single, kernels).elementsEqual(together[3...]))
  }

  @Test("a pooler is read whatever architecture it lies below")
  func pooler() async throws {
    let fixture = try HeadFixture("bert-sequence-3")
    let kernels = try #require(Kernels.available.last)
    let configuration = try fixture.configuration(task: .pooling)
    #expect(configuration.task == .pooling && configuration.outputs == 20 && configuration.labels.isEmpty)
    _ = try TransformerHead(
      configuration: configuration, store: TensorStore(folder: fixture.model.folder), kernels: kernels)
  }

  private static func outputs(
    _ encoder: Transformer, _ head: TransformerHead, _ tokens: PackedTokens, _ kernels: Kernels
  ) -> [Float] {
    let workspace = Workspace(kernels: kernels)
    return workspace.values(of: head.forward(encoder.forward(tokens, in: workspace), tokens, in: workspace))
  }
}

/// Heads that must be refused: an error that names the file and what is wrong with it, never a wrong value.
@Suite("Refused heads")
struct RefusedHeadsTests {
  /// A piece of a configuration, what stands in its place, and how that is refused.
  private static let broken: [(String, String, ModelError.Code)] = [
    ("[\"BertForSequenceClassification\"]", "[\"BertForMultipleChoice\"]", .unsupported),
    ("[\"BertForSequenceClassification\"]", "[\"RobertaForSequenceClassification\"]", .unsupported),
    ("[\"BertForSequenceClassification\"]", "[\"BertForPreTraining\"]", .unsupported),
    ("[\"BertForSequenceClassification\"]", "[]", .configuration),
    ("[\"BertForSequenceClassification\"]", "null", .configuration),
    ("[\"BertForSequenceClassification\"]", "[7]", .configuration),
    ("\"0\": \"contradiction\"", "\"3\": \"contradiction\"", .configuration),
    ("\"0\": \"contradiction\"", "\"1\": \"contradiction\"", .configuration),
    ("\"0\": \"contradiction\"", "\"first\": \"contradiction\"", .configuration),
    ("\"0\": \"contradiction\"", "\"0\": [1]", .configuration),
    ("\"model_type\"", "\"problem_type\": \"guessing\", \"model_type\"", .configuration),
  ]

  @Test("an architecture without a known head, and labels without an order, are named", arguments: broken)
  func configurations(_ old: String, _ new: String, _ code: ModelError.Code) throws {
    let fixture = try HeadFixture("bert-sequence-3")
    let error = #expect(throws: ModelError.self) {
      try fixture.configuration(replacing: Self.spaced(old), with: new)
    }
    #expect(error?.code == code)
    #expect(error?.subject.contains("config.json") == true)
    if new.contains("For") {
      #expect(error?.message.contains(new.filter { !"[]\"".contains($0) }) == true, "\(error?.message ?? "")")
    }
  }

  /// An array of one as the library writes it, a line an element.
  private static func spaced(_ text: String) -> String {
    text.hasPrefix("[") ? "[\n    \(text.dropFirst().dropLast())\n  ]" : text
  }

  @Test("another head than was asked for is named with those that would do")
  func otherTask() throws {
    let fixture = try HeadFixture("bert-token")
    let error = #expect(throws: ModelError.self) { try fixture.configuration(task: .sequenceClassification) }
    #expect(error?.code == .unsupported)
    for name in ["BertForTokenClassification", "BertForSequenceClassification"] {
      #expect(error?.message.contains(name) == true)
    }
    let pooler = #expect(throws: ModelError.self) {
      try HeadFixture("electra-sequence-1").configuration(task: .pooling)
    }
    #expect(pooler?.message.contains("electra") == true)
  }

  @Test("a way to pool that is not known is named")
  func pooling() throws {
    let error = #expect(throws: ModelError.self) {
      try HeadFixture("modernbert-sequence-mean").configuration(
        replacing: "\"classifier_pooling\": \"mean\"", with: "\"classifier_pooling\": \"last\"")
    }
    #expect(error?.code == .unsupported && error?.message.contains("classifier_pooling \"last\"") == true)
  }

  @Test("weights that are missing or of another number of labels are named")
  func weights() throws {
    let kernels = try #require(Kernels.available.last)
    let three = try HeadFixture("bert-sequence-3")
    let wrong = #expect(throws: ModelError.self) {
      try TransformerHead(
        configuration: HeadFixture("bert-sequence-1").configuration(), store: TensorStore(folder: three.model.folder),
        kernels: kernels)
    }
    #expect(wrong?.code == .weights && wrong?.subject.contains("classifier.weight") == true)
    let missing = #expect(throws: ModelError.self) {
      try TransformerHead(
        configuration: three.configuration(), store: TensorStore(folder: HeadFixture("bert-token").model.folder),
        kernels: kernels)
    }
    #expect(missing?.code == .weights && missing?.message.contains("pooler.dense") == true)
  }
}
