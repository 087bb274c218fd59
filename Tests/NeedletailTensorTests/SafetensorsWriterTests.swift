import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("safetensors files being written")
struct SafetensorsWriterTests {
  let folder: TemporaryFolder
  var file: URL { URL(filePath: folder.path).appending(path: "a.safetensors") }

  init() throws { folder = try TemporaryFolder() }

  func bytes() throws -> [UInt8] { [UInt8](try Data(contentsOf: file)) }
  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path) }

  @Test("have the layout of the format's specification")
  func layout() throws {
    let writer = try SafetensorsWriter(file.path, metadata: ["format": "pt"])
    try writer.append("x", [1, -2.5] as [Float], shape: [2, 1])
    try writer.append("y", [-1, 2, 3] as [Int8], shape: [3])
    try writer.finish()
    let bytes = try bytes()
    // A length of 8 bytes, the header, which may end in spaces, and the data without gaps.
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(length % 8 == 0)
    let header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
    let plain = header.filter { $0 != " " }
    #expect(
      plain == #"{"__metadata__":{"format":"pt"},"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"#
        + #""y":{"dtype":"I8","shape":[3],"data_offsets":[8,11]}}"#)
    #expect(header.first == "{")
    #expect(bytes[(8 + length)...] == [0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0, 0xFF, 2, 3])
  }

  @Test("are the same bytes where a tensor comes a part at a time")
  func parts() throws {
    let values = (0..<24).map(Float.init)
    var files: [[UInt8]] = []
    for size in [24, 5] {
      let writer = try SafetensorsWriter(file.path)
      try writer.append("whole", values, shape: [24])
      try writer.begin("x", shape: [2, 3, 4])
      for start in stride(from: 0, to: 24, by: size) {
        try writer.append(values: Array(values[start..<min(start + size, 24)]))
      }
      try writer.begin("none", shape: [3, 0])
      try writer.finish()
      files.append(try bytes())
    }
    #expect(files[0] == files[1])
    let read = try SafetensorsFile(file).entries
    #expect(read["x"]?.shape == [2, 3, 4] && read["none"]?.shape == [3, 0])
  }

  @Test("read as what was written, whatever the shapes and names")
  func roundTrip() throws {
    var generator = SeededGenerator(seed: 8)
    let floats: [(name: String, shape: [Int])] = [
      ("plain", [3, 4]), ("scalar", []), ("nothing", [0, 5]), ("deep", [1, 2, 1, 3]), ("large", [501, 300]),
      ("quoted \"\\\n\u{1}/", [1]), ("日本 é😀", [2]), ("after bytes", [7]),
    ]
    let values = floats.map { entry in
      (0..<entry.shape.reduce(1, *)).map { _ in Float.random(in: -1e30...1e30, using: &generator) }
    }
    let small = (0..<777).map { _ in Int8.random(in: .min ... .max, using: &generator) }
    func write() throws -> [UInt8] {
      let writer = try SafetensorsWriter(file.path, metadata: ["a": "1", "b\"": "é\n"])
      for (entry, values) in zip(floats, values) {
        if entry.name == "after bytes" { try writer.append("bytes", small, shape: [7, 111]) }
        try writer.append(entry.name, values, shape: entry.shape)
      }
      try writer.finish()
      return try bytes()
    }
    let first = try write()
    let store = try TensorStore(file: file)
    #expect(store.names == (floats.map(\.name) + ["bytes"]).sorted())
    #expect(store.metadata == ["a": "1", "b\"": "é\n"])
    let kernels = try Kernels.preferred()
    for (entry, values) in zip(floats, values) {
      let found = try store.floats(entry.name, shape: entry.shape.map(Int?.some), kernels: kernels)
      #expect(found.values == values, "\(entry.name)")
      #expect(store.entry(entry.name)?.shape == entry.shape)
    }
    let entry = try #require(store.entry("bytes"))
    #expect(entry.type == .int8 && entry.shape == [7, 111])
    #expect(first[entry.range].map { Int8(bitPattern: $0) } == small)
    #expect(try write() == first, "the same tensors give the same bytes")
    #expect(try names() == ["a.safetensors"])
  }

  @Test("may hold no tensors")
  func empty() throws {
    let writer = try SafetensorsWriter(file.path)
    try writer.finish()
    let store = try TensorStore(file: file)
    #expect(store.names == [] && store.metadata == ["format": "pt"])
  }

  @Test("grow by rows", arguments: [[], [3], [1, 0, 2], [500, 500, 1]])
  func growing(batches: [Int]) throws {
    let writer = try SafetensorsWriter(file.path, growing: "embeddings", columns: 200)
    var expected: [Float] = []
    for (index, rows) in batches.enumerated() {
      let values = (0..<rows * 200).map { Float($0) + Float(index) / 4 }
      try writer.append(rows: Matrix(rows: rows, columns: 200, values: values))
      expected += values
    }
    try writer.finish()
    let store = try TensorStore(file: file)
    let shape = [batches.reduce(0, +), 200]
    #expect(store.names == ["embeddings"] && store.entry("embeddings")?.shape == shape)
    #expect(try store.floats("embeddings", shape: [nil, 200], kernels: .preferred()).values == expected)
  }

  @Test("that are not finished leave nothing behind and an older file as it was")
  func interrupted() throws {
    func start() throws {
      let writer = try SafetensorsWriter(file.path)
      try writer.append("x", [Float](repeating: 1, count: 500_000), shape: [500_000])
    }
    try start()
    #expect(try names() == [])
    try folder.write("a.safetensors", "older")
    try start()
    #expect(try bytes() == Array("older".utf8) && names() == ["a.safetensors"])
  }

  @Test("that cannot be written are an error", .enabled(if: OutputFileTests.hasFullDevice))
  func unwritable() throws {
    let writer = try SafetensorsWriter("/dev/full")
    try writer.append("x", [1] as [Float], shape: [1])
    let error = try #require(throws: TensorError.self, performing: { try writer.finish() })
    #expect(error.code == .unwritable && error.subject == "/dev/full")
    for name in ["/missing/folder/a.safetensors", folder.path] {
      let error = try #require(throws: TensorError.self, performing: { try SafetensorsWriter(name) })
      #expect(error.code == .unwritable && error.subject == name)
    }
  }
}
