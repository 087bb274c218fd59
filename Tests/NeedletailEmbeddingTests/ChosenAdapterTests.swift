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

/// Adapters that calls choose, against sentence-transformers 6.2.0 with PEFT 0.21.2
/// (`Tools/reference/adapter_fixtures.py`): a folder as jina-embeddings-v3-hf, with an adapter for each task.
@Suite("Adapters that calls choose")
struct ChosenAdapterTests {
  private static let tests = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests")
  private static let folder = tests.appending(path: "Adapters/tasks")

  /// Adapters with their weights, and the vectors that they give.
  private struct Case {
    let uses: [AdapterUse]
    let vectors: [Float]
  }

  private func goldens() throws -> (texts: [String], cases: [Case]) {
    let about = Self.tests.appending(path: "Adapters/tasks.json")
    let json = try JSONDocument(parsing: Array(Data(contentsOf: about)), subject: about.path).root
    let texts = try json.value("texts").elements.compactMap(\.string)
    let store = try TensorStore(file: Self.tests.appending(path: "Adapters/tasks.safetensors"))
    let kernels = try #require(Kernels.available.last)
    let cases = try json.value("cases").elements.enumerated().map { index, one in
      let uses = try one.value("uses").elements.map { use in
        let parts = Array(use.elements)
        return AdapterUse(try #require(parts[0].string), weight: Float(try #require(parts[1].double)))
      }
      return Case(
        uses: uses, vectors: try store.floats("case.\(index)", shape: [texts.count, nil], kernels: kernels).values)
    }
    #expect(cases.count >= 6 && cases[0].uses.isEmpty)
    return (texts, cases)
  }

  @Test("one embedder gives what PEFT gives with each, with several, and with none", arguments: Kernels.available)
  func vectors(_ kernels: Kernels) async throws {
    let (texts, cases) = try goldens()
    var configuration = EmbedderConfiguration()
    configuration.kernels = kernels
    let embedder = try await Embedder(contentsOf: Self.folder, configuration: configuration)
    #expect(embedder.adapterNames == ["retrieval_passage", "retrieval_query", "separation"])
    for one in cases {
      let vectors = try await embedder.adapted(by: one.uses).embed(texts)
      #expect(largestDifference(vectors.values, one.vectors) <= 2e-5, "\(one.uses)")
    }
    configuration.chosenAdapters = cases[1].uses
    let chosen = try await Embedder(contentsOf: Self.folder, configuration: configuration)
    #expect(largestDifference(try await chosen.embed(texts).values, cases[1].vectors) <= 2e-5)
    let none = try await chosen.adapted(by: [])
    #expect(try await none.embed(texts) == embedder.embed(texts))
  }

  @Test("where none is chosen the vectors are the bits of the folder without adapters")
  func none() async throws {
    let (texts, cases) = try goldens()
    let copy = try ModelCopy(copying: Self.folder)
    let embedder = try await Embedder(contentsOf: Self.folder)
    for name in embedder.adapterNames { try FileManager.default.removeItem(at: copy.file(name)) }
    let bare = try await Embedder(contentsOf: copy.url)
    #expect(bare.adapterNames.isEmpty)
    _ = try await embedder.adapted(by: cases[1].uses).embed(texts)
    #expect(try await embedder.embed(texts) == bare.embed(texts))
  }

  @Test("calls at the same time give the bits of one at a time, alone and in batches", arguments: Precision.allCases)
  func concurrent(_ precision: Precision) async throws {
    let (short, cases) = try goldens()
    let texts = (0..<40).map { "\(short[$0 % 3]) \(String(repeating: "swift ", count: $0 % 7))" }
    var configuration = EmbedderConfiguration()
    configuration.precision = precision
    configuration.batchTokens = 64
    let alone = try await Embedder(
      .folder(Self.folder), configuration: configuration, team: ComputeTeam(threads: 1))
    let shared = try await Embedder(
      .folder(Self.folder), configuration: configuration, team: ComputeTeam(threads: 4))
    var wanted: [[[Float]]] = []
    for one in cases {
      let embedder = try await alone.adapted(by: one.uses)
      var rows: [[Float]] = []
      for text in texts { rows.append(try await embedder.embed(text)) }
      wanted.append(rows)
    }
    // The vectors differ, so that a mix-up would be seen.
    #expect(Set(wanted.map(\.[3])).count == cases.count)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for turn in 0..<48 {
        let (uses, rows) = (cases[turn % cases.count].uses, wanted[turn % cases.count])
        let start = turn % 5
        group.addTask {
          let vectors = try await shared.adapted(by: uses).embed(Array(texts[start...]))
          return (0..<vectors.rows).allSatisfy { Array(vectors[row: $0]) == rows[start + $0] }
        }
      }
      for try await isSame in group { #expect(isSame) }
    }
  }

  @Test("the base may be narrow", arguments: [(Precision.bfloat16, Float(0.999)), (.int8, 0.99)])
  func narrow(_ precision: Precision, _ least: Float) async throws {
    let (texts, cases) = try goldens()
    var configuration = EmbedderConfiguration()
    configuration.precision = precision
    let embedder = try await Embedder(contentsOf: Self.folder, configuration: configuration)
    for one in cases {
      let vectors = try await embedder.adapted(by: one.uses).embed(texts)
      for row in 0..<vectors.rows {
        let wanted = one.vectors[row * vectors.columns..<(row + 1) * vectors.columns]
        #expect(zip(vectors[row: row], wanted).reduce(0) { $0 + $1.0 * $1.1 } >= least, "\(one.uses)")
      }
    }
  }

  @Test("states of tokens and attention maps take them, too")
  func states() async throws {
    let (texts, cases) = try goldens()
    let embedder = try await Embedder(contentsOf: Self.folder).adapted(by: cases[1].uses)
    let states = try #require(try await embedder.tokenStates([texts[0]]).first?.first)
    var mean = (0..<states.columns).map { column in
      (0..<states.rows).reduce(0) { $0 + states[row: $1][states[row: $1].startIndex + column] }
    }
    let length = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
    mean = mean.map { $0 / length }
    #expect(largestDifference(mean, cases[1].vectors.prefix(states.columns)) <= 2e-5)
    let (with, without) = (Maps(), Maps())
    try await embedder.attentionMaps(of: texts[0]) { with.append($0) }
    try await embedder.adapted(by: []).attentionMaps(of: texts[0]) { without.append($0) }
    #expect(with.values.count == without.values.count && with.values != without.values)
  }

  @Test("the same adapters added to the weights, or merged into a folder, give the same vectors")
  func added() async throws {
    let (texts, cases) = try goldens()
    let place = try ModelCopy()
    for one in cases.dropFirst() {
      var configuration = EmbedderConfiguration()
      configuration.adapters = one.uses.map { AdapterChoice(Self.folder.appending(path: $0.name), weight: $0.weight) }
      let embedder = try await Embedder(contentsOf: Self.folder, configuration: configuration)
      let vectors = try await embedder.embed(texts)
      #expect(largestDifference(vectors.values, one.vectors) <= 2e-5, "\(one.uses)")
      let merged = try MergedModel(.folder(Self.folder), adapters: configuration.adapters)
      _ = try merged.write(to: place.file("merged"), replacing: true)
      #expect(try await Embedder(contentsOf: place.file("merged")).embed(texts) == vectors)
    }
  }

  @Test("identities tell adapters, their order and their weights apart")
  func identities() async throws {
    let (_, cases) = try goldens()
    let embedder = try await Embedder(contentsOf: Self.folder)
    var uses = cases.map(\.uses)
    uses += [["separation"], ["separation", "retrieval_query"], ["retrieval_query", "separation"]]
    var identities: Set<String> = []
    for one in uses { identities.insert(try await embedder.adapted(by: one).identity()) }
    #expect(identities.count == uses.count)
    #expect(try await embedder.adapted(by: uses[1]).adapted(by: []).identity() == embedder.identity())
  }

  @Test("an adapter elsewhere takes the name that it is given")
  func named() async throws {
    let (texts, cases) = try goldens()
    var configuration = EmbedderConfiguration()
    configuration.namedAdapters = ["half": AdapterChoice(Self.folder.appending(path: "separation"), weight: 0.5)]
    let embedder = try await Embedder(contentsOf: Self.folder, configuration: configuration)
    #expect(embedder.adapterNames == ["half", "retrieval_passage", "retrieval_query", "separation"])
    let vectors = try await embedder.adapted(by: ["half"]).embed(texts)
    #expect(largestDifference(vectors.values, cases[3].vectors) <= 2e-5)
  }

  @Test("unknown names, weights that are no numbers, names of two and static models are refused by name")
  func refused() async throws {
    let embedder = try await Embedder(contentsOf: Self.folder)
    let unknown = await #expect(throws: EmbeddingError.self) { try await embedder.adapted(by: ["text_matching"]) }
    let text = unknown.map(\.description) ?? ""
    #expect(text.contains("text_matching") && text.contains("retrieval_passage, retrieval_query, separation"))
    let infinite = await #expect(throws: EmbeddingError.self) {
      try await embedder.adapted(by: [AdapterUse("separation", weight: .infinity)])
    }
    #expect(infinite?.description.contains("separation") == true)
    var configuration = EmbedderConfiguration()
    configuration.namedAdapters = ["separation": AdapterChoice(Self.folder.appending(path: "retrieval_query"))]
    let twice = await #expect(throws: EmbeddingError.self) {
      try await Embedder(contentsOf: Self.folder, configuration: configuration)
    }
    #expect(twice?.description.contains("separation") == true)
    let bundled = try await Embedder()
    #expect(bundled.adapterNames.isEmpty)
    await #expect(throws: EmbeddingError.self) { try await bundled.adapted(by: ["separation"]) }
    #expect(try await bundled.adapted(by: []).embed("swift") == bundled.embed("swift"))
    await #expect(throws: EmbeddingError.self) { try await Embedder(.bundled, configuration: configuration) }
  }

  @Test("an adapter that cannot be read is refused when it is chosen, not before")
  func damaged() async throws {
    let copy = try ModelCopy(copying: Self.folder)
    try copy.replace("\"LORA\"", with: "\"IA3\"", in: "separation/adapter_config.json")
    let embedder = try await Embedder(contentsOf: copy.url)
    _ = try await embedder.adapted(by: ["retrieval_query"])
    let error = await #expect(throws: (any Error).self) { try await embedder.adapted(by: ["separation"]) }
    #expect(error.map { "\($0)" }?.contains("IA3") == true)
  }
}

/// The weights of the maps that were received.
private final class Maps: @unchecked Sendable {
  // The receiver is called for one map after another.
  private(set) var values: [Float] = []
  func append(_ map: AttentionMap) { values += map.weights.values }
}
