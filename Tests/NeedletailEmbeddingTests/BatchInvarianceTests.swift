import NeedletailEmbedding
import NeedletailTensor
import NeedletailTestSupport
import Testing

/// DESIGN section 4: a text's vector is the same bits alone, in any batch, in any order and on any number of threads.
@Suite("A text's vector does not depend on its company")
struct BatchInvarianceTests {
  private static let seed: UInt64 = 20263

  /// Folders whose modules differ in kind: every pooling, a prompt, layers on tokens, tables.
  private static let fixtures = [
    "pooling-six", "prompts-excluded-weightedmean", "dense-on-tokens", "dense-residual-projected", "layer-norm",
    "static-mapped",
  ]

  @Test("little models", arguments: fixtures, Kernels.available)
  func little(_ name: String, _ kernels: Kernels) async throws {
    let texts = try EmbeddingFixture.texts() + Self.sentences(60)
    for precision in Precision.allCases {
      try await check(.folder(EmbeddingFixture(name).folder), texts, kernels, precision)
    }
  }

  @Test("the bundled model", arguments: Kernels.available)
  func bundled(_ kernels: Kernels) async throws {
    try await check(.bundled, try EmbeddingFixture.texts() + Self.sentences(200), kernels)
  }

  @Test(
    "all-MiniLM-L6-v2",
    .enabled(
      if: SharedData.miniLM != nil,
      "all-MiniLM-L6-v2 is missing: run `make model`, or name its folder by NEEDLETAIL_MINILM"),
    arguments: Kernels.available)
  func miniLM(_ kernels: Kernels) async throws {
    let folder = try #require(SharedData.miniLM)
    // The plain kernels are slow: few and short texts for them.
    let takesAll = kernels.name == Kernels.available.last?.name || SharedData.runsSlowTests
    let texts = takesAll ? Array(try EmbeddingFixture.texts().suffix(12)) + Self.sentences(40) : Self.sentences(6)
    for precision in Precision.allCases { try await check(.folder(folder), texts, kernels, precision) }
  }

  /// Compares every way to embed the texts with each of them alone on one thread.
  private func check(
    _ source: ModelSource, _ texts: [String], _ kernels: Kernels, _ precision: Precision = .float32
  ) async throws {
    var configuration = EmbedderConfiguration()
    configuration.kernels = kernels
    configuration.precision = precision
    configuration.prompt = .text("the swift ")
    let single = try await Embedder(source, configuration: configuration, team: ComputeTeam(threads: 1))
    var alone: [[UInt32]] = []
    for text in texts { alone.append(try await single.embed(text).map(\.bitPattern)) }
    #expect(Set(alone).count > texts.count / 2, "texts differ, so that a mixed-up order shows")
    var generator = SeededGenerator(seed: Self.seed)
    for (threads, batchTokens) in [(1, 1), (2, 50), (4, 1536), (1, 100_000), (4, 300)] {
      configuration.batchTokens = batchTokens
      let embedder = try await Embedder(source, configuration: configuration, team: ComputeTeam(threads: threads))
      let order = Array(texts.indices).shuffled(using: &generator)
      let vectors = try await embedder.embed(order.map { texts[$0] })
      for (row, index) in order.enumerated() {
        #expect(
          vectors[row: row].map(\.bitPattern) == alone[index],
          "text \(index) at place \(row), \(threads) threads, \(batchTokens) tokens, \(precision.rawValue), seed \(Self.seed)"
        )
      }
    }
  }

  /// Texts of 0 to about 60 words, some of them equal.
  private static func sentences(_ count: Int) -> [String] {
    var generator = SeededGenerator(seed: seed)
    let words = "the a swift bird flies over old tower nests in summer sky wind unbelievably 42 東京 über".split(
      separator: " ")
    return (0..<count).map { index in
      let length = index % 9 == 0 ? 2 : Int.random(in: 0...60, using: &generator)
      return (0..<length).map { _ in String(words.randomElement(using: &generator) ?? "") }.joined(separator: " ")
    }
  }
}
