import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Rotations against their definition, computed in float64.
@Suite("Rotary positions")
struct RotaryPositionsTests {
  @Test(
    "feature pairs turn by position · base^(−2i/d), in each text anew",
    arguments: [(2, 10_000.0), (6, 1000), (64, 160_000)])
  func definition(dimension: Int, base: Double) throws {
    let kernels = try #require(Kernels.available.first)
    let heads = 3
    let columns = heads * dimension + 5
    let starts = [0, 1, 8, 8, 21]
    let values = (0..<21 * columns).map { Float(2 * sin(Double($0))) }
    let workspace = Workspace(kernels: kernels)
    let rows = workspace.allocate(Matrix(rows: 21, columns: columns, values: values))
    let positions = RotaryPositions(headDimension: dimension, base: Float(base), positions: 13)
    positions.apply(to: rows, heads: heads - 1, starts: starts, in: workspace)
    var expected = values.map(Double.init)
    for (start, end) in zip(starts, starts.dropFirst()) {
      for row in start..<end {
        for head in 0..<heads - 1 {
          for i in 0..<dimension / 2 {
            let angle = Double(row - start) * pow(base, -2 * Double(i) / Double(dimension))
            let first = row * columns + head * dimension + i
            let (x, y) = (Double(values[first]), Double(values[first + dimension / 2]))
            expected[first] = x * cos(angle) - y * sin(angle)
            expected[first + dimension / 2] = y * cos(angle) + x * sin(angle)
          }
        }
      }
    }
    #expect(largestDifference(workspace.values(of: rows), expected.map(Float.init)) <= 1e-5)
  }

  @Test("positions beyond the table have the bits that they would have in it")
  func beyondTheTable() throws {
    let kernels = try #require(Kernels.available.first)
    let (wide, long) = (1024, 1028)  // the table has 2²⁰ numbers
    let positions = RotaryPositions(headDimension: wide, base: 10_000, positions: long)
    let workspace = Workspace(kernels: kernels)
    let ones = Matrix(rows: long, columns: wide, values: [Float](repeating: 1, count: long * wide))
    let rows = workspace.allocate(ones)
    positions.apply(to: rows, heads: 1, starts: [0, long], in: workspace)
    let values = workspace.values(of: rows)
    for row in [1, 1023, 1024, long - 1] {
      for i in [0, 1, 511] {
        let angle = Float(row) * (1 / powf(10_000, Float(2 * i) / Float(wide)))
        #expect(values[row * wide + i] == cosf(angle) - sinf(angle))
        #expect(values[row * wide + i + wide / 2] == cosf(angle) + sinf(angle))
      }
    }
  }
}

/// The gate of a feed-forward block against the activation's own kernel.
@Suite("Gating")
struct GatingTests {
  @Test("activation(a) · b, in either order", arguments: [false, true], Kernels.available)
  func halves(isGateFirst: Bool, kernels: Kernels) {
    let workspace = Workspace(kernels: kernels)
    let activated: [Float] = [-3, -0.5, 0, 0.25, 2, 7, -8]
    let gate: [Float] = [2, -1, 3, 0, 0.5, -2, 1]
    let rows = (isGateFirst ? gate + activated : activated + gate) + [Float](repeating: 1, count: 14)
    let input = workspace.allocate(Matrix(rows: 2, columns: 14, values: rows))
    let output = workspace.allocate(rows: 2, columns: 7)
    Gating(activation: .relu, isGateFirst: isGateFirst).forward(input, to: output, in: workspace)
    let products = zip(activated, gate).map { max($0, 0) * $1 }
    #expect(workspace.values(of: output) == products + [Float](repeating: 1, count: 7))
  }
}
