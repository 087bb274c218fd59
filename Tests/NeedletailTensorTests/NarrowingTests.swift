import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Numbers as stored elements")
struct NarrowingTests {
  /// Every element of 16 bits in its order, as float32.
  private func widened(_ type: ElementType) throws -> [Float] {
    let folder = try TemporaryFolder()
    let path = folder.path + "/all.safetensors"
    let writer = try SafetensorsWriter(path)
    try writer.begin("all", type: type, shape: [1 << 16])
    try writer.append(bytes: (0..<1 << 16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
    try writer.finish()
    let kernels = try #require(Kernels.available.first)
    return try TensorStore(file: URL(filePath: path)).floats("all", shape: [1 << 16], kernels: kernels).values
  }

  private func bits(_ type: ElementType, _ value: Float) -> UInt16? {
    type.bytes(of: [value]).map { UInt16($0[0]) | UInt16($0[1]) << 8 }
  }

  @Test(
    "a number of the type is itself, one between two the nearer, and one in the middle the even one",
    arguments: [ElementType.float16, .bfloat16])
  func rounding(_ type: ElementType) throws {
    let values = try widened(type)
    for sign in [0, 0x8000] {
      for pattern in sign..<sign + 0x7FFF where values[pattern].isFinite {
        #expect(bits(type, values[pattern]) == UInt16(pattern))
        guard values[pattern + 1].isFinite else { continue }
        let middle = Float((Double(values[pattern]) + Double(values[pattern + 1])) / 2)
        // Between the smallest bfloat16 there is no float32 at all.
        guard middle != values[pattern], middle != values[pattern + 1] else { continue }
        #expect(bits(type, middle) == UInt16(pattern % 2 == 0 ? pattern : pattern + 1))
        let (nearer, farther) = sign == 0 ? (middle.nextDown, middle.nextUp) : (middle.nextUp, middle.nextDown)
        #expect(bits(type, nearer) == UInt16(pattern) && bits(type, farther) == UInt16(pattern + 1))
      }
    }
  }

  @Test("what no number of the type is near is told, infinities and what is no number are kept")
  func limits() throws {
    #expect(bits(.float16, 65519.996) == 0x7BFF && bits(.float16, 65520) == nil && bits(.float16, -1e9) == nil)
    #expect(bits(.bfloat16, .greatestFiniteMagnitude) == nil)
    for type in [ElementType.float16, .bfloat16] {
      let values = try widened(type)
      #expect(values[Int(try #require(bits(type, .infinity)))] == .infinity)
      #expect(values[Int(try #require(bits(type, -.infinity)))] == -.infinity)
      #expect(values[Int(try #require(bits(type, .nan)))].isNaN)
    }
  }

  @Test("wide types keep every bit")
  func wide() {
    #expect(ElementType.float32.bytes(of: [-2.5]) == [0, 0, 0x20, 0xC0])
    #expect(ElementType.float64.bytes(of: [-2.5]) == [0, 0, 0, 0, 0, 0, 4, 0xC0])
  }
}
