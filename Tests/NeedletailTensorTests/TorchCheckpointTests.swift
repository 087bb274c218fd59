import NeedletailJSON
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Against what torch 2.15.0 reads, and what it or we refuse (`Tools/reference/pickle_goldens.py`).
@Suite("PyTorch checkpoints")
struct TorchCheckpointTests {
  static let fixtures = SharedData.repository.appending(path: "Tests/NeedletailTensorTests/Fixtures/torch")

  /// The checkpoints that have to be read, sorted.
  static let names: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: fixtures.path)) ?? []
    return names.filter { $0.hasSuffix(".bin") }.map { String($0.dropLast(4)) }.sorted()
  }()

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var url: URL { URL(filePath: folder.path, directoryHint: .isDirectory) }

  /// Compares all tensors with those of a safetensors file: names, types, shapes and every bit.
  private static func compare(_ store: TensorStore, _ golden: TensorStore) throws {
    #expect(store.names == golden.names)
    for name in golden.names {
      let entry = try #require(golden.entry(name))
      #expect(store.entry(name)?.type == entry.type && store.entry(name)?.shape == entry.shape, "\(name)")
      let shape = entry.shape.map(Int?.some)
      let found = try store.bytes(name, type: entry.type, shape: shape).contents
      #expect(try found == golden.bytes(name, type: entry.type, shape: shape).contents, "\(name)")
      guard [.float16, .bfloat16, .float32, .float64].contains(entry.type) else { continue }
      let kernels = try #require(Kernels.available.first)
      let values = try store.floats(name, shape: shape, kernels: kernels).values
      #expect(try values == golden.floats(name, shape: shape, kernels: kernels).values, "\(name)")
    }
  }

  @Test("the fixtures are there")
  func fixtures() throws {
    #expect(Self.names.count >= 15)
    #expect(try RefusedCheckpoint.all().count >= 150)
  }

  @Test("every tensor is what torch reads", arguments: names)
  func tensors(_ name: String) throws {
    try Self.compare(
      TensorStore(file: Self.fixtures.appending(path: "\(name).bin")),
      TensorStore(file: Self.fixtures.appending(path: "\(name).safetensors")))
  }

  @Test("shards and their index are read")
  func sharded() throws {
    let folder = Self.fixtures.appending(path: "sharded")
    let store = try TensorStore(folder: folder)
    #expect(store.path.hasSuffix("pytorch_model.bin.index.json"))
    try Self.compare(store, TensorStore(folder: folder, name: "golden"))
  }

  @Test("tied weights and tensors in row-major order stay where they are", arguments: ["shapes", "shapes-older"])
  func places(_ name: String) throws {
    let file = Self.fixtures.appending(path: "\(name).bin")
    let store = try TensorStore(file: file)
    let tied = try #require(store.entry("tied"))
    #expect(tied == store.entry("tied_too") && tied.range.count == 96)
    #expect(store.entry("rows")?.range == tied.range.lowerBound + 32..<tied.range.lowerBound + 80)
    let values = try store.floats("tied", shape: [6, 4], kernels: #require(Kernels.available.first)).values
    let bytes = try [UInt8](Data(contentsOf: file))[tied.range]
    #expect(SafetensorsBytes.floats(values) == Array(bytes))
  }

  @Test("safetensors win over a checkpoint beside them")
  func order() throws {
    try folder.write("pytorch_model.bin", [UInt8](Data(contentsOf: Self.fixtures.appending(path: "assembled.bin"))))
    #expect(try TensorStore(folder: url).names == ["w"])
    let other = SafetensorsBytes.file([("a", "F32", [1], SafetensorsBytes.floats([1]))])
    try folder.write("pytorch_model.bin.index.json", #"{"weight_map":{}}"#)
    #expect(try TensorStore(folder: url).names == ["w"])
    try folder.write("part.safetensors", other)
    try folder.write("model.safetensors.index.json", #"{"weight_map":{"a":"part.safetensors"}}"#)
    #expect(try TensorStore(folder: url).names == ["a"])
    try folder.write("model.safetensors", SafetensorsBytes.file([("b", "F32", [1], SafetensorsBytes.floats([1]))]))
    #expect(try TensorStore(folder: url).names == ["b"])
  }

  @Test("a folder without weights says which are read")
  func missing() {
    let error = #expect(throws: TensorError.self) { try TensorStore(folder: url) }
    #expect(error?.code == .missing)
    #expect(error?.message.contains("neither model.safetensors nor pytorch_model.bin") == true)
  }

  @Test("what is no description of tensors is refused", arguments: try RefusedCheckpoint.all())
  func refused(_ refused: RefusedCheckpoint) throws {
    let file = try folder.write("hostile.bin", refused.bytes)
    let error = #expect(throws: TensorError.self) { try TensorStore(file: URL(filePath: file)) }
    let text = error?.description ?? ""
    #expect(text.contains("hostile.bin"))
    #expect(error?.code == refused.code, "\(text)")
    for part in refused.says { #expect(text.contains(part), "\(text)") }
  }

  @Test(
    "a pickle of millions of operations ends with an error",
    arguments: [[0x29], [0x28], [0x5D, 0x71, 0], [0x29, 0x94], [0x7D, 0x85, 0x85]] as [[UInt8]])
  func bomb(_ piece: [UInt8]) throws {
    let count = (6 << 20) / piece.count
    let pickle = [0x80, 2] + Array(repeatElement(piece, count: count).joined())
    let file = try folder.write("bomb.bin", Self.older(pickle))
    let error = #expect(throws: TensorError.self) { try TensorStore(file: URL(filePath: file)) }
    #expect(error?.code == .malformed && error?.message.contains("steps") == true)
  }

  @Test("a dictionary made again and again of one long list ends with an error")
  func copies() throws {
    let pair: [UInt8] = [0x29, 0x29, 0x86]
    // A list of 10,000 pairs, then dictionaries of it, each from a call of what the memo holds.
    let list = [0x5D, 0x28] + Array(repeatElement(pair, count: 10_000).joined()) + [0x65, 0x71, 0]
    let name = [0x63] + Array("collections\nOrderedDict\n".utf8) + [0x71, 1]
    let call: [UInt8] = [0x68, 1, 0x68, 0, 0x85, 0x52]
    let pickle = [0x80, 2] + list + name + Array(repeatElement(call, count: 10_000).joined()) + [0x2E]
    let file = try folder.write("bomb.bin", Self.older(pickle))
    let error = #expect(throws: TensorError.self) { try TensorStore(file: URL(filePath: file)) }
    #expect(error?.code == .malformed && error?.message.contains("steps") == true)
  }

  /// The container from before PyTorch 1.6 around a pickle, without storages.
  static func older(_ pickle: [UInt8]) -> [UInt8] {
    let magic: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    let version: [UInt8] = [0x80, 2, 0x4D, 0xE9, 0x03, 0x2E]
    let system = [0x80, 2, 0x7D, 0x8C, 13] + Array("little_endian".utf8) + [0x88, 0x73, 0x2E]
    return magic + version + system + pickle + [0x80, 2, 0x5D, 0x2E]
  }
}

/// A file that must not be read, and what the error has to say.
struct RefusedCheckpoint: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  let code: TensorError.Code
  let says: [String]
  var testDescription: String { name }

  static func all() throws -> [RefusedCheckpoint] {
    let file = TorchCheckpointTests.fixtures.appending(path: "refused.json")
    let root = try JSONDocument(parsing: Array(Data(contentsOf: file)), subject: file.path).root
    let codes: [String: TensorError.Code] = ["refused": .refused, "malformed": .malformed, "mismatch": .mismatch]
    return try root.value("cases").elements.map { item in
      try RefusedCheckpoint(
        name: item.string("name"),
        bytes: [UInt8](#require(Data(base64Encoded: item.string("bytes")))),
        code: #require(codes[item.string("code")]),
        says: item.value("says").elements.compactMap(\.string))
    }
  }
}
