import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Mutated safetensors")
struct SafetensorsFuzzTests {
  static let models = SharedData.repository.appending(path: "Tests/NeedletailModelsTests/Fixtures")

  /// Small files made here, and files that Python's safetensors wrote.
  static func seeds() throws -> [Fuzzing.Seed] {
    var seeds: [Fuzzing.Seed] = [
      (
        "every type",
        SafetensorsBytes.file(
          ElementType.allCases.map { type in
            (type.rawValue, type.rawValue, [2, 3], (0..<UInt8(6 * type.size)).map { $0 })
          })
      ),
      (
        "shapes",
        SafetensorsBytes.file([
          ("scalar", "F32", [], SafetensorsBytes.floats([1])), ("none", "F32", [0, 4], []),
          ("unaligned", "I8", [3], [1, 2, 3]), ("after", "F32", [2, 1], SafetensorsBytes.floats([1, 2])),
          ("half", "F16", [1, 1, 1], [0, 60]), ("byte", "BOOL", [1], [1]), ("odd", "BF16", [2], [0, 60, 128, 63]),
        ])
      ),
      (
        "metadata",
        SafetensorsBytes.file(
          header: #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}   "#,
          data: [0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
      ),
    ]
    for name in ["bert-float16", "bert-bfloat16"] {
      seeds.append((name, [UInt8](try Data(contentsOf: models.appending(path: "\(name)/model.safetensors")))))
    }
    return seeds
  }

  /// Reads every tensor, as floats and as bytes, and returns how many there are.
  static func readAll(_ store: TensorStore, kernels: Kernels) throws -> Int {
    var count = 0
    for name in store.names {
      guard let entry = store.entry(name) else { continue }
      let shape = entry.shape.map(Int?.some)
      count += 1
      #expect(try store.bytes(name, type: entry.type, shape: shape).count == entry.shape.reduce(entry.type.size, *))
      if [.float16, .bfloat16, .float32, .float64].contains(entry.type) {
        let values = try store.floats(name, shape: shape, kernels: kernels).values
        #expect(values.count == entry.shape.reduce(1, *))
      } else {
        #expect(throws: TensorError.self) { try store.floats(name, shape: shape, kernels: kernels) }
      }
      #expect(throws: TensorError.self) { try store.floats(name, shape: shape + [1], kernels: kernels) }
    }
    return count
  }

  static func refusal(_ error: any Error) -> (message: String, subject: String)? {
    (error as? TensorError).map { ($0.message, $0.subject) }
  }

  @Test("files are read or refused", arguments: ["portable", "best"])
  func files(kernels name: String) async throws {
    let kernels = try #require(name == "best" ? Kernels.available.last : Kernels.available.first)
    let report = try await Fuzzing("safetensors, \(kernels.name)").run(try Self.seeds()) { input in
      let store = try TensorStore(file: try input.write(to: "fuzz.safetensors"))
      #expect(try Self.readAll(store, kernels: kernels) == store.names.count)
    } refusal: {
      Self.refusal($0)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }

  @Test("shards and their index are read or refused")
  func shards() async throws {
    let folders = try FuzzedFolders([Self.models.appending(path: "bert-sharded")]) { $0.hasPrefix("model") }
    let kernels = try Kernels.preferred()
    let report = try await Fuzzing("safetensors shards").run(folders.seeds) { input in
      try await folders.withFolder(of: input) { folder in
        let store = try TensorStore(folder: folder)
        _ = try Self.readAll(store, kernels: kernels)
      }
    } refusal: {
      Self.refusal($0)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
