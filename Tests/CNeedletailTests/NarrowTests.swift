import CNeedletail
import Testing

@Suite("Narrow matrix products")
struct NarrowTests {
  static let shapes: [(m: Int, n: Int, k: Int)] = [
    (0, 16, 8), (3, 0, 8), (3, 16, 0), (1, 1, 1), (2, 5, 3), (3, 16, 64), (4, 17, 65), (5, 63, 15), (6, 65, 384),
    (7, 33, 391), (12, 130, 100), (13, 40, 770), (40, 70, 1601), (193, 20, 33), (200, 35, 770),
  ]

  /// Whole multiples of a scale, of the largest size 127, as the header states them.
  static func codes(_ values: ArraySlice<Float>, runs: Bool) -> (codes: [Int], scale: Float) {
    let largest = max(values.map { abs($0) }.max() ?? 0, runs ? runSize(Array(values)) : 0)
    guard values.allSatisfy(\.isFinite) else { return (values.map { _ in 0 }, .nan) }
    guard largest >= 0x1p-120 else { return (values.map { _ in 0 }, 0) }
    let inverse = 127 / largest
    return (values.map { Int(($0 * inverse).rounded(.toNearestOrEven)) }, largest / 127)
  }

  /// The size that the largest sum of a run's positive or negative weights asks for, added up in pairs.
  static func runSize(_ weights: [Float]) -> Float {
    var largest: Float = 0
    for start in stride(from: 0, to: weights.count, by: 8) {
      for (run, sign) in [(0, Float(1)), (0, -1), (2, 1), (2, -1)] {
        let parts = [0, 4, 1, 5].map { place in
          let depth = start + run + place
          return depth < weights.count ? max(sign * weights[depth], 0) : 0
        }
        largest = max(largest, (parts[0] + parts[1]) + (parts[2] + parts[3]))
      }
    }
    return largest * (127 / 204)
  }

  /// Whole multiples of a scale from a zero point, `count` of them, as the header states them; the zero point is taken
  /// off.
  static func rowCodes(_ values: ArraySlice<Float>, count: Int) -> (codes: [Int], scale: Float) {
    let (low, high) = (min(values.min() ?? 0, 0), max(values.max() ?? 0, 0))
    guard values.allSatisfy(\.isFinite) else { return (values.map { _ in 0 }, .nan) }
    guard max(high, -low) >= 0x1p-118 else { return (values.map { _ in 0 }, 0) }
    let half = Float(count / 2)
    let scale = (high / 2 - low / 2) * (2 / Float(count - 1))
    let inverse = 1 / scale
    let zero = (-low * inverse).rounded(.toNearestOrEven) - half
    let codes = values.map {
      min(max(zero.addingProduct($0, inverse), -half), half - 1).rounded(.toNearestOrEven) - zero
    }
    return (codes.map { Int($0) }, scale)
  }

  /// Eight significant bits, ties to even, found among the two neighbours.
  static func brain(_ x: Float) -> Float {
    guard x != 0 else { return x }
    let unit = Float(sign: .plus, exponent: x.exponent - 7, significand: 1)
    return (x / unit).rounded(.toNearestOrEven) * unit
  }

  /// The product of exact integer sums; every float step is one rounding of three.
  static func exactInt8(_ x: [Float], _ weight: [Float], m: Int, n: Int, k: Int, count: Int) -> [Double] {
    let features = (0..<n).map { codes(weight[$0 * k..<($0 + 1) * k], runs: count == 160) }
    return (0..<m).flatMap { row -> [Double] in
      let (a, scale) = rowCodes(x[row * k..<(row + 1) * k], count: count)
      return features.map { feature in
        var sum = 0
        for i in 0..<k { sum += a[i] * feature.codes[i] }
        return Double(sum) * Double(feature.scale) * Double(scale)
      }
    }
  }

  @Test("int8 sums are exact", arguments: KernelTable.all, shapes)
  func int8(table: KernelTable, shape: (m: Int, n: Int, k: Int)) {
    let (m, n, k) = shape
    let narrow = NarrowTable(table: table, precision: .int8)
    var numbers = Numbers(seed: UInt64(m * 1_000_003 + n * 1009 + k))
    var x = numbers.floats(m * k, 3)
    for i in x.indices where i / k % 4 == 3 { x[i] *= 1e5 }
    let weight = numbers.floats(n * k)
    let result = narrow.linear(
      narrow.prepared(x, m: m, k: k, gap: 3), narrow.packed(weight, n: n, k: k), m: m, n: n, k: k)
    let expected = Self.exactInt8(x, weight, m: m, n: n, k: k, count: narrow.codes)
    expectClose(result, expected, absolute: 1e-30, relative: 0x1p-22, "int8")
  }

  @Test(
    "bf16 is the product of rounded weights, and of rounded rows where the processor multiplies bf16",
    arguments: KernelTable.all, shapes)
  func bf16(table: KernelTable, shape: (m: Int, n: Int, k: Int)) {
    let (m, n, k) = shape
    let narrow = NarrowTable(table: table, precision: .bf16)
    let half = Float(1) + 0x1p-9  // halfway between two bfloat16
    let probe = narrow.linear(
      narrow.prepared([half], m: 1, k: 1), narrow.packed([1], n: 1, k: 1), m: 1, n: 1, k: 1)
    let roundsRows = probe != [half]
    var numbers = Numbers(seed: UInt64(m + n + k))
    let (x, weight) = (numbers.floats(m * k, 3), numbers.floats(n * k))
    let a = roundsRows ? x.map(Self.brain) : x
    let result = narrow.linear(
      narrow.prepared(x, m: m, k: k, gap: 1), narrow.packed(weight, n: n, k: k), m: m, n: n, k: k)
    let (values, sizes) = LinearTests.exact(a, weight.map(Self.brain), nil, m: m, n: n, k: k)
    let bound = 4 * Double(k + 1).squareRoot() * 0x1p-24
    var worst = 0.0
    for (index, value) in result.enumerated() where sizes[index] > 0 {
      worst = max(worst, abs(Double(value) - values[index]) / sizes[index])
    }
    #expect(result.count == m * n)
    #expect(worst <= bound, "\(worst) of the terms' sizes, at most \(bound)")
  }

  @Test("bias, activation and residual follow the product", arguments: NarrowTable.all, LinearTests.activations)
  func epilogue(narrow: NarrowTable, activation: nt_activation) {
    for (m, n, k) in Self.shapes where m < 100 {
      var numbers = Numbers(seed: UInt64(m + n + k))
      let (x, weight, bias) = (numbers.floats(m * k), numbers.floats(n * k), numbers.floats(n))
      let residual = numbers.floats(m * n, 3)
      let (rows, packed) = (narrow.prepared(x, m: m, k: k), narrow.packed(weight, n: n, k: k))
      let plain = narrow.linear(rows, packed, .init(bias: bias), m: m, n: n, k: k)
      let unbiased = narrow.linear(rows, packed, m: m, n: n, k: k)
      let size = 1 + Double(unbiased.map { abs($0) }.max() ?? 0)
      let sums = unbiased.enumerated().map { Double($0.element) + Double(bias[$0.offset % n]) }
      // bf16 sums start with the bias: a chain of k + 1 roundings, as in the float32 product
      let bound = 16 * Double(k + 1).squareRoot() * 0x1p-24 * size
      expectClose(plain, sums, absolute: bound, "bias")
      let activated = narrow.linear(rows, packed, .init(bias: bias, activation: activation), m: m, n: n, k: k)
      let exact = narrow.table.activated(plain, activation)
      if narrow.precision == .int8 && activation == nt_activation_gelu {
        expectClose(
          activated, exact.map(Double.init), absolute: 1e-4, relative: 0x1p-22, "GELU for results that are rounded next"
        )
      } else {
        expectSame(activated, exact, "the epilogue is the activation kernel")
      }
      var form = KernelTable.Linear(bias: bias, activation: activation, residual: residual)
      let added = narrow.linear(rows, packed, form, m: m, n: n, k: k)
      expectSame(added, zip(activated, residual).map { $0 + $1 }, "the residual is added last")
      form.inPlace = true
      expectSame(narrow.linear(rows, packed, form, m: m, n: n, k: k), added, "the residual may be the result")
    }
  }

  @Test("a row has the same bits alone, in any batch, at any place, over any panels", arguments: NarrowTable.all)
  func rowInvariance(narrow: NarrowTable) {
    for (n, k) in [(50, 384), (130, 70), (33, 1537)] {
      var numbers = Numbers(seed: UInt64(n * k))
      let (weight, bias, row) = (numbers.floats(n * k), numbers.floats(n), numbers.floats(k))
      let packed = narrow.packed(weight, n: n, k: k)
      for activation in [nt_activation_identity, nt_activation_gelu] {
        let form = KernelTable.Linear(bias: bias, activation: activation)
        let alone = narrow.linear(narrow.prepared(row, m: 1, k: k), packed, form, m: 1, n: n, k: k)
        for m in Array(2...26) + [193, 200] {
          let place = Int(numbers.next() % UInt64(m))
          var x = numbers.floats(m * k, 50)
          x.replaceSubrange(place * k..<(place + 1) * k, with: row)
          let rows = narrow.prepared(x, m: m, k: k)
          let result = narrow.linear(rows, packed, form, m: m, n: n, k: k)
          expectSame(Array(result[place * n..<(place + 1) * n]), alone, "row \(place) of \(m)")
          let one = narrow.linear(rows, packed, form, row: place, m: 1, n: n, k: k)
          expectSame(one, alone, "row \(place) taken out of \(m) prepared ones")
        }
        let width = narrow.panelWidth
        let rows = narrow.prepared(row, m: 1, k: k)
        for panel in 0..<(n + width - 1) / width {
          let columns = panel * width..<min(n, (panel + 1) * width)
          let part = KernelTable.Linear(bias: Array(bias[columns]), activation: activation)
          let result = narrow.linear(rows, packed, part, panel: panel, m: 1, n: columns.count, k: k)
          expectSame(result, Array(alone[columns]), "panel \(panel)")
        }
      }
    }
  }

  @Test("the deepest sums do not overflow", arguments: KernelTable.all)
  func depth(table: KernelTable) {
    let narrow = NarrowTable(table: table, precision: .int8)
    let k = 65_536
    let highest = [Float](repeating: 255, count: k)
    let x = highest + highest.map { -$0 }
    let weight =
      highest.map { _ in Float(127) } + highest.map { _ in Float(-127) }
      + highest.indices.map { $0.isMultiple(of: 2) ? Float(127) : -127 }
      + highest.indices.map { $0 % 4 < 2 ? Float(50.6) : 51.4 }  // runs whose codes are all rounded up, or down
    let result = narrow.linear(narrow.prepared(x, m: 2, k: k), narrow.packed(weight, n: 4, k: k), m: 2, n: 4, k: k)
    let expected = Self.exactInt8(x, weight, m: 2, n: 4, k: k, count: narrow.codes)
    expectClose(result, expected, absolute: 0, relative: 0x1p-22, "sums over 65,536")
  }

  @Test("numbers that are none make their own row or feature none, and zeros make zeros", arguments: KernelTable.all)
  func hostile(table: KernelTable) {
    let narrow = NarrowTable(table: table, precision: .int8)
    let (n, k) = (21, 77)
    var numbers = Numbers(seed: 3)
    var weight = numbers.floats(n * k)
    weight[4 * k + 70] = .nan
    for i in 0..<k { weight[7 * k + i] = 0 }
    let packed = narrow.packed(weight, n: n, k: k)
    let extremes: [Float] = [
      .nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude,
      .leastNormalMagnitude, 0x1p-118, 0x1.fffffep-119, -0x1p-118, 0, -0.0,
    ]
    for extreme in extremes {
      for place in [0, 5, 63, 76] {
        let good = numbers.floats(k)
        var bad = [Float](repeating: 0, count: k)
        bad[place] = extreme
        let x = good + bad + good
        let result = narrow.linear(narrow.prepared(x, m: 3, k: k), packed, m: 3, n: n, k: k)
        for row in 0..<3 {
          for feature in 0..<n {
            let value = result[row * n + feature]
            if feature == 4 || (row == 1 && !extreme.isFinite) {
              #expect(value.isNaN)
            } else if feature == 7 || (row == 1 && abs(extreme) < 0x1p-118) {
              #expect(value == 0)
            } else {
              #expect(value.isFinite)
            }
          }
        }
        expectSame(Array(result[..<n]), Array(result[(2 * n)...]), "neighbours of \(extreme)")
      }
    }
  }
}
