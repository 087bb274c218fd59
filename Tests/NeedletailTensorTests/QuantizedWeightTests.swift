import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Weights in 8 bits against their definitions; whole models are compared with the libraries that wrote them
/// (`Tools/reference/quantized_fixtures.py`).
@Suite("Quantised weights")
struct QuantizedWeightTests {
  private typealias Tensors = [(name: String, type: String, shape: [Int], bytes: [UInt8])]

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func store(_ tensors: Tensors) throws -> TensorStore {
    try folder.write("model.safetensors", SafetensorsBytes.file(tensors))
    return try TensorStore(folder: URL(filePath: folder.path, directoryHint: .isDirectory))
  }

  private func values(_ tensors: Tensors, _ shape: [Int?] = [2, 4]) throws -> [Float] {
    let store = try store(tensors)
    #expect(store.contains("a.weight"))
    return try store.floats("a.weight", shape: shape, kernels: #require(Kernels.available.first)).values
  }

  private static let codes: (String, String, [Int], [UInt8]) = (
    "a.weight", "I8", [2, 4], [1, 2, 3, 4, 255, 128, 0, 127]
  )
  private static let packed: (String, String, [Int], [UInt8]) = (
    "a.weight_packed", "I32", [2, 2], [129, 130, 131, 132, 138, 9, 9, 9, 127, 0, 128, 255, 118, 9, 9, 9]
  )

  private static func floats(_ name: String, _ shape: [Int], _ values: [Float]) -> (String, String, [Int], [UInt8]) {
    (name, "F32", shape, SafetensorsBytes.floats(values))
  }

  private static func size(_ rows: Int64, _ columns: Int64) -> (String, String, [Int], [UInt8]) {
    ("a.weight_shape", "I64", [2], SafetensorsBytes.littleEndian(rows, columns))
  }

  @Test("a scale for the whole, for each row and for each group of a row, with and without zeros")
  func scales() throws {
    let whole = Self.floats("a.weight_scale", [1], [0.5])
    #expect(try values([Self.codes, whole]) == [0.5, 1, 1.5, 2, -0.5, -64, 0, 63.5])
    let rows = Self.floats("a.weight_scale", [2, 1], [0.5, 2])
    #expect(try values([Self.codes, rows]) == [0.5, 1, 1.5, 2, -2, -256, 0, 254])
    let flat = Self.floats("a.weight_scale", [2], [0.5, 2])
    #expect(try values([Self.codes, flat]) == [0.5, 1, 1.5, 2, -2, -256, 0, 254])
    let groups = Self.floats("a.weight_scale", [2, 2], [0.5, 1, 2, 4])
    #expect(try values([Self.codes, groups]) == [0.5, 1, 3, 4, -2, -256, 0, 508])
    let zeros = ("a.weight_zero_point", "I8", [2, 2], [1, 0, 255, 2] as [UInt8])
    #expect(try values([Self.codes, groups, zeros]) == [0, 0.5, 3, 4, 0, -254, -8, 500])
    let half = ("a.weight_scale", "BF16", [2, 1], [0, 0x3F, 0, 0x40] as [UInt8])
    #expect(try values([Self.codes, half]) == [0.5, 1, 1.5, 2, -2, -256, 0, 254])
  }

  @Test("four codes a word, the last of a row in part")
  func words() throws {
    let rows = Self.floats("a.weight_scale", [2, 1], [1, 0.5])
    let numbers: [Float] = [1, 2, 3, 4, 10, -0.5, -64, 0, 63.5, -5]
    #expect(try values([Self.packed, Self.size(2, 5), rows], [2, 5]) == numbers)
    // The zeros of both rows lie in one word.
    let zeros = ("a.weight_zero_point", "I32", [1, 1], [129, 126, 9, 9] as [UInt8])
    let shifted: [Float] = [0, 1, 2, 3, 9, 0.5, -63, 1, 64.5, -4]
    #expect(try values([Self.packed, Self.size(2, 5), rows, zeros], [2, 5]) == shifted)
  }

  @Test("what 127 codes stand for, as bitsandbytes has it")
  func maxima() throws {
    let maxima = Self.floats("a.SCB", [2], [127, 254])
    let expected: [Float] = [1, 2, 3, 4, -2, -256, 0, 254]
    for format in [[], [("a.weight_format", "U8", [], [0])]] as [Tensors] {
      let found = try values([Self.codes, maxima] + format)
      #expect(largestDifference(found, expected) <= 256 * 2e-7)
    }
  }

  @Test("float8 has subnormal numbers, a largest number of 448 and no infinities")
  func float8() throws {
    let bytes: [UInt8] = [0x01, 0x08, 0x38, 0xB8, 0x7E, 0xFE, 0x80, 0x07]
    let found = try values([("a.weight", "F8_E4M3", [2, 4], bytes), Self.floats("a.weight_scale", [1], [1])])
    #expect(found == [0.001953125, 0.015625, 1, -1, 448, -448, 0, 0.013671875])
    let one = Self.floats("a.weight_scale", [1], [1])
    #expect(try values([("a.weight", "F8_E4M3", [1, 1], [0x7F]), one], [1, 1])[0].isNaN)
  }

  private static let rows = floats("a.weight_scale", [2, 1], [1, 1])
  private static let bad: [(Tensors, String)] = [
    ([codes, floats("a.weight_scale", [3, 1], [1, 1, 1])], "a.weight_scale"),
    ([codes, floats("a.weight_scale", [2, 3], [1, 1, 1, 1, 1, 1])], "a.weight_scale"),
    ([codes, floats("a.weight_scale", [2, 0], [])], "a.weight_scale"),
    ([codes, floats("a.weight_scale", [0], [])], "a.weight_scale"),
    ([codes, ("a.weight_scale", "I8", [1], [1])], "a.weight_scale"),
    ([codes, rows, ("a.weight_zero_point", "I8", [3], [0, 0, 0])], "a.weight_zero_point"),
    ([codes, rows, floats("a.weight_zero_point", [1], [0])], "a.weight_zero_point"),
    ([codes, rows, ("a.weight_g_idx", "I32", [1], [0, 0, 0, 0])], "a.weight_g_idx"),
    ([codes, floats("a.SCB", [3], [1, 1, 1])], "a.SCB"),
    ([codes, floats("a.SCB", [2], [1, 1]), ("a.weight_format", "U8", [], [2])], "a.weight_format"),
    ([codes, floats("a.SCB", [2], [1, 1]), floats("a.weight_format", [], [0])], "a.weight_format"),
    ([("a.weight", "I8", [4], [0, 0, 0, 0]), rows], "a.weight"),
    ([codes], "a.weight"),
    ([packed, rows], "a.weight_shape"),
    ([packed, size(2, 5)], "a.weight_scale"),
    ([packed, size(2, 9), rows], "a.weight_packed"),
    ([packed, size(2, .max), rows], "a.weight_packed"),
    ([packed, size(-2, 4), rows], "a.weight_shape"),
    ([packed, size(.max, .max), rows], "a.weight_shape"),
    ([packed, size(2, 4), rows], "a.weight_packed"),
    ([("a.weight_packed", "I8", [2, 1], [0, 0]), size(2, 4), rows], "a.weight"),
    ([packed, ("a.weight_shape", "F32", [2], [0, 0, 0, 0, 0, 0, 0, 0]), rows], "a.weight_shape"),
    ([packed, ("a.weight_shape", "I64", [1], [2, 0, 0, 0, 0, 0, 0, 0]), rows], "a.weight_shape"),
  ]

  @Test("parts that do not fit each other are errors that name one of them", arguments: bad.indices)
  func misfits(_ number: Int) throws {
    let (tensors, named) = Self.bad[number]
    let store = try store(tensors)
    let kernels = try #require(Kernels.available.first)
    let error = #expect(throws: TensorError.self) {
      try store.floats("a.weight", shape: [2, nil], kernels: kernels)
    }
    #expect(error?.code == .mismatch || error?.code == .missing)
    #expect(error?.description.contains(named) == true, "\(error?.description ?? "")")
  }

  @Test("mutated files are read or refused")
  func mutated() async throws {
    let kernels = try #require(Kernels.available.last)
    let seeds: [Fuzzing.Seed] = [
      ("codes", SafetensorsBytes.file([Self.codes, Self.rows, ("a.weight_zero_point", "I8", [2, 1], [1, 2])])),
      ("words", SafetensorsBytes.file([Self.packed, Self.size(2, 5), Self.rows])),
      ("maxima", SafetensorsBytes.file([Self.codes, Self.floats("a.SCB", [2], [1, 2])])),
    ]
    let report = try await Fuzzing("quantised weights").run(seeds) { input in
      let store = try TensorStore(file: try input.write(to: "fuzz.safetensors"))
      let weight = try store.floats("a.weight", shape: [nil, nil], kernels: kernels)
      #expect(weight.values.count == weight.shape[0] * weight.shape[1])
    } refusal: {
      ($0 as? TensorError).map { ($0.message, $0.subject) }
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
