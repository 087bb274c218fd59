import CNeedletail
import Testing

@Suite("Matrix products")
struct LinearTests {
  static let activations: [nt_activation] = [
    nt_activation_identity, nt_activation_gelu, nt_activation_gelu_tanh, nt_activation_relu, nt_activation_silu,
    nt_activation_tanh, nt_activation_sigmoid, nt_activation_quick_gelu,
  ]
  static let shapes: [(m: Int, n: Int, k: Int)] = [
    (0, 16, 8), (3, 0, 8), (3, 16, 0), (1, 1, 1), (1, 15, 63), (2, 16, 64), (3, 17, 65), (4, 63, 15), (5, 64, 16),
    (6, 65, 17), (7, 31, 384), (13, 33, 391), (16, 100, 32), (25, 48, 768), (64, 96, 385), (193, 40, 400),
    (1, 200, 800), (2, 70, 900), (11, 12, 1536),
  ]

  /// The product in double precision, with the sum of the sizes of its terms, which bounds the rounding.
  static func exact(_ a: [Float], _ weight: [Float], _ bias: [Float]?, m: Int, n: Int, k: Int)
    -> (values: [Double], sizes: [Double])
  {
    var values = [Double](), sizes = [Double]()
    for row in 0..<m {
      for feature in 0..<n {
        var sum = Double(bias?[feature] ?? 0)
        var size = abs(sum)
        for depth in 0..<k {
          let term = Double(a[row * k + depth]) * Double(weight[feature * k + depth])
          sum += term
          size += abs(term)
        }
        values.append(sum)
        sizes.append(size)
      }
    }
    return (values, sizes)
  }

  @Test("a product is within the rounding of one chain of additions", arguments: KernelTable.all, shapes)
  func product(table: KernelTable, shape: (m: Int, n: Int, k: Int)) {
    let (m, n, k) = shape
    var numbers = Numbers(seed: UInt64(m * 1_000_003 + n * 1009 + k))
    let (a, weight, bias) = (numbers.floats(m * k), numbers.floats(n * k), numbers.floats(n))
    let packed = table.packed(weight, n: n, k: k)
    for bias in [nil, bias] {
      let result = table.linear(a, packed, .init(bias: bias), m: m, n: n, k: k)
      let (values, sizes) = Self.exact(a, weight, bias, m: m, n: n, k: k)
      // The error of k + 1 roundings, as a walk: √k · 2⁻²⁴ of the terms' sizes, with a factor of four to spare.
      let bound = 4 * Double(k + 1).squareRoot() * 0x1p-24
      var worst = 0.0
      for (index, value) in result.enumerated() where sizes[index] > 0 {
        worst = max(worst, abs(Double(value) - values[index]) / sizes[index])
      }
      #expect(worst <= bound, "\(worst) of the terms' sizes, at most \(bound)")
    }
  }

  @Test("activation and residual follow the product", arguments: KernelTable.all, activations)
  func epilogue(table: KernelTable, activation: nt_activation) {
    for (m, n, k) in Self.shapes {
      var numbers = Numbers(seed: UInt64(m + n + k))
      let (a, weight, bias) = (numbers.floats(m * k), numbers.floats(n * k), numbers.floats(n))
      let residual = numbers.floats(m * n, 3)
      let packed = table.packed(weight, n: n, k: k)
      let plain = table.linear(a, packed, .init(bias: bias), m: m, n: n, k: k)
      let activated = table.linear(a, packed, .init(bias: bias, activation: activation), m: m, n: n, k: k)
      expectSame(activated, table.activated(plain, activation), "the epilogue is the activation kernel")
      let form = KernelTable.Linear(bias: bias, activation: activation, residual: residual)
      let added = table.linear(a, packed, form, m: m, n: n, k: k)
      let sums = zip(activated, residual).map { Double($0) + Double($1) }
      let sizes = (0..<m * n).map { 3 + abs(Double(plain[$0])) }.max() ?? 0
      expectClose(added, sums, absolute: 4 * Double(k + 1).squareRoot() * 0x1p-24 * sizes, "residual")
      var inPlace = form
      inPlace.inPlace = true
      expectSame(table.linear(a, packed, inPlace, m: m, n: n, k: k), added, "the residual may be the result")
    }
  }

  @Test("a row has the same bits alone, in any batch and at any place", arguments: KernelTable.all)
  func rowInvariance(table: KernelTable) {
    for (n, k) in [(50, 384), (33, 1000), (130, 70), (64, 1536)] {
      var numbers = Numbers(seed: UInt64(n * k))
      let (weight, bias, row) = (numbers.floats(n * k), numbers.floats(n), numbers.floats(k))
      let packed = table.packed(weight, n: n, k: k)
      for activation in [nt_activation_identity, nt_activation_gelu] {
        for residual in [nil, numbers.floats(n)] {
          let form = KernelTable.Linear(bias: bias, activation: activation, residual: residual)
          let alone = table.linear(row, packed, form, m: 1, n: n, k: k)
          for m in Array(2...26) + [193, 200] {
            for place in Set([0, 1, m / 2, m - 1]) {
              var a = numbers.floats(m * k)
              a.replaceSubrange(place * k..<(place + 1) * k, with: row)
              var batch = form
              batch.residual = residual.map { only in (0..<m).flatMap { _ in only } }
              let result = table.linear(a, packed, batch, m: m, n: n, k: k)
              expectSame(Array(result[place * n..<(place + 1) * n]), alone, "row \(place) of \(m)")
            }
          }
        }
      }
    }
  }
}
