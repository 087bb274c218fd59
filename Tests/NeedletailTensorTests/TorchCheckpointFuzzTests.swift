import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Mutated PyTorch checkpoints")
struct TorchCheckpointFuzzTests {
  private static func seeds() throws -> [Fuzzing.Seed] {
    try TorchCheckpointTests.names.map { name in
      (name, [UInt8](try Data(contentsOf: TorchCheckpointTests.fixtures.appending(path: "\(name).bin"))))
    }
  }

  @Test("files are read or refused")
  func files() async throws {
    let kernels = try Kernels.preferred()
    let report = try await Fuzzing("checkpoints", share: 5).run(try Self.seeds()) { input in
      let store = try TensorStore(file: try input.write(to: "fuzz.bin"))
      #expect(try SafetensorsFuzzTests.readAll(store, kernels: kernels) == store.names.count)
    } refusal: {
      SafetensorsFuzzTests.refusal($0)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }

  @Test("shards and their index are read or refused")
  func shards() async throws {
    let folders = try FuzzedFolders([TorchCheckpointTests.fixtures.appending(path: "sharded")]) {
      $0.hasPrefix("pytorch_model")
    }
    let kernels = try Kernels.preferred()
    let report = try await Fuzzing("checkpoint shards").run(folders.seeds) { input in
      try await folders.withFolder(of: input) { folder in
        _ = try SafetensorsFuzzTests.readAll(TensorStore(folder: folder), kernels: kernels)
      }
    } refusal: {
      SafetensorsFuzzTests.refusal($0)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }

  /// What pickles of tensors are made of, and a little of what they are not.
  private static let pieces: [[UInt8]] = {
    func text(_ text: String) -> [UInt8] { [0x8C, UInt8(text.utf8.count)] + Array(text.utf8) }
    func name(_ text: String) -> [UInt8] { [0x63] + Array(text.utf8) + [0x0A] }
    let storage =
      [0x28] + text("storage") + name("torch\nFloatStorage") + text("0") + text("cpu") + [0x4B, 0, 0x4E, 0x74, 0x51]
    let tensor =
      name("torch._utils\n_rebuild_tensor_v2") + [0x28] + storage + [0x4B, 0, 0x4B, 0, 0x85, 0x4B, 1, 0x85, 0x74, 0x52]
    return [
      [0x28], [0x29], [0x5D], [0x7D], [0x4E], [0x88], [0x89], [0x74], [0x85], [0x86], [0x87], [0x61], [0x65], [0x73],
      [0x75],
      [0x51], [0x52], [0x62], [0x94], [0x71, 0], [0x68, 0], [0x71, 1], [0x68, 1], [0x4B, 3], [0x8A, 1, 0xFF], [0x93],
      text("w"), text("state_dict"), text("storage"), name("torch\nSize"), name("torch\nFloatStorage"),
      name("collections\nOrderedDict"), name("collections\nOrderedDict") + [0x29, 0x52], storage, tensor,
      text("w") + tensor,
      text("v") + tensor + [0x73], [0x7D] + text("w") + tensor + [0x73], name("os\nsystem"), [0x81],
    ]
  }()

  @Test("pickles of any operations are read or refused")
  func operations() async throws {
    let valid = TorchCheckpointTests.older([0x80, 2, 0x7D, 0x2E])
    let kernels = try Kernels.preferred()
    let report = try await Fuzzing("operations of pickles").run([("empty", valid)]) { generator in
      var pickle: [UInt8] = [0x80, 2, 0x7D]
      for _ in 0..<Int.random(in: 1...12, using: &generator) {
        pickle += Self.pieces.randomElement(using: &generator) ?? []
      }
      return TorchCheckpointTests.older(pickle + [0x2E])
    } reader: { input in
      _ = try SafetensorsFuzzTests.readAll(TensorStore(file: try input.write(to: "fuzz.bin")), kernels: kernels)
    } refusal: {
      SafetensorsFuzzTests.refusal($0)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
