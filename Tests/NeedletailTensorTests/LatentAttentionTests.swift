import NeedletailTensor
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Attention to learned latents")
struct LatentAttentionTests {
  private static func numbers(_ count: Int, _ step: Int) -> [Float] {
    (0..<count).map { Float(($0 * step + 17) % 1009) / 504 - 1 }
  }

  @Test(
    "each token gets what the plain formula of queries, keys and values gives", arguments: Kernels.available,
    [1, 2, 3])
  func formula(kernels: Kernels, heads: Int) throws {
    let (tokens, features, latents, size) = (5, 20, 7, 6)
    let inner = heads * size
    let query = Self.numbers(inner * features, 7919)
    let keys = Self.numbers(latents * inner, 6271)
    let values = Self.numbers(latents * inner, 4973)
    let output = Self.numbers(features * inner, 3571)
    let input = Self.numbers(tokens * features, 2741)
    let states = Self.numbers(tokens * features, 1999)
    let attention = try LatentAttention(
      query: FloatTensor(query, shape: [inner, features]), keys: FloatTensor(keys, shape: [latents, inner]),
      values: FloatTensor(values, shape: [latents, inner]), output: FloatTensor(output, shape: [features, inner]),
      heads: heads, precision: .float32, kernels: kernels)
    #expect(attention.features == features)
    let workspace = Workspace(kernels: kernels)
    let rows = workspace.allocate(Matrix(rows: tokens, columns: features, values: input))
    let sums = workspace.allocate(Matrix(rows: tokens, columns: features, values: states))
    attention.forward(rows, addedTo: sums, in: workspace)
    let found = workspace.values(of: sums)
    #expect(workspace.values(of: rows) == input)

    func dot(_ count: Int, _ left: (Int) -> Float, _ right: (Int) -> Float) -> Double {
      (0..<count).reduce(0) { $0 + Double(left($1)) * Double(right($1)) }
    }
    for token in 0..<tokens {
      let queries = (0..<inner).map { row in
        dot(features, { query[row * features + $0] }, { input[token * features + $0] })
      }
      var context: [Double] = []
      for head in 0..<heads {
        let scores = (0..<latents).map { latent in
          (0..<size).reduce(0.0) { $0 + queries[head * size + $1] * Double(keys[latent * inner + head * size + $1]) }
            / Double(size).squareRoot()
        }
        let weights = scores.map { exp($0 - (scores.max() ?? 0)) }
        let total = weights.reduce(0, +)
        context += (0..<size).map { feature in
          (0..<latents).reduce(0.0) {
            $0 + weights[$1] / total * Double(values[$1 * inner + head * size + feature])
          }
        }
      }
      for feature in 0..<features {
        let wanted =
          Double(states[token * features + feature])
          + (0..<inner).reduce(0.0) { $0 + Double(output[feature * inner + $1]) * context[$1] }
        // Values up to 10.
        #expect(abs(Double(found[token * features + feature]) - wanted) <= 2e-5, "token \(token)")
      }
    }
  }
}
