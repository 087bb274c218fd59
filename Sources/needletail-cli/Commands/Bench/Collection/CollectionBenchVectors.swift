import Needletail
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Vectors to fill a collection with, the same for the same number: those of a file, or clusters.
struct CollectionBenchVectors: Sendable {
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
    var noise = Self.noise(number)
    guard let file else {
      var centre = Self.noise(-1 - Int(noise.next() % UInt64(Self.clusters)))
      return (0..<dimension).map { _ in centre.nextValue() + 0.7 * noise.nextValue() }
    }
    let row = number % file.rows
    var vector = try Array(file.matrix(row..<(row + 1))[row: 0])
    guard number >= file.rows else { return vector }
    let square = vector.reduce(0) { $0 + $1 * $1 } / Float(dimension)
    for index in vector.indices { vector[index] += 0.3 * square.squareRoot() * noise.nextValue() }
    return vector
  }

  /// The numbers of a vector, the same for the same one.
  private static func noise(_ number: Int) -> SplitMix64 {
    SplitMix64(seed: SplitMix64.number(at: number))
  }
}

extension SplitMix64 {
  /// −1 to 1.
  fileprivate mutating func nextValue() -> Float { Float(2 * nextPart() - 1) }
}
