import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("npy files")
struct NpyWriterTests {
  let folder: TemporaryFolder
  var path: String { folder.path + "/a.npy" }

  init() throws { folder = try TemporaryFolder() }

  func bytes() throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }
  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path) }

  @Test("are the bytes that NumPy writes")
  func golden() throws {
    // numpy 2.4.6: np.save(f, np.array([[0, 1, -2.5], [0.001, np.inf, -0.0]], dtype="<f4"))
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    let padding = String(repeating: " ", count: 128 - 10 - header.utf8.count - 1) + "\n"
    let data: [UInt8] = [
      0, 0, 0, 0, 0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0, 0x6F, 0x12, 0x83, 0x3A, 0, 0, 0x80, 0x7F, 0, 0, 0, 0x80,
    ]
    let writer = try NpyWriter(path, columns: 3)
    try writer.append(Matrix(rows: 2, columns: 3, values: [0, 1, -2.5, 0.001, .infinity, -0.0]))
    try writer.finish()
    #expect(try bytes() == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 0x76, 0] + Array((header + padding).utf8) + data)
  }

  /// Reads a file as NEP 1 describes it: magic, version, little-endian header length, header, numbers.
  func read() throws -> (header: String, values: [Float]) {
    let bytes = try bytes()
    try #require(bytes.count >= 10)
    #expect(bytes[..<8] == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0])
    let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
    try #require(bytes.count >= start && (bytes.count - start) % 4 == 0)
    #expect(start % 64 == 0 && bytes[start - 1] == 0x0A)
    let values = stride(from: start, to: bytes.count, by: 4).map { place in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * $1) })
    }
    return (String(decoding: bytes[10..<start], as: UTF8.self), values)
  }

  @Test(
    "give back the rows of all batches, in order",
    arguments: [(0, 5, 1), (1, 1, 1), (3, 7, 2), (1000, 384, 64), (12_345, 3, 1000), (4, 0, 4)])
  func rows(count: Int, columns: Int, batch: Int) throws {
    var generator = SeededGenerator(seed: 5)
    let values = (0..<count * columns).map { _ in
      Float(bitPattern: UInt32.random(in: 0...0x7F7F_FFFF, using: &generator))
    }
    let writer = try NpyWriter(path, columns: columns)
    for start in stride(from: 0, to: count, by: batch) {
      let end = min(start + batch, count)
      try writer.append(
        Matrix(rows: end - start, columns: columns, values: Array(values[start * columns..<end * columns])))
    }
    try writer.finish()
    let found = try read()
    #expect(found.header.contains("'shape': (\(count), \(columns)), "))
    #expect(found.header.contains("'descr': '<f4', ") && found.header.contains("'fortran_order': False, "))
    #expect(found.values == values)
    #expect(try names() == ["a.npy"])
  }

  @Test("that are not finished leave nothing behind and an older file as it was")
  func interrupted() throws {
    func start() throws {
      let writer = try NpyWriter(path, columns: 100)
      try writer.append(Matrix(rows: 5000, columns: 100, values: [Float](repeating: 1, count: 500_000)))
    }
    try start()
    #expect(try names() == [])
    try folder.write("a.npy", "older")
    try start()
    #expect(try bytes() == Array("older".utf8) && names() == ["a.npy"])
  }

  @Test("that cannot be written are an error", .enabled(if: OutputFileTests.hasFullDevice))
  func unwritable() throws {
    let writer = try NpyWriter("/dev/full", columns: 1)
    try writer.append(Matrix(rows: 1, columns: 1, values: [1]))
    let error = try #require(throws: TensorError.self, performing: { try writer.finish() })
    #expect(error.code == .unwritable && error.subject == "/dev/full")
    for name in ["/missing/folder/a.npy", folder.path] {
      let error = try #require(throws: TensorError.self, performing: { try NpyWriter(name, columns: 1) })
      #expect(error.code == .unwritable && error.subject == name)
    }
  }
}
