import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Stored tensors")
struct TensorStoreTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var url: URL { URL(filePath: folder.path, directoryHint: .isDirectory) }

  /// A file with one tensor of this type whose bytes take no room on the disk.
  private func sparse(_ type: ElementType, rows: Int, columns: Int) throws {
    let bytes = rows * columns * type.size
    let header = #"{"a":{"dtype":"\#(type.rawValue)","shape":[\#(rows),\#(columns)],"data_offsets":[0,\#(bytes)]}}"#
    let path = try folder.write("model.safetensors", SafetensorsBytes.file(header: header))
    let length = 8 + header.utf8.count + bytes
    try #require(unsafe truncate(path, off_t(length)) == 0, "the file system knows files with holes")
  }

  @Test(
    "more numbers than the machine has memory for are an error",
    arguments: [ElementType.float16, .bfloat16, .float32])
  func tooLarge(_ type: ElementType) throws {
    try sparse(type, rows: 10_000_000, columns: 60_000)
    let store = try TensorStore(folder: url)
    let kernels = try #require(Kernels.available.first)
    let error = #expect(throws: TensorError.self) {
      try store.floats("a", shape: [10_000_000, 60_000], kernels: kernels)
    }
    #expect(error?.code == .tooLarge && error?.subject.hasSuffix("tensor a") == true)
  }

  @Test("a type that is no float is refused before memory is taken")
  func noFloats() throws {
    try sparse(.int8, rows: 10_000_000, columns: 60_000)
    let store = try TensorStore(folder: url)
    let kernels = try #require(Kernels.available.first)
    let error = #expect(throws: TensorError.self) {
      try store.floats("a", shape: [10_000_000, 60_000], kernels: kernels)
    }
    #expect(error?.code == .mismatch)
  }

  /// Two shards that both hold tensor `a`, with the numbers 1 and 2, and an index.
  private func shards(index: String) throws {
    for (number, name) in [(1, "x"), (2, "y")] {
      try folder.write(
        "model-0000\(number).safetensors",
        SafetensorsBytes.file([
          ("a", "F32", [1], SafetensorsBytes.floats([Float(number)])),
          (name, "F32", [1], SafetensorsBytes.floats([9])),
        ]))
    }
    try folder.write("model.safetensors.index.json", #"{"weight_map":\#(index)}"#)
  }

  @Test("a tensor comes from the shard that the index names", arguments: [1, 2])
  func owner(_ number: Int) throws {
    try shards(
      index: #"{"a":"model-0000\#(number).safetensors","x":"model-00001.safetensors","y":"model-00002.safetensors"}"#)
    let store = try TensorStore(folder: url)
    #expect(try store.floats("a", shape: [1], kernels: #require(Kernels.available.first)).values == [Float(number)])
    #expect(store.names == ["a", "x", "y"])
  }

  @Test("a tensor that its shard lacks is an error")
  func missing() throws {
    try shards(index: #"{"a":"model-00001.safetensors","y":"model-00001.safetensors"}"#)
    let error = #expect(throws: TensorError.self) { try TensorStore(folder: url) }
    #expect(error?.code == .missing && error?.subject.hasSuffix("model-00001.safetensors") == true)
    #expect(error?.message.contains("no tensor y") == true)
  }

  @Test(
    "a pipe is refused at once", .timeLimit(.minutes(5)),
    arguments: ["model.safetensors", "model.safetensors.index.json"])
  func pipe(_ name: String) throws {
    try folder.pipe(name)
    let error = #expect(throws: TensorError.self) { try TensorStore(folder: url) }
    #expect(error?.code == .unreadable && error?.message == "is not a regular file")
  }
}
