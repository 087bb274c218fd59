import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Mutated files of vectors")
struct VectorFileFuzzTests {
  static func seeds(_ suffix: String) throws -> [Fuzzing.Seed] {
    let names = try FileManager.default.contentsOfDirectory(atPath: VectorFileTests.fixtures.path).sorted()
    let unread = ["scalar", "vector", "cube", "no-values", "columns", "big", "complex", "words", "structure", "ragged"]
    return try names.filter { name in name.hasSuffix(suffix) && !unread.contains { name.hasPrefix($0 + ".") } }.map {
      ($0, [UInt8](try Data(contentsOf: VectorFileTests.fixtures.appending(path: $0))))
    }
  }

  @Test("are read or refused", arguments: [".npy", ".fvecs", ".bvecs", ".ivecs"])
  func files(suffix: String) async throws {
    let kernels = try Kernels.preferred()
    let report = try await Fuzzing("vectors, \(suffix)").run(try Self.seeds(suffix)) { input in
      let file = try VectorFile(try input.write(to: "fuzz\(suffix)"), kernels: kernels)
      #expect(file.rows * file.columns * file.type.size <= input.bytes.count)
      #expect(try file.matrix(0..<file.rows).values.count == file.rows * file.columns)
      if file.type != .float16, file.type != .float32, file.type != .float64 {
        #expect(try file.integers(0..<file.rows).count == file.rows * file.columns)
      }
    } refusal: {
      ($0 as? TensorError).map { ($0.message, $0.subject) }
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
