import NeedletailTensor
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Convolution over the tokens of a text")
struct TokenConvolutionTests {
  static func numbers(_ count: Int, _ step: Int) -> [Float] {
    (0..<count).map { Float(($0 * step + 17) % 1009) / 504 - 1 }
  }

  @Test(
    "each token is the sum of its neighbours, each text for itself", arguments: Kernels.available,
    [1, 3, 7])
  func formula(kernels: Kernels, width: Int) {
    let features = 6
    // Texts of 1, 0, 4 and 200 tokens.
    let starts = [0, 1, 1, 5, 205]
    let weight = Self.numbers(features * features * width, 7919)
    let bias = Self.numbers(features, 31)
    let input = Self.numbers(205 * features, 6271)
    let residual = Self.numbers(205 * features, 4973)
    let convolution = TokenConvolution(
      weight: FloatTensor(weight, shape: [features, features, width]), bias: FloatTensor(bias, shape: [features]),
      activation: .tanh, kernels: kernels)
    let workspace = Workspace(kernels: kernels)
    let rows = workspace.allocate(Matrix(rows: 205, columns: features, values: input))
    let output = workspace.allocate(Matrix(rows: 205, columns: features, values: residual))
    convolution.forward(rows, starts: starts, to: output, residual: output, in: workspace)
    let found = workspace.values(of: output)
    for (start, end) in zip(starts, starts.dropFirst()) {
      for token in start..<end {
        for feature in 0..<features {
          var sum = Double(bias[feature])
          for place in 0..<width where (start..<end).contains(token + place - width / 2) {
            for column in 0..<features {
              let row = (token + place - width / 2) * features + column
              sum += Double(weight[(feature * features + column) * width + place]) * Double(input[row])
            }
          }
          let wanted = tanh(sum) + Double(residual[token * features + feature])
          // Values up to 2.
          #expect(abs(Double(found[token * features + feature]) - wanted) <= 2e-6)
        }
      }
    }
  }
}
