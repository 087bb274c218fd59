import NeedletailTensor
import NeedletailTestSupport
import Testing

/// Products of changed weights, against sums in double precision.
@Suite("Low-rank changes beside a product")
struct LowRankProductTests {
  private static let rows = 7

  private func matrix(_ rows: Int, _ columns: Int, _ generator: inout SeededGenerator) -> FloatTensor {
    FloatTensor((0..<rows * columns).map { _ in Float.random(in: -1...1, using: &generator) }, shape: [rows, columns])
  }

  /// input · (weight + Σ factor · up · down)ᵀ.
  private func expected(
    _ input: FloatTensor, _ weight: FloatTensor, _ parts: [(down: FloatTensor, up: FloatTensor, factor: Float)]
  ) -> [Float] {
    let (inputs, outputs) = (weight.shape[1], weight.shape[0])
    var sum = weight.values.map(Double.init)
    for (down, up, factor) in parts {
      let (down, up, rank) = (down.values, up.values, down.shape[0])
      for output in 0..<outputs {
        for input in 0..<inputs {
          for depth in 0..<rank {
            sum[output * inputs + input] +=
              Double(factor) * Double(up[output * rank + depth])
              * Double(down[depth * inputs + input])
          }
        }
      }
    }
    let values = input.values
    return (0..<input.shape[0]).flatMap { row in
      (0..<outputs).map { output in
        Float((0..<inputs).reduce(0) { $0 + Double(values[row * inputs + $1]) * sum[output * inputs + $1] })
      }
    }
  }

  @Test(
    "products, with a residual or an activation after them, each row alone", arguments: Kernels.available, [1, 15, 64])
  func products(_ kernels: Kernels, _ inputs: Int) throws {
    var generator = SeededGenerator(seed: 5)
    let outputs = 17
    let input = matrix(Self.rows, inputs, &generator)
    let weight = matrix(outputs, inputs, &generator)
    let parts = [(1, Float(1)), (3, -0.5)].map { rank, factor in
      (down: matrix(rank, inputs, &generator), up: matrix(outputs, rank, &generator), factor: factor)
    }
    let changes = parts.map {
      Weighted(LowRankProduct(down: $0.down, up: $0.up, kernels: kernels), weight: $0.factor)
    }
    let wanted = expected(input, weight, parts)
    let workspace = Workspace(kernels: kernels)
    for (activation, hasResidual) in [(Activation.identity, false), (.identity, true), (.relu, false)] {
      let linear = Linear(weight: weight, bias: nil, activation: activation, kernels: kernels)
      func result(_ range: Range<Int>) -> [Float] {
        workspace.scoped {
          let block = workspace.allocate(Matrix(rows: Self.rows, columns: inputs, values: input.values)).rows(range)
          let output = workspace.allocate(rows: range.count, columns: outputs)
          workspace.fill(output, 2)
          linear.forward(block, to: output, residual: hasResidual ? output : nil, changes: changes, in: workspace)
          return workspace.values(of: output)
        }
      }
      let found = result(0..<Self.rows)
      let sums = wanted.map { activation == .relu ? max($0, 0) : hasResidual ? $0 + 2 : $0 }
      #expect(largestDifference(found, sums) <= 2e-6 * Float(inputs))
      for row in 0..<Self.rows {
        #expect(result(row..<row + 1) == Array(found[row * outputs..<(row + 1) * outputs]))
      }
    }
  }

  @Test("rows of a table, written and added", arguments: Kernels.available)
  func tables(_ kernels: Kernels) throws {
    var generator = SeededGenerator(seed: 6)
    let (words, features, rank) = (11, 19, 2)
    let table = matrix(words, features, &generator)
    let (low, up) = (matrix(words, rank, &generator), matrix(features, rank, &generator))
    let changes = [Weighted(LowRankTable(low: low, up: up, kernels: kernels), weight: 0.75)]
    let ids: [Int32] = [3, 0, 10, 3]
    let workspace = Workspace(kernels: kernels)
    let output = workspace.allocate(rows: ids.count, columns: features)
    for accumulate in [false, true] {
      LookupTable(table).forward(ids, accumulate: accumulate, to: output, changes: changes, in: workspace)
    }
    let wanted = ids.flatMap { id in
      (0..<features).map { feature in
        let change = (0..<rank).reduce(Float(0)) {
          $0 + low.values[Int(id) * rank + $1] * up.values[feature * rank + $1]
        }
        return 2 * (table.values[Int(id) * features + feature] + 0.75 * change)
      }
    }
    #expect(largestDifference(workspace.values(of: output), wanted) <= 2e-6)
  }
}
