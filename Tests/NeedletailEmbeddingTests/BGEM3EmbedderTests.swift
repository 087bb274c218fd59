import NeedletailEmbedding
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The formulas of FlagEmbedding's BGEM3, written out with PyTorch 2.15.0 (`Tools/reference/sparse_fixtures.py`).
@Suite("The three forms of BGE-M3 equal the reference's")
struct BGEM3EmbedderTests {
  private static let root = EmbeddingFixture.root.appending(path: "ThreeHeads")

  private func fixture() throws -> SparseFixture { try SparseFixture(Self.root, "bge-m3") }

  @Test("dense, sparse and multi-vector, together and alone with the same bits", arguments: Kernels.available)
  func forms(_ kernels: Kernels) async throws {
    let fixture = try fixture()
    let configuration = fixture.configuration(kernels: kernels)
    let embedder = try await BGEM3Embedder(
      .folder(fixture.folder), configuration: configuration, team: ComputeTeam(threads: 2))
    let forms = try await embedder.embed(fixture.texts)
    let vectors = try await Embedder(.folder(fixture.folder), configuration: configuration).embed(fixture.texts)
    let (dense, sparse) = (try fixture.expected("dense"), try fixture.expected("sparse"))
    #expect(forms.count == dense.rows && dense.rows > 10 && embedder.dimension == fixture.dimension)
    for (text, form) in forms.enumerated() {
      #expect(largestDifference(form.dense, dense[row: text]) <= 2e-5, "text \(text)")
      #expect(form.dense.elementsEqual(vectors[row: text]), "text \(text)")
      var weights = [Float](repeating: 0, count: sparse.columns)
      for (index, value) in zip(form.sparse.indices, form.sparse.values) { weights[Int(index)] = value }
      #expect(largestDifference(weights, sparse[row: text]) <= 1e-4, "text \(text)")
      #expect(form.sparse.indices.count == sparse[row: text].count { $0 > 0 }, "text \(text)")
      let tokens = try fixture.expected("tokens.\(text)")
      #expect(form.tokens.rows == tokens.rows && form.tokens.columns == embedder.tokenDimension)
      #expect(largestDifference(form.tokens.values, tokens.values) <= 1e-4, "text \(text)")
      #expect(try await embedder.embed([fixture.texts[text]]) == [form], "text \(text)")
    }
  }

  @Test("the narrow precisions keep a text's bits, too", arguments: [Precision.int8, .bfloat16])
  func narrow(_ precision: Precision) async throws {
    let fixture = try fixture()
    let embedder = try await BGEM3Embedder(
      .folder(fixture.folder), configuration: fixture.configuration(precision: precision),
      team: ComputeTeam(threads: 3))
    let forms = try await embedder.embed(fixture.texts)
    let dense = try fixture.expected("dense")
    for (text, form) in forms.enumerated() {
      #expect(cosine(form.dense, dense[row: text]) >= 0.99)
      #expect(try await embedder.embed([fixture.texts[text]]) == [form], "text \(text)")
    }
  }

  @Test("the heads are read from PyTorch's own files as well")
  func pickles() async throws {
    let fixture = try fixture()
    let folder = try ModelCopy(copying: fixture.folder)
    for name in ["sparse_linear", "colbert_linear"] {
      try folder.remove("\(name).safetensors")
      try folder.write(Data(contentsOf: Self.root.appending(path: "bge-m3-\(name).pt")), to: "\(name).pt")
    }
    let team = ComputeTeam(threads: 2)
    let forms = try await BGEM3Embedder(.folder(folder.url), team: team).embed(fixture.texts)
    #expect(try await BGEM3Embedder(.folder(fixture.folder), team: team).embed(fixture.texts) == forms)
  }

  @Test("a head that is missing, of another shape, or a pickle is an error that names the file")
  func damaged() async throws {
    let fixture = try fixture()
    for (file, words) in [("sparse_linear.safetensors", "is missing"), ("colbert_linear.safetensors", "is missing")] {
      let folder = try ModelCopy(copying: fixture.folder)
      try folder.remove(file)
      let error = await #expect(throws: EmbeddingError.self) { try await BGEM3Embedder(.folder(folder.url)) }
      #expect(error?.subject.contains(file) == true && error?.message.contains(words) == true)
      try folder.write("pickle", to: file.replacing("safetensors", with: "pt"))
      let pickle = await #expect(throws: EmbeddingError.self) { try await BGEM3Embedder(.folder(folder.url)) }
      #expect(pickle?.subject.contains(".pt") == true)
    }
    let folder = try ModelCopy(copying: fixture.folder)
    try folder.write(try folder.bytes("colbert_linear.safetensors"), to: "sparse_linear.safetensors")
    let error = await #expect(throws: EmbeddingError.self) { try await BGEM3Embedder(.folder(folder.url)) }
    #expect(error?.message.contains("shape") == true)
    await #expect(throws: EmbeddingError.self) {
      try await BGEM3Embedder(.folder(EmbeddingFixture("static").folder))
    }
  }
}
