import NeedletailIndex
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Damaged segment files")
struct SegmentFileFuzzTests {
  @Test("a damaged segment file is read or refused, never a crash")
  func damagedFiles() async throws {
    let folder = try TemporaryFolder()
    let writer = try SegmentWriter(folder.path + "/seed")
    try writer.write("numbers", [UInt32](0..<300))
    try writer.write("bytes", [UInt8](repeating: 7, count: 70_000))
    try writer.finish()
    let seed = Array(try Data(contentsOf: URL(filePath: folder.path + "/seed")))
    let report = try await Fuzzing("segment file", share: 0.2).run([("two sections", seed)]) { input in
      let file = try SegmentFile(try input.write(to: "a.segment").path)
      for name in file.names { _ = try file.section(name).count }
      try file.verify()
    } refusal: {
      ($0 as? IndexError).map { ($0.message, $0.subject) }
    }
    #expect(report.problems == [])
  }
}
