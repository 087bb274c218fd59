import NeedletailEmbedding
import NeedletailJSON
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

/// Model folders with adapters added: the same bits here as base and adapter, and the vectors of sentence-transformers
/// 6.2.0 with PEFT 0.21.2 (`Tools/reference/adapter_fixtures.py`).
@Suite("Merged models")
struct MergedModelTests {
  private static let tests = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests")
  private static let base = tests.appending(path: "Fixtures/cased")
  private static let models = SharedData.repository.appending(path: "Tests/NeedletailModelsTests/Fixtures")
  private static let adapters = SharedData.repository.appending(path: "Tests/NeedletailModelsTests/Adapters")

  /// Where the test writes.
  private let place: ModelCopy
  private var output: URL { place.file("merged") }

  init() throws { place = try ModelCopy() }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: place.url.path).sorted()
  }

  /// The adapter's folder as sentence-transformers saved it, around the base that is here.
  private func saved() throws -> ModelCopy {
    let folder = try ModelCopy(copying: Self.tests.appending(path: "Adapters/sentence"))
    try folder.replace("\"BASE\"", with: "\"\(Self.base.path)\"", in: "adapter_config.json")
    return folder
  }

  private func vectors() throws -> (texts: [String], vectors: [Float]) {
    let about = Self.tests.appending(path: "Adapters/sentence.json")
    let json = try JSONDocument(parsing: Array(Data(contentsOf: about)), subject: about.path).root
    let texts = try json.value("texts").elements.compactMap(\.string)
    let store = try TensorStore(file: Self.tests.appending(path: "Adapters/sentence.safetensors"))
    let kernels = try #require(Kernels.available.last)
    return (texts, try store.floats("vectors", shape: [texts.count, nil], kernels: kernels).values)
  }

  /// All states of some ids.
  private func states(_ folder: URL, _ adapters: [LowRankAdapter] = []) async throws -> [Float] {
    let file = folder.appending(path: "config.json")
    let json = try JSONDocument(parsing: Array(Data(contentsOf: file)), subject: file.path).root
    let kernels = try #require(Kernels.available.last)
    let model = try await Transformer(
      configuration: TransformerConfiguration(json, subject: file.path), store: TensorStore(folder: folder),
      adapters: adapters, kernels: kernels, team: ComputeTeam(threads: 2))
    var tokens = PackedTokens()
    tokens.append(ids: [5, 9, 33, 60, 2, 7])
    tokens.append(ids: [81])
    let workspace = Workspace(kernels: kernels)
    return workspace.values(of: model.forward(tokens, in: workspace))
  }

  private func adapter(_ name: String, weight: Float = 1) throws -> LowRankAdapter {
    let folder = Self.adapters.appending(path: name)
    let file = folder.appending(path: "adapter_config.json")
    let json = try JSONDocument(parsing: Array(Data(contentsOf: file)), subject: file.path).root
    return try LowRankAdapter(
      json, subject: file.path, store: TensorStore(folder: folder, name: "adapter_model"), weight: weight)
  }

  private func choice(_ name: String, weight: Float = 1) -> AdapterChoice {
    AdapterChoice(Self.adapters.appending(path: name), weight: weight)
  }

  @Test("the vectors are those of base and adapter bit for bit, and those of the reference")
  func sentence() async throws {
    let folder = try saved()
    let (texts, wanted) = try vectors()
    var configuration = EmbedderConfiguration()
    configuration.adapters = [AdapterChoice(folder.url)]
    let changed = try await Embedder(contentsOf: Self.base, configuration: configuration)
    #expect(try MergedModel(.folder(Self.base), adapters: configuration.adapters).write(to: output) == [])
    #expect(try names() == ["merged"])
    let merged = try await Embedder(contentsOf: output)
    #expect(merged.warning == nil)
    let found = try await merged.embed(texts).values
    #expect(try await changed.embed(texts).values == found)
    #expect(largestDifference(found, wanted) <= 2e-5)
    let files = { (url: URL) in try FileManager.default.subpathsOfDirectory(atPath: url.path).sorted() }
    #expect(try files(output) == files(Self.base))
    for file in try files(output) where file.hasSuffix(".json") {
      #expect(try Data(contentsOf: output.appending(path: file)) == Data(contentsOf: Self.base.appending(path: file)))
    }
  }

  @Test("a folder that holds an adapter alone becomes a whole model")
  func folder() async throws {
    let folder = try saved()
    let (texts, wanted) = try vectors()
    let before = try await Embedder(contentsOf: folder.url).embed(texts).values
    #expect(try MergedModel(.folder(folder.url), adapters: []).write(to: output) == [])
    let merged = try await Embedder(contentsOf: output).embed(texts).values
    #expect(merged == before && largestDifference(merged, wanted) <= 2e-5)
    let holds = { (name: String) in FileManager.default.fileExists(atPath: output.appending(path: name).path) }
    #expect(holds("config.json") && holds("modules.json") && holds("1_Pooling/config.json"))
    #expect(!holds("adapter_config.json") && !holds("adapter_model.safetensors"))
  }

  @Test(
    "every kind of weight: attention, tables, weights that are stored turned, and shards",
    arguments: [
      ("bert", ["bert-everything"], [Float(1)]), ("gpt2", ["gpt2"], [1]), ("llama", ["llama"], [-0.75]),
      ("bert", ["bert-attention", "bert-everything"], [1, 0.5]),
    ], [MergedModel.usualShardSize, 9_000])
  func kinds(_ model: (base: String, adapters: [String], weights: [Float]), _ shardSize: Int) async throws {
    let base = Self.models.appending(path: model.base)
    let choices = zip(model.adapters, model.weights).map { choice($0, weight: $1) }
    let merged = try MergedModel(.folder(base), adapters: choices)
    #expect(try merged.write(to: output, shardSize: shardSize) == [])
    let read = try zip(model.adapters, model.weights).map { try adapter($0, weight: $1) }
    let found = try await states(output)
    #expect(try await states(base, read) == found)
    #expect(try await states(base) != found)
    let (before, after) = (try TensorStore(folder: base), try TensorStore(folder: output))
    #expect(before.namesInOrder == after.namesInOrder)
    let isSharded = shardSize < MergedModel.usualShardSize
    #expect(
      FileManager.default.fileExists(atPath: output.appending(path: "model.safetensors.index.json").path) == isSharded)
  }

  @Test(
    "narrow types stay, with the nearest number to each float32 sum",
    arguments: [("bert-float16", ElementType.float16), ("bert-bfloat16", .bfloat16)])
  func narrow(_ name: String, _ type: ElementType) throws {
    let base = Self.models.appending(path: name)
    _ = try MergedModel(.folder(base), adapters: [choice("bert-float16")]).write(to: output)
    let kernels = try #require(Kernels.available.last)
    let (before, after) = (try TensorStore(folder: base), try TensorStore(folder: output))
    #expect(before.names == after.names)
    // The same weights as float32, which are then sums in float32.
    let wide = try ModelCopy(copying: base)
    try wide.remove("model.safetensors")
    let writer = try SafetensorsWriter(wide.file("model.safetensors").path)
    for name in before.namesInOrder {
      let tensor = try before.floats(name, shape: #require(before.entry(name)).shape, kernels: kernels)
      try writer.append(name, tensor.values, shape: tensor.shape)
    }
    try writer.finish()
    _ = try MergedModel(.folder(wide.url), adapters: [choice("bert-float16")]).write(to: place.file("wide"))
    let sums = try TensorStore(folder: place.file("wide"))
    var changed = 0
    for name in before.names {
      let entry = try #require(after.entry(name))
      #expect(entry.type == type && before.entry(name)?.shape == entry.shape)
      let found = try after.bytes(name, type: type, shape: entry.shape).contents
      let sum = try sums.floats(name, shape: entry.shape, kernels: kernels).values
      #expect(type.bytes(of: sum) == found, "\(name)")
      changed += try before.bytes(name, type: type, shape: entry.shape).contents == found ? 0 : 1
    }
    #expect(changed > 5)
  }

  @Test("weights in other formats are left out by name, everything else is taken over")
  func leftOut() throws {
    let base = try ModelCopy(copying: Self.base)
    for name in ["pytorch_model.bin", "onnx/model.onnx", "openvino/openvino_model.bin", "tf_model.h5", "model.gguf"] {
      try base.write("old", to: name)
    }
    for name in ["README.md", "sparse_linear.pt", "2_Dense/model.safetensors", "onnx/config.json", ".hidden"] {
      try base.write("kept", to: name)
    }
    let modules = String(decoding: try base.bytes("modules.json"), as: UTF8.self)
    let end = try #require(modules.lastIndex(of: "]"))
    try base.write(
      modules[..<end] + ", {\"idx\": 9, \"path\": \"2_Dense/\", \"type\": \"sentence_transformers.models.Dense\"}]",
      to: "modules.json")
    let folder = try saved()
    let leftOut = try MergedModel(.folder(base.url), adapters: [AdapterChoice(folder.url)]).write(to: output)
    #expect(
      leftOut == ["model.gguf", "onnx/model.onnx", "openvino/openvino_model.bin", "pytorch_model.bin", "tf_model.h5"])
    for name in ["README.md", "sparse_linear.pt", "2_Dense/model.safetensors", "onnx/config.json"] {
      #expect(try Data(contentsOf: output.appending(path: name)) == Data("kept".utf8))
    }
    #expect(!FileManager.default.fileExists(atPath: output.appending(path: ".hidden").path))
  }

  @Test("a checkpoint of PyTorch becomes safetensors")
  func torch() async throws {
    let base = Self.models.appending(path: "bert-checkpoint")
    let leftOut = try MergedModel(.folder(base), adapters: [choice("bert-float16")]).write(to: output)
    #expect(leftOut == [])
    #expect(try await states(output) == states(base, [adapter("bert-float16")]))
  }

  @Test("shards become one file, in a module's own folder as well")
  func shards() async throws {
    let base = Self.models.appending(path: "bert-sharded")
    #expect(try MergedModel(.folder(base), adapters: [choice("bert-float16")]).write(to: output) == [])
    #expect(try await states(output) == states(base, [adapter("bert-float16")]))
    let nested = try ModelCopy()
    try FileManager.default.copyItem(at: base, to: nested.file("0_Transformer"))
    try nested.write(
      """
      [{"idx": 0, "path": "./0_Transformer/", "type": "sentence_transformers.models.Transformer"},
       {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
      """, to: "modules.json")
    try nested.write("{}", to: "1_Pooling/config.json")
    let inner = place.file("nested")
    #expect(try MergedModel(.folder(nested.url), adapters: [choice("bert-float16")]).write(to: inner) == [])
    let one = "model.safetensors"
    #expect(
      try Data(contentsOf: output.appending(path: one))
        == Data(contentsOf: inner.appending(path: "0_Transformer/\(one)")))
    #expect(try FileManager.default.contentsOfDirectory(atPath: inner.path).count == 3)
  }

  @Test("links to files are followed, and one to a folder is refused, which could lead anywhere")
  func links() async throws {
    let base = try ModelCopy()
    let files = FileManager.default
    for name in try files.contentsOfDirectory(atPath: Self.base.path) where name != "1_Pooling" {
      try files.createSymbolicLink(at: base.file(name), withDestinationURL: Self.base.appending(path: name))
    }
    try files.copyItem(at: Self.base.appending(path: "1_Pooling"), to: base.file("1_Pooling"))
    let folder = try saved()
    _ = try MergedModel(.folder(base.url), adapters: [AdapterChoice(folder.url)]).write(to: output)
    let (texts, wanted) = try vectors()
    #expect(largestDifference(try await Embedder(contentsOf: output).embed(texts).values, wanted) <= 2e-5)
    try files.createSymbolicLink(at: base.file("more"), withDestinationURL: place.url)
    let error = #expect(throws: EmbeddingError.self) {
      try MergedModel(.folder(base.url), adapters: [AdapterChoice(folder.url)]).write(to: place.file("other"))
    }
    #expect(error?.subject.hasSuffix("/more") == true)
    #expect(try names() == ["merged"])
  }

  @Test("what is in the way stays, and --force replaces a model folder alone")
  func inTheWay() throws {
    let copy = try saved()
    let other = try MergedModel(.folder(Self.base), adapters: [AdapterChoice(copy.url)])
    try place.write("mine", to: "merged/notes.txt")
    for replaces in [false, true] {
      #expect(throws: EmbeddingError.self) { try other.write(to: output, replacing: replaces) }
    }
    #expect(try place.bytes("merged/notes.txt") == Array("mine".utf8))
    try place.write("{}", to: "merged/config.json")
    #expect(throws: EmbeddingError.self) { try other.write(to: output) }
    _ = try other.write(to: output, replacing: true)
    #expect(!FileManager.default.fileExists(atPath: output.appending(path: "notes.txt").path))
    #expect(try names() == ["merged"])
    // What is read must not go, and nothing may be written into it.
    for url in [Self.base, Self.base.appending(path: "new"), Self.base.deletingLastPathComponent(), copy.url] {
      #expect(throws: EmbeddingError.self) { try other.write(to: url, replacing: true) }
    }
    #expect(throws: (any Error).self) { try other.write(to: place.file("nowhere/merged")) }
    try place.write("file", to: "file")
    #expect(throws: EmbeddingError.self) { try other.write(to: place.file("file"), replacing: true) }
    #expect(throws: EmbeddingError.self) { try other.write(to: place.file("file/merged")) }
    #expect(try names() == ["file", "merged"])
  }

  @Test("what cannot be merged is refused by name, and nothing is left behind")
  func refused() throws {
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return ""
    }
    #expect(message { _ = try MergedModel(.bundled, adapters: [choice("llama")]) }.contains("static"))
    #expect(message { _ = try MergedModel(.folder(Self.base), adapters: []) }.contains("--adapter"))
    let bert = Self.models.appending(path: "bert")
    let another = message { _ = try MergedModel(.folder(bert), adapters: [choice("llama")]).write(to: output) }
    #expect(another.contains("changes layers.0"), "\(another)")
    // Cut in the middle of the last tensor, base and adapter.
    let damaged = try ModelCopy(copying: bert)
    try damaged.write(Array(damaged.bytes("model.safetensors").dropLast(5)), to: "model.safetensors")
    #expect(
      message { _ = try MergedModel(.folder(damaged.url), adapters: [choice("bert-attention")]).write(to: output) }
        .contains("model.safetensors"))
    let cut = try ModelCopy(copying: Self.adapters.appending(path: "bert-attention"))
    try cut.write(Array(cut.bytes("adapter_model.safetensors").dropLast(5)), to: "adapter_model.safetensors")
    #expect(
      message { _ = try MergedModel(.folder(bert), adapters: [AdapterChoice(cut.url)]).write(to: output) }
        .contains("adapter_model.safetensors"))
    // Found while the folder is written: a pipe among the files, and a sum that float16 does not hold.
    let piped = try ModelCopy(copying: bert)
    try piped.pipe("notes.txt")
    #expect(
      message { _ = try MergedModel(.folder(piped.url), adapters: [choice("bert-attention")]).write(to: output) }
        .contains("notes.txt"))
    let half = Self.models.appending(path: "bert-float16")
    #expect(
      message {
        _ = try MergedModel(.folder(half), adapters: [choice("bert-float16", weight: 1e8)]).write(to: output)
      }.contains("too large for its type F16"))
    #expect(try names() == [])
  }
}
