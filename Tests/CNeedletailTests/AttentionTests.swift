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
  /// One row of softmax attention as the formula says, in double precision.
  static func exact(
    row i: Int, _ q: [Float], _ k: [Float], _ v: [Float], scale: Float, cap: Double = 0,
    bias: [Float]?, window: KernelTable.Window = .unlimited, l: Int, d: Int
  ) -> [Double] {
    let keys = window.keys(of: i, l: l)
    let scores = keys.map { j in
      var sum = 0.0
      for x in 0..<d { sum += Double(q[i * d + x]) * Double(k[j * d + x]) }
      sum *= Double(scale)
      return (cap > 0 ? cap * tanh(sum / cap) : sum) + Double(bias?[j - i + l - 1] ?? 0)
    }
    let highest = scores.max() ?? 0
    let weights = scores.map { exp($0 - highest) }
    let total = weights.reduce(0, +)
    var sums = [Double](repeating: 0, count: d)
    for (j, weight) in zip(keys, weights) {
      for x in 0..<d { sums[x] += weight * Double(v[j * d + x]) }
    }
    return sums.map { $0 / total }
  }

  static func exact(_ q: [Float], _ k: [Float], _ v: [Float], scale: Float, bias: [Float]?, l: Int, d: Int) -> [Double]
  {
    (0..<l).flatMap { exact(row: $0, q, k, v, scale: scale, bias: bias, l: l, d: d) }
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

  static let windows: [KernelTable.Window] = [
    .unlimited, .causal, .init(before: 0, after: 0), .init(before: 3, after: 5), .init(before: 64, after: 0),
    .init(before: 0, after: nil), .init(before: 130, after: 70),
  ]

  @Test("every form equals the formula at every length up to 700", arguments: KernelTable.all, windows.indices)
  func forms(table: KernelTable, form: Int) {
    let (window, d) = (Self.windows[form], 8)
    let step = table.index == KernelTable.portable.index ? 23 : 1
    for l in stride(from: 1, through: 700, by: step) {
      let (q, k, v, bias) = Self.inputs(l: l, d: d)
      for bias in [nil, bias] {
        let result = table.attention(q, k, v, scale: 0.35, bias: bias, window: window, l: l, d: d)
        for i in Set([0, l / 3, l / 2, max(0, l - 17), l - 1]) {
          let truth = Self.exact(row: i, q, k, v, scale: 0.35, bias: bias, window: window, l: l, d: d)
          expectClose(Array(result[i * d..<(i + 1) * d]), truth, absolute: 2e-6, "row \(i) of \(l)")
        }
      }
    }
  }

  @Test("capped scores equal the formula", arguments: KernelTable.all, [1, 7, 17, 65, 130, 257])
  func capped(table: KernelTable, l: Int) {
    let d = 20
    let (q, k, v, bias) = Self.inputs(l: l, d: d)
    for window in [KernelTable.Window.unlimited, .causal, .init(before: 9, after: 5)] {
      for bias in [nil, bias] {
        let result = table.attention(q, k, v, scale: 1.3, cap: 3, bias: bias, window: window, l: l, d: d)
        let truth = (0..<l).flatMap {
          Self.exact(row: $0, q, k, v, scale: 1.3, cap: 3, bias: bias, window: window, l: l, d: d)
        }
        expectClose(result, truth, absolute: 4e-6, "l \(l)")
      }
    }
  }

  @Test("a long text equals the formula", arguments: KernelTable.all.dropFirst(), [8192, 32_768])
  func long(table: KernelTable, l: Int) {
    let d = 8
    let (q, k, v, bias) = Self.inputs(l: l, d: d)
    for (form, window) in [.unlimited, .causal, KernelTable.Window(before: 256, after: 256)].enumerated() {
      let bias = form == 1 ? bias : nil
      let result = table.attention(q, k, v, scale: 0.35, bias: bias, window: window, l: l, d: d)
      for i in [0, 1, 4095, l / 2 + 77, l - 1] {
        let truth = Self.exact(row: i, q, k, v, scale: 0.35, bias: bias, window: window, l: l, d: d)
        expectClose(Array(result[i * d..<(i + 1) * d]), truth, absolute: 2e-6, "row \(i) of \(l), form \(form)")
      }
    }
  }

  @Test("what a query does not see changes no bit of it", arguments: KernelTable.all, windows.indices)
  func unseen(table: KernelTable, form: Int) {
    let (window, l, d) = (Self.windows[form], 500, 20)
    guard let after = window.after else { return }
    let (q, k, v, _) = Self.inputs(l: l, d: d)
    let whole = table.attention(q, k, v, scale: 0.2, window: window, l: l, d: d)
    for shorter in [1, 2, 8, 12, 17, 40, 49, 127, 128, 129, 191, 300, 499] {
      let count = shorter * d
      let part = table.attention(
        Array(q[..<count]), Array(k[..<count]), Array(v[..<count]), scale: 0.2, window: window, l: shorter, d: d)
      let same = max(0, shorter - after) * d
      expectSame(Array(part[..<same]), Array(whole[..<same]), "the first \(shorter) tokens")
    }
  }

  @Test("small weights keep their relative accuracy", arguments: KernelTable.all)
  func smallWeights(table: KernelTable) {
    for step in 0...800 {
      // Two keys, scores 0 and −x: the second weighs e^−x / (1 + e^−x).
      let x = Float(step) * 0.1
      let result = table.attention([1, 1], [0, -x], [0, 1], scale: 1, l: 2, d: 1)
      let truth = exp(-Double(x)) / (1 + exp(-Double(x)))
      // The power's own error, and half a unit in the last place of an exponent of x · log₂ e twice rounded.
      expectClose(result, [truth, truth], absolute: 0, relative: 4e-7 + 1.3e-7 * Double(x), "x = \(x)")
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
