import NeedletailJSON
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Files of vectors")
struct VectorFileTests {
  static let fixtures = SharedData.repository.appending(path: "Tests/NeedletailTensorTests/Fixtures/vectors")

  /// `Fixtures/vectors/expected.json`, by numpy 2.4.6.
  private func goldens(_ key: String) throws -> [(name: String, value: JSON)] {
    let file = Self.fixtures.appending(path: "expected.json")
    let root = try JSONDocument(parsing: Array(Data(contentsOf: file)), subject: file.path).root
    return try root.value(key).members.map { (String(decoding: $0.key, as: UTF8.self), $0.value) }
  }

  @Test("have the shape and the numbers that numpy wrote, bit for bit", arguments: Kernels.available)
  func golden(kernels: Kernels) throws {
    let goldens = try goldens("read")
    #expect(goldens.count == 25)
    for (name, expected) in goldens {
      let file = try VectorFile(Self.fixtures.appending(path: name), kernels: kernels)
      let shape = try expected.value("shape").elements.compactMap(\.integer)
      #expect([file.rows, file.columns] == shape, "\(name)")
      let bits = try expected.value("bits").elements.compactMap(\.integer).map { UInt32($0) }
      #expect(try file.matrix(0..<file.rows).values.map(\.bitPattern) == bits, "\(name)")
      #expect((file.region(0..<file.rows) != nil) == (file.type == .float32 && name.hasSuffix("npy")), "\(name)")
      for row in 0..<file.rows {
        let own = Array(bits[row * file.columns..<(row + 1) * file.columns])
        #expect(try file.matrix(row..<row + 1).values.map(\.bitPattern) == own, "\(name)")
        guard let region = file.region(row..<row + 1) else { continue }
        #expect(region.floats(0..<file.columns).map(\.bitPattern) == own, "\(name)")
      }
      if let integers = try? expected.value("integers").expect(.array, name) {
        #expect(try file.integers(0..<file.rows) == integers.elements.compactMap(\.integer), "\(name)")
      } else {
        let error = try #require(throws: TensorError.self, performing: { try file.integers(0..<file.rows) })
        #expect(error.code == .mismatch)
      }
    }
  }

  @Test("that are no plain lists of vectors are refused by name")
  func refused() throws {
    let goldens = try goldens("refused")
    #expect(goldens.count == 12)
    for (name, code) in goldens {
      let url = Self.fixtures.appending(path: name)
      let error = try #require(throws: TensorError.self) {
        let file = try VectorFile(url, kernels: .preferred())
        _ = try file.matrix(0..<file.rows)
      }
      #expect(error.code == (code.string == "mismatch" ? .mismatch : .malformed), "\(name): \(error)")
      #expect(error.subject == url.path)
    }
  }

  @Test(
    "that end anywhere else than they should are refused", arguments: ["float32-1.npy", "float16-3.npy", "a.bvecs"])
  func truncated(name: String) throws {
    let folder = try TemporaryFolder()
    let bytes = [UInt8](try Data(contentsOf: Self.fixtures.appending(path: name)))
    // A file of counted rows that ends after one of them is whole.
    let ends = (1..<bytes.count).filter { name != "a.bvecs" || $0 % 11 != 0 } + [bytes.count + 1]
    let url = URL(filePath: folder.path).appending(path: name)
    for end in ends {
      try Data((bytes + [0]).prefix(end)).write(to: url)
      let error = try #require(throws: TensorError.self, performing: { try VectorFile(url, kernels: .preferred()) })
      #expect(error.code == .malformed && error.subject == url.path, "\(end)")
    }
  }

  @Test("of int64 are the bytes that numpy writes")
  func integers() throws {
    let folder = try TemporaryFolder()
    let golden = try VectorFile(Self.fixtures.appending(path: "int64-1.npy"), kernels: .preferred())
    let numbers = try golden.integers(0..<golden.rows)
    let path = folder.path + "/a.npy"
    let writer = try NpyWriter(path, columns: golden.columns, elements: .int64)
    for start in stride(from: 0, to: numbers.count, by: golden.columns) {
      try writer.append(Array(numbers[start..<start + golden.columns]))
    }
    try writer.finish()
    // Both headers are padded to 128 bytes.
    #expect(try Data(contentsOf: URL(filePath: path)) == Data(contentsOf: URL(filePath: golden.path)))
  }
}
