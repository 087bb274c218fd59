import NeedletailJSON
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Ridge regression")
struct RidgeRegressionTests {
  /// `Fixtures/ridge.json`, computed by scipy 1.17.1 (LAPACK's least squares by singular values).
  private static func goldens() throws -> JSON {
    let file = SharedData.repository.appending(path: "Tests/NeedletailTensorTests/Fixtures/ridge.json")
    return try JSONDocument(parsing: Array(Data(contentsOf: file)), subject: file.path).root
  }

  private static func numbers(_ item: JSON, _ name: String) throws -> [Double] {
    try item.value(name).elements.compactMap(\.double)
  }

  private static func matrix(_ item: JSON, _ name: String, rows: Int) throws -> Matrix {
    let values = try numbers(item, name).map { Float($0) }
    return Matrix(rows: rows, columns: values.count / rows, values: values)
  }

  @Test("weights and offsets are scipy's to 1e-6 of the largest weight")
  func matchesReference() async throws {
    let (kernels, team) = (try Kernels.preferred(), ComputeTeam(threads: 2))
    let cases = Array(try Self.goldens().value("cases").elements)
    #expect(cases.count == 5)
    for item in cases {
      let name = try item.string("name")
      let rows = try item.integer("rows")
      let (x, y) = (try Self.matrix(item, "x", rows: rows), try Self.matrix(item, "y", rows: rows))
      let strength = try #require(try item.value("strength").double)
      let regression = try await RidgeRegression(from: x, to: y, on: team)
      let map = try #require(try await regression.map(strength: strength, on: team), "\(name)")
      let (weights, offset) = (try Self.numbers(item, "weights"), try Self.numbers(item, "offset"))
      let largest = weights.reduce(1) { max($0, abs($1)) }
      #expect(map.weights.count == weights.count && map.offset.count == offset.count)
      for (found, expected) in zip(map.weights + map.offset, weights + offset) {
        #expect(abs(Double(found) - expected) <= 1e-6 * largest, "\(name)")
      }
      let image = map.image(of: x[row: 0], kernels)
      for output in 0..<y.columns {
        let row = weights[output * x.columns..<(output + 1) * x.columns]
        let expected = zip(row, x[row: 0]).reduce(offset[output]) { $0 + $1.0 * Double($1.1) }
        #expect(abs(Double(image[output]) - expected) <= 2e-5 * largest, "\(name)")
      }
    }
  }

  @Test("of vectors that were only turned it finds the rotation, as scipy's orthogonal Procrustes does")
  func rotation() async throws {
    let item = try Self.goldens().value("rotation")
    let order = try item.integer("order")
    let rows = try Self.numbers(item, "x").count / order
    let (x, y) = (try Self.matrix(item, "x", rows: rows), try Self.matrix(item, "y", rows: rows))
    let regression = try await RidgeRegression(from: x, to: y, on: ComputeTeam(threads: 1))
    let map = try #require(try await regression.map(strength: 1e-7, on: ComputeTeam(threads: 1)))
    let rotation = try Self.numbers(item, "procrustes")
    for output in 0..<order {
      // Rows of x times the rotation are rows of y: our weights are its transpose.
      for input in 0..<order {
        #expect(abs(Double(map.weights[output * order + input]) - rotation[input * order + output]) < 1e-4)
      }
    }
    #expect(map.offset.allSatisfy { abs($0) < 1e-4 })
  }

  @Test("the same pairs give the same bits on any number of threads; pairs that are all alike give their mean")
  func edges() async throws {
    var generator = SeededGenerator(seed: 9)
    let x = Matrix(rows: 300, columns: 20, values: (0..<6000).map { _ in Float.random(in: -1...1, using: &generator) })
    let y = Matrix(rows: 300, columns: 7, values: (0..<2100).map { _ in Float.random(in: -1...1, using: &generator) })
    let (one, four) = (ComputeTeam(threads: 1), ComputeTeam(threads: 4))
    let alone = try await RidgeRegression(from: x, to: y, on: one).map(strength: 0.01, on: one)
    let together = try await RidgeRegression(from: x, to: y, on: four).map(strength: 0.01, on: four)
    #expect(together == alone && alone != nil)
    let same = try await RidgeRegression(
      from: Matrix(rows: 2, columns: 2, values: [1, 2, 1, 2]), to: Matrix(rows: 2, columns: 1, values: [3, 5]),
      on: one)
    let map = try #require(try await same.map(strength: 0.01, on: ComputeTeam(threads: 1)))
    #expect(map.weights == [0, 0] && map.offset == [4])
    // What is drawn towards the identity is the identity and the fit of the differences.
    var differences = Matrix(rows: 300, columns: 20)
    for index in x.values.indices { differences.values[index] = 0.5 - 2 * x.values[index] }
    var moved = x
    for index in x.values.indices { moved.values[index] += differences.values[index] }
    let kept = try #require(
      try await RidgeRegression(from: x, to: moved, keeping: true, on: one)
        .map(strength: 1e-6, on: ComputeTeam(threads: 1)))
    for row in 0..<20 {
      #expect((0..<20).allSatisfy { abs(kept.weights[row * 20 + $0] - (row == $0 ? -1 : 0)) < 1e-4 })
      #expect(abs(kept.offset[row] - 0.5) < 1e-4)
    }
    let still = try #require(
      try await RidgeRegression(from: x, to: moved, keeping: true, on: one)
        .map(strength: 1e6, on: ComputeTeam(threads: 1)))
    #expect((0..<20).allSatisfy { abs(still.weights[$0 * 20 + $0] - 1) < 1e-4 })
  }
}
