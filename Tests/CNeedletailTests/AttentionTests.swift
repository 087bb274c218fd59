import CNeedletail
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Attention")
struct AttentionTests {
  /// Softmax attention as the formula says, in double precision.
  static func exact(_ q: [Float], _ k: [Float], _ v: [Float], scale: Float, bias: [Float]?, l: Int, d: Int) -> [Double]
  {
    var result = [Double]()
    for i in 0..<l {
      let scores = (0..<l).map { j in
        var sum = 0.0
        for x in 0..<d { sum += Double(q[i * d + x]) * Double(k[j * d + x]) }
        return sum * Double(scale) + Double(bias?[j - i + l - 1] ?? 0)
      }
      let highest = scores.max() ?? 0
      let weights = scores.map { exp($0 - highest) }
      let total = weights.reduce(0, +)
      for x in 0..<d {
        var sum = 0.0
        for j in 0..<l { sum += weights[j] * Double(v[j * d + x]) }
        result.append(sum / total)
      }
    }
    return result
  }

  static func inputs(l: Int, d: Int) -> (q: [Float], k: [Float], v: [Float], bias: [Float]) {
    var numbers = Numbers(seed: UInt64(l * 1000 + d))
    return (
      numbers.floats(l * d, 2), numbers.floats(l * d, 2), numbers.floats(l * d), numbers.floats(max(0, 2 * l - 1), 4)
    )
  }

  @Test(
    "attention equals the formula in double precision", arguments: KernelTable.all,
    [0, 1, 2, 3, 7, 12, 15, 16, 17, 33, 63, 64, 65, 97, 255, 256, 257, 520])
  func formula(table: KernelTable, l: Int) {
    for d in [1, 7, 16, 20, 32, 64, 80] where l <= 300 || d == 20 || d == 32 {
      let (q, k, v, bias) = Self.inputs(l: l, d: d)
      let scale = 1 / Float(d).squareRoot()
      for bias in [nil, bias] {
        let result = table.attention(q, k, v, scale: scale, bias: bias, l: l, d: d)
        let truth = Self.exact(q, k, v, scale: scale, bias: bias, l: l, d: d)
        // |v| ≤ 1, scores below about 20: an error of 2e-6 in a score moves a weight by as much.
        expectClose(result, truth, absolute: 2e-6, "l \(l), d \(d)")
      }
    }
  }

  @Test("a bias of minus infinity hides a distance", arguments: KernelTable.all, [1, 5, 16, 70, 300, 600])
  func hidden(table: KernelTable, l: Int) {
    let (q, k, v, _) = Self.inputs(l: l, d: 32)
    let window = (0..<2 * l - 1).map { abs($0 - (l - 1)) <= 3 ? Float(0) : -.infinity }
    let result = table.attention(q, k, v, scale: 0.2, bias: window, l: l, d: 32)
    expectClose(result, Self.exact(q, k, v, scale: 0.2, bias: window, l: l, d: 32), absolute: 2e-6, "window, l \(l)")
  }

  @Test("scores far apart neither overflow nor vanish", arguments: KernelTable.all)
  func extremes(table: KernelTable) {
    let (l, d) = (300, 32)
    let (small, k, v, _) = Self.inputs(l: l, d: d)
    let q = small.map { $0 * 40 }
    let result = table.attention(q, k, v, scale: 1, l: l, d: d)
    #expect(result.allSatisfy { $0.isFinite && abs($0) <= 1.00001 })
    let halves = [Float](repeating: 0.5, count: l * d)
    let constant = table.attention(q, k, halves, scale: 1, l: l, d: d)
    expectClose(constant, [Double](repeating: 0.5, count: l * d), absolute: 1e-6, "a constant stays itself")
  }

  @Test("a long text is a weighted mean of its values", arguments: KernelTable.all.dropFirst())
  func long(table: KernelTable) {
    let (l, d) = (8192, 8)
    let (q, k, v, _) = Self.inputs(l: l, d: d)
    let result = table.attention(q, k, v, scale: 0.35, l: l, d: d)
    for i in [0, 1, 4095, 8191] {
      let query = Array(q[i * d..<(i + 1) * d])
      var (total, sums) = (0.0, [Double](repeating: 0, count: d))
      for j in 0..<l {
        var score = 0.0
        for x in 0..<d { score += Double(query[x]) * Double(k[j * d + x]) }
        let weight = exp(score * Double(Float(0.35)))
        total += weight
        for x in 0..<d { sums[x] += weight * Double(v[j * d + x]) }
      }
      expectClose(Array(result[i * d..<(i + 1) * d]), sums.map { $0 / total }, absolute: 2e-6, "row \(i)")
    }
  }

  @Test("scratch grows with the text, not with its square", arguments: KernelTable.all)
  func scratch(table: KernelTable) throws {
    let kernels = unsafe try #require(nt_kernels_at(table.index)).pointee
    let (short, long) = unsafe (kernels.attention_scratch_count(4096, 64), kernels.attention_scratch_count(32768, 64))
    #expect(long <= 8 * short + 4096)
    #expect(long <= 32768 * 64 * 3)
  }
}
