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
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Heads against transformers 5.23.0 on PyTorch 2.15.0 (`Tools/reference/sparse_fixtures.py`), with every kernel set.
@Suite("Logits of masked language models equal those of transformers")
struct MaskedLanguageTests {
  private static let tolerance: Float = 1e-4

  /// The folders that have expected logits, sorted.
  private static let names = ModelFixture.supported.filter {
    FileManager.default.fileExists(atPath: ModelFixture($0).folder.appending(path: "logits.safetensors").path)
  }

  @Test("the fixtures are there")
  func fixtures() {
    #expect(Self.names.count >= 27)
  }

  @Test("all texts in one batch of several blocks, and alone with the same bits", arguments: names, Kernels.available)
  func logits(_ name: String, _ kernels: Kernels) async throws {
    let model = try await Model(name, kernels)
    let texts = try ModelFixture(name).texts()
    let copies = 200 / texts.ids.count + 1
    var batch = PackedTokens()
    for _ in 0..<copies {
      for text in 0..<texts.count {
        batch.append(ids: texts.ids[texts.range(text)], typeIDs: texts.typeIDs[texts.range(text)])
      }
    }
    #expect(batch.ids.count > 200)
    let together = model.logits(batch)
    let goldens = try TensorStore(folder: ModelFixture(name).folder, name: "logits")
    for text in 0..<texts.count {
      let range = texts.range(text)
      var single = PackedTokens()
      single.append(ids: texts.ids[range], typeIDs: texts.typeIDs[range])
      let alone = model.logits(single)
      let expected = try goldens.floats(
        "logits.\(text)", shape: [range.count, model.head.vocabularySize], kernels: kernels)
      let difference = largestDifference(alone.values, expected.values)
      #expect(difference <= Self.tolerance, "text \(text)")
      let offset = (copies - 1) * texts.ids.count
      for (row, token) in range.enumerated() {
        #expect(together[row: token].elementsEqual(alone[row: row]), "text \(text), token \(row)")
        #expect(together[row: offset + token].elementsEqual(alone[row: row]), "text \(text), token \(row), last copy")
      }
    }
  }

  @Test("log-probabilities are those of a softmax over the whole vocabulary", arguments: names)
  func logProbabilities(_ name: String) async throws {
    let kernels = try #require(Kernels.available.last)
    let model = try await Model(name, kernels)
    let texts = try ModelFixture(name).texts()
    let logits = model.logits(texts)
    let count = model.head.vocabularySize
    let ids = texts.ids.indices.map { Int32(($0 * 7919 + count - 1) % count) }
    let found = model.logProbabilities(of: ids, texts)
    for (token, id) in ids.enumerated() {
      let row = logits[row: token]
      let largest = Double(row.max() ?? 0)
      let sum = row.reduce(0.0) { $0 + exp(Double($1) - largest) }
      let expected = Double(row[row.startIndex + Int(id)]) - largest - log(sum)
      #expect(abs(Double(found[token]) - expected) <= 1e-5 * max(1, abs(expected)), "token \(token)")
    }
  }

  @Test(
    "int8 and bf16 stay near float32, and a text alone has its bits", arguments: names,
    [Precision.int8, .bfloat16])
  func narrow(_ name: String, _ precision: Precision) async throws {
    let kernels = try #require(Kernels.available.last)
    let texts = try ModelFixture(name).texts()
    let exact = try await Model(name, kernels)
    let model = try await Model(name, kernels, precision)
    let wanted = exact.logits(texts)
    let logits = model.logits(texts)
    let cosines = texts.ids.indices.map { cosine(wanted[row: $0], logits[row: $0]) }
    let mean = cosines.reduce(0, +) / Double(cosines.count)
    // As for token states: the fixtures magnify differences.
    #expect(mean >= (precision == .int8 ? 0.99 : 0.9995), "\(mean)")
    var single = PackedTokens()
    single.append(ids: texts.ids[texts.range(0)], typeIDs: texts.typeIDs[texts.range(0)])
    #expect(model.logits(single).values.elementsEqual(logits.values.prefix(texts.range(0).count * logits.columns)))
  }

  @Test("a checkpoint without the head, or of a family without one, is refused by name")
  func refused() async throws {
    let kernels = try #require(Kernels.available.last)
    await #expect(throws: ModelError.self) { try await Model("bert", kernels) }
    let error = await #expect(throws: ModelError.self) { try await Model("bert-generation", kernels) }
    #expect(error?.code == .unsupported && error?.message.contains("bert-generation") == true)
  }

  /// An encoder and its head.
  private struct Model {
    let encoder: Transformer
    let head: MaskedLanguageHead

    init(_ name: String, _ kernels: Kernels, _ precision: Precision = .float32) async throws {
      let fixture = ModelFixture(name)
      let file = fixture.folder.appending(path: "config.json")
      encoder = try await fixture.encoder(kernels, precision: precision)
      head = try await MaskedLanguageHead(
        ModelFixture.json(file), subject: file.path, configuration: encoder.configuration,
        store: TensorStore(folder: fixture.folder), kernels: kernels, precision: precision,
        team: ComputeTeam(threads: 2))
    }

    /// `[tokens, vocabulary]`, put together from the blocks.
    func logits(_ tokens: PackedTokens) -> Matrix {
      let workspace = Workspace(kernels: encoder.kernels)
      let states = encoder.forward(tokens, in: workspace)
      var matrix = Matrix(rows: states.rows, columns: head.vocabularySize)
      head.forward(states, in: workspace) { tokens, ids, logits in
        let values = workspace.values(of: logits)
        for (row, token) in tokens.enumerated() {
          let first = token * matrix.columns + ids.lowerBound
          matrix.values.replaceSubrange(
            first..<first + ids.count, with: values[row * ids.count..<(row + 1) * ids.count])
        }
      }
      return matrix
    }

    func logProbabilities(of ids: [Int32], _ tokens: PackedTokens) -> [Float] {
      let workspace = Workspace(kernels: encoder.kernels)
      return head.logProbabilities(of: ids, encoder.forward(tokens, in: workspace), in: workspace)
    }
  }
}
