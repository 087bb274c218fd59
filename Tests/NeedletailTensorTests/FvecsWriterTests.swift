import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("fvecs files")
struct FvecsWriterTests {
  @Test("hold before each vector its number of values")
  func golden() throws {
    // Python: struct.pack("<i3f", 3, 0, 1, -2.5) + struct.pack("<i3f", 3, 0.001, math.inf, -0.0)
    let expected: [UInt8] = [
      3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0, 3, 0, 0, 0, 0x6F, 0x12, 0x83, 0x3A, 0, 0, 0x80, 0x7F,
      0, 0, 0, 0x80,
    ]
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.fvecs"
    let writer = try FvecsWriter(path, columns: 3)
    try writer.append(Matrix(rows: 1, columns: 3, values: [0, 1, -2.5]))
    try writer.append(Matrix(rows: 1, columns: 3, values: [0.001, .infinity, -0.0]))
    #expect(!FileManager.default.fileExists(atPath: path))
    try writer.finish()
    #expect([UInt8](try Data(contentsOf: URL(filePath: path))) == expected)
  }
}
