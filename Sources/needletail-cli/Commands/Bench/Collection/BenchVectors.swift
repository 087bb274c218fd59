import Needletail
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Vectors to fill a collection with, the same for the same number: those of a file, or clusters.
struct BenchVectors: Sendable {
  let dimension: Int
  private let file: VectorFile?
  private static let clusters = 2000

  /// - Parameter path: A file of vectors, which are taken over and over, changed a little after the first time;
  ///   without it vectors are spread around 2,000 centres.
  init(_ path: String?, dimension: Int) throws {
    file = try path.map { try VectorFile(URL(filePath: $0), kernels: .preferred()) }
    guard file?.rows != 0 else { throw TensorError(.mismatch, path ?? "", "holds no vectors to store") }
    self.dimension = file?.columns ?? dimension
  }

  /// The vectors of some numbers, a row each.
  func matrix(_ numbers: Range<Int>) throws -> Matrix {
    var values: [Float] = []
    values.reserveCapacity(numbers.count * dimension)
    for number in numbers { values += try vector(number) }
    return Matrix(rows: numbers.count, columns: dimension, values: values)
  }

  /// One vector.
  func vector(_ number: Int) throws -> [Float] {
    var noise = Noise(number)
    guard let file else {
      var centre = Noise(-1 - Int(noise.next() % UInt64(Self.clusters)))
      return (0..<dimension).map { _ in centre.value() + 0.7 * noise.value() }
    }
    let row = number % file.rows
    var vector = try Array(file.matrix(row..<(row + 1))[row: 0])
    guard number >= file.rows else { return vector }
    let square = vector.reduce(0) { $0 + $1 * $1 } / Float(dimension)
    for index in vector.indices { vector[index] += 0.3 * square.squareRoot() * noise.value() }
    return vector
  }

  /// Numbers without a pattern: SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).
  private struct Noise {
    private var state: UInt64

    init(_ seed: Int) {
      state = UInt64(bitPattern: Int64(seed)) &* 0xD134_2543_DE82_EF95
      _ = next()
      state = next()
    }

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var bits = state
      bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
      bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
      return bits ^ bits >> 31
    }

    /// −1 to 1.
    mutating func value() -> Float { Float(next() >> 40) / Float(1 << 23) - 1 }
  }
}
