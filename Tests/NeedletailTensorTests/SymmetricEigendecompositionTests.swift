import NeedletailJSON
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Symmetric eigendecomposition")
struct SymmetricEigendecompositionTests {
  /// `Fixtures/eigen.json`, computed by numpy 2.4.6 (LAPACK's syevd).
  private func goldens() throws -> [JSON] {
    let file = SharedData.repository.appending(path: "Tests/NeedletailTensorTests/Fixtures/eigen.json")
    return Array(
      try JSONDocument(parsing: Array(Data(contentsOf: file)), subject: file.path).root.value("cases").elements)
  }

  @Test("values are numpy's to 1e-13 of the largest, vectors to the sign and the gap between values")
  func matchesReference() throws {
    let cases = try goldens()
    #expect(cases.count == 8)
    for item in cases {
      let name = try item.string("name")
      let order = try item.integer("order")
      let matrix = try item.value("matrix").elements.compactMap(\.double)
      let values = try item.value("values").elements.compactMap(\.double)
      let vectors = try item.value("vectors").elements.compactMap(\.double)
      let result = try #require(SymmetricEigendecomposition(of: matrix, order: order), "\(name)")
      let largest = values.reduce(0) { max($0, abs($1)) }
      for (found, expected) in zip(result.values, values) {
        #expect(abs(found - expected) <= 1e-13 * largest, "\(name)")
      }
      for index in 0..<order {
        let expected = vectors[index * order..<(index + 1) * order]
        let cosine = zip(result.vector(index), expected).reduce(0) { $0 + $1.0 * $1.1 }
        let neighbours = [index - 1, index + 1].filter { (0..<order).contains($0) }
        let gap = neighbours.map { abs(values[$0] - values[index]) }.min() ?? largest
        #expect(1 - abs(cosine) <= 1e-12 + 1e-13 * largest / gap, "\(name), vector \(index)")
      }
    }
  }

  @Test("vectors are orthonormal and rebuild the matrix", arguments: [1, 2, 3, 5, 16, 33, 96])
  func rebuilds(_ order: Int) throws {
    var state = UInt64(order) &* 0x9E37_79B9_7F4A_7C15 | 1
    var matrix = [Double](repeating: 0, count: order * order)
    for i in 0..<order {
      for j in 0...i {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let value = Double(state >> 11) / Double(1 << 53) - 0.5
        matrix[i * order + j] = value
        matrix[j * order + i] = value
      }
    }
    let result = try #require(SymmetricEigendecomposition(of: matrix, order: order))
    #expect(zip(result.values, result.values.dropFirst()).allSatisfy { $0 >= $1 })
    for i in 0..<order {
      for j in 0...i {
        let dot = zip(result.vector(i), result.vector(j)).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(dot - (i == j ? 1 : 0)) < 1e-13)
        let rebuilt = (0..<order).reduce(0.0) {
          $0 + result.values[$1] * result.vectors[$1 * order + i] * result.vectors[$1 * order + j]
        }
        #expect(abs(rebuilt - matrix[i * order + j]) < 1e-13 * Double(order))
      }
    }
  }

  @Test("special shapes: nothing, zeros, the identity, a diagonal, equal values, rank one")
  func specialShapes() throws {
    #expect(try #require(SymmetricEigendecomposition(of: [], order: 0)).values.isEmpty)
    #expect(
      try #require(SymmetricEigendecomposition(of: [Double](repeating: 0, count: 16), order: 4)).values == [0, 0, 0, 0])
    var diagonal = [Double](repeating: 0, count: 25)
    for (index, value) in [3.0, -1, 3, 0, 7].enumerated() { diagonal[index * 6] = value }
    #expect(try #require(SymmetricEigendecomposition(of: diagonal, order: 5)).values == [7, 3, 3, 0, -1])
    let ones = try #require(SymmetricEigendecomposition(of: [Double](repeating: 1, count: 36), order: 6))
    #expect(abs(ones.values[0] - 6) < 1e-13)
    #expect(ones.values.dropFirst().allSatisfy { abs($0) < 1e-13 })
    #expect(ones.vector(0).allSatisfy { abs($0 - 1 / 6.0.squareRoot()) < 1e-13 })
  }

  @Test("numbers that are not finite have no decomposition", arguments: [Double.nan, .infinity])
  func notFinite(_ value: Double) {
    #expect(SymmetricEigendecomposition(of: [1, value, value, 1], order: 2)?.values == nil)
  }

  @Test("of each vector the component of largest magnitude is positive")
  func orientation() throws {
    for item in try goldens() {
      let matrix = try item.value("matrix").elements.compactMap(\.double)
      let result = try #require(SymmetricEigendecomposition(of: matrix, order: try item.integer("order")))
      for index in 0..<result.order {
        let vector = result.vector(index)
        #expect((vector.max() ?? 0) >= -(vector.min() ?? 0))
      }
    }
  }

  @Test("matrices of low rank are decomposed, as the covariance of few sentences is", arguments: [1, 20, 100, 190])
  func lowRank(_ rank: Int) throws {
    let n = 200
    var state: UInt64 = 7
    func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(Float(Int64(bitPattern: state) >> 32) / Float(1 << 31))
    }
    let vectors = (0..<rank).map { _ in (0..<n).map { _ in next() } }
    var matrix = [Double](repeating: 0, count: n * n)
    for vector in vectors { for i in 0..<n { for j in 0..<n { matrix[i * n + j] += vector[i] * vector[j] } } }
    let axes = try #require(SymmetricEigendecomposition(of: matrix, order: n))
    let norm = axes.values[0]
    #expect(axes.values.dropFirst(rank).allSatisfy { $0.magnitude < 1e-12 * norm })
    // Vᵀ·Λ·V is the matrix again.
    var worst = 0.0
    for i in stride(from: 0, to: n, by: 7) {
      for j in stride(from: 0, to: n, by: 5) {
        let sum = (0..<n).reduce(0.0) { $0 + axes.values[$1] * axes.vectors[$1 * n + i] * axes.vectors[$1 * n + j] }
        worst = max(worst, (sum - matrix[i * n + j]).magnitude)
      }
    }
    #expect(worst < 1e-12 * norm)
  }
}
