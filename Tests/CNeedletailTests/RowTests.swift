import CNeedletail
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Rows")
struct RowTests {
  @Test("layer normalisation equals the formula in double precision", arguments: KernelTable.all, lengths)
  func layerNorm(table: KernelTable, d: Int) {
    let m = 5
    var numbers = Numbers(seed: UInt64(d))
    let (x, residual) = (numbers.floats(m * d, 3).map { $0 + 1 }, numbers.floats(m * d, 2))
    let (gamma, beta) = (numbers.floats(d), numbers.floats(d))
    for form in 0..<8 {
      let r = form & 1 == 0 ? nil : residual, g = form & 2 == 0 ? nil : gamma, b = form & 4 == 0 ? nil : beta
      let epsilon: Float = 1e-5
      var truth = [Double]()
      for row in 0..<m {
        let values = (0..<d).map { Double(x[row * d + $0] + (r?[row * d + $0] ?? 0)) }
        let mean = values.reduce(0, +) / Double(d)
        let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(d)
        for (i, value) in values.enumerated() {
          truth.append(
            (value - mean) / (variance + Double(epsilon)).squareRoot() * Double(g?[i] ?? 1) + Double(b?[i] ?? 0))
        }
      }
      let result = table.layerNorm(x, residual: r, gamma: g, beta: b, epsilon: epsilon, m: m, d: d)
      // The mean carries half a unit in the last place of values near 6 and is divided by a deviation near 2 (near the
      // square root of epsilon for rows of one).
      expectClose(result, truth, absolute: d <= 2 ? 1e-4 : 3e-6, relative: 1e-6, "d \(d), form \(form)")
      expectSame(
        table.layerNorm(x, residual: r, gamma: g, beta: b, epsilon: epsilon, m: m, d: d, inPlace: true), result,
        "in place")
      for row in 0..<m {
        let part = row * d..<(row + 1) * d
        let alone = table.layerNorm(
          Array(x[part]), residual: r.map { Array($0[part]) }, gamma: g, beta: b, epsilon: epsilon, m: 1, d: d)
        expectSame(alone, Array(result[part]), "row \(row) alone")
      }
    }
  }

  @Test("normalisation by the root mean square equals the formula", arguments: KernelTable.all, lengths)
  func rmsNorm(table: KernelTable, d: Int) {
    let m = 3
    var numbers = Numbers(seed: UInt64(d) + 9)
    let (x, gamma) = (numbers.floats(m * d, 3), numbers.floats(d))
    var truth = [Double]()
    for row in 0..<m {
      let values = x[row * d..<(row + 1) * d].map(Double.init)
      let mean = values.map { $0 * $0 }.reduce(0, +) / Double(max(d, 1))
      for (value, factor) in zip(values, gamma) { truth.append(value / (mean + 1e-6).squareRoot() * Double(factor)) }
    }
    let result = table.rmsNorm(x, gamma: gamma, epsilon: 1e-6, m: m, d: d)
    expectClose(result, truth, absolute: 1e-6, relative: 1e-6, "d \(d)")
    expectSame(table.rmsNorm(x, gamma: gamma, epsilon: 1e-6, m: m, d: d, inPlace: true), result, "in place")
  }

  @Test("turning pairs equals the formula, and leaves what does not turn", arguments: KernelTable.all, lengths)
  func turn(table: KernelTable, half: Int) {
    let (count, stride) = (3, 2 * half + 5)
    var numbers = Numbers(seed: UInt64(half) + 4)
    let (x, angles) = (numbers.floats(count * stride, 3), numbers.floats(half, 4))
    let (cosines, sines) = (angles.map { cosf($0) }, angles.map { sinf($0) })
    var truth = x.map(Double.init)
    for piece in 0..<count {
      for i in 0..<half {
        let (a, b) = (Double(x[piece * stride + i]), Double(x[piece * stride + i + half]))
        truth[piece * stride + i] = a * Double(cosines[i]) - b * Double(sines[i])
        truth[piece * stride + i + half] = b * Double(cosines[i]) + a * Double(sines[i])
      }
    }
    let result = table.turned(x, stride: stride, count: count, cosines: cosines, sines: sines)
    expectClose(result, truth, absolute: 1e-6, "half \(half)")
    for piece in 0..<count {
      let kept = piece * stride + 2 * half..<(piece + 1) * stride
      expectSame(Array(result[kept]), Array(x[kept]), "piece \(piece), behind")
    }
  }

  @Test(
    "rotating is the Walsh–Hadamard transform of each block, the same bits on every set, and its own inverse",
    arguments: KernelTable.all, [0, 1, 8, 15, 16, 48, 312, 384, 768, 1536, 3072])
  func rotate(table: KernelTable, k: Int) {
    var numbers = Numbers(seed: UInt64(k) + 5)
    let (m, x, factors) = (3, numbers.floats(3 * k, 3), numbers.floats(k))
    let block = [16: 16, 48: 16, 384: 128, 768: 256, 1536: 512, 3072: 1024][k] ?? 1
    let (rows, norm) = table.rotated(x, factors: factors, m: m, k: k, gap: 5)
    #expect(norm == block)
    var truth = [Double](repeating: 0, count: m * k)
    for i in truth.indices {
      let (row, place) = (i / max(k, 1) * k, i % max(k, 1))
      let first = place / block * block
      for j in first..<first + block {
        // Sylvester's matrix: the sign is the parity of the bits that both numbers have.
        let sign = ((place - first) & (j - first)).nonzeroBitCount.isMultiple(of: 2) ? 1.0 : -1
        truth[i] += sign * Double(x[row + j] * factors[j])
      }
    }
    expectClose(rows, truth, absolute: 2e-6 * Double(block), "k \(k)")
    expectSame(rows, KernelTable.all[0].rotated(x, factors: factors, m: m, k: k, gap: 0).rows, "as the plain twin")
    let back = table.rotated(rows, factors: nil, m: m, k: k, gap: 0).rows.map { Double($0) / Double(norm) }
    expectClose(
      zip(x.indices, x).map { $0.1 * factors[$0.0 % k] }, back, absolute: 1e-5, "there and back")
  }

  @Test("gathering copies or adds table rows exactly", arguments: KernelTable.all, lengths)
  func gather(table: KernelTable, d: Int) {
    var numbers = Numbers(seed: UInt64(d) + 1)
    let (source, ids) = (numbers.floats(11 * d), [3, 0, 10, 3, 7] as [Int32])
    let rows = ids.flatMap { source[Int($0) * d..<(Int($0) + 1) * d] }
    expectSame(table.gather(source, ids, onto: nil, d: d), rows, "copied")
    let start = numbers.floats(ids.count * d)
    expectSame(table.gather(source, ids, onto: start, d: d), zip(start, rows).map { $0 + $1 }, "added")
    #expect(table.gather(source, [], onto: nil, d: d).isEmpty)
  }

  @Test("int8 rows are summed in the order of the ids", arguments: KernelTable.all, lengths)
  func gatherSum(table: KernelTable, d: Int) {
    var numbers = Numbers(seed: UInt64(d) + 2)
    let codes = (0..<20 * d).map { _ in Int8(truncatingIfNeeded: numbers.next()) }
    let (scales, start) = (numbers.floats(20, 0.01), numbers.floats(d))
    for count in [0, 1, 3, 12, 40] {
      let ids = (0..<count).map { _ in Int32(numbers.next() % 20) }
      let truth = (0..<d).map { i in
        ids.reduce(Double(start[i])) { $0 + Double(scales[Int($1)]) * Double(codes[Int($1) * d + i]) }
      }
      let result = table.gatherSum(codes, scales: scales, ids, onto: start)
      expectClose(result, truth, absolute: Double(count + 1) * 2e-7, "\(count) ids, d \(d)")
      var folded = start
      for id in ids { folded = table.gatherSum(codes, scales: scales, [id], onto: folded) }
      expectSame(folded, result, "one id at a time")
    }
  }

  @Test("pooling pieces equal plain arithmetic", arguments: KernelTable.all, lengths)
  func pooling(table: KernelTable, d: Int) {
    var numbers = Numbers(seed: UInt64(d) + 3)
    let (x, y) = (numbers.floats(d), numbers.floats(d))
    let sums = zip(x, y).map { Double($1) + Double(Float(0.37)) * Double($0) }
    expectClose(table.addScaled(x, 0.37, to: y), sums, absolute: 1.2e-7, "add_scaled")
    expectSame(table.maximum(x, y), zip(x, y).map { max($0, $1) }, "maximum")
    expectSame(table.scaled(x, by: -1.7), x.map { $0 * -1.7 }, "scale")
  }

  @Test("dot products are accurate and the same bits in any row", arguments: KernelTable.all, lengths)
  func dot(table: KernelTable, d: Int) {
    var numbers = Numbers(seed: UInt64(d) + 4)
    let (query, m, stride) = (numbers.floats(d), 7, d + 3)
    let base = numbers.floats((m - 1) * stride + d)
    let rows = table.dotRows(query, base, stride: stride, m: m)
    for row in 0..<m {
      let values = Array(base[row * stride..<row * stride + d])
      let truth = zip(query, values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      expectClose([rows[row]], [truth], absolute: 1e-7 * (1 + Double(d).squareRoot()), "row \(row)")
      expectSame([table.dot(query, values)], [rows[row]], "row \(row) alone")
    }
  }

  @Test("every half and every bfloat16 widens to its exact value", arguments: KernelTable.all)
  func widening(table: KernelTable) {
    let patterns = (0...UInt16.max).map { $0 }
    let (halves, brains) = (table.widenedHalf(patterns), table.widenedBrain(patterns))
    var wrong = 0
    for bits in patterns {
      let sign: Double = bits & 0x8000 == 0 ? 1 : -1
      let (exponent, fraction) = (Int(bits >> 10) & 31, Double(bits & 0x3ff))
      let half = halves[Int(bits)]
      switch (exponent, fraction) {
      case (31, 0): if Double(half) != sign * .infinity { wrong += 1 }
      case (31, _): if !half.isNaN { wrong += 1 }
      case (0, _): if Double(half) != sign * fraction * 0x1p-24 || (half.sign == .minus) != (sign < 0) { wrong += 1 }
      default:
        let truth = sign * (1 + fraction / 1024) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
        if Double(half) != truth { wrong += 1 }
      }
      if brains[Int(bits)].bitPattern != UInt32(bits) << 16 { wrong += 1 }
    }
    #expect(wrong == 0)
    for count in lengths {
      let some = Array(patterns[1000..<1000 + count])
      expectSame(table.widenedHalf(some), Array(halves[1000..<1000 + count]), "\(count) halves")
      expectSame(table.widenedBrain(some), Array(brains[1000..<1000 + count]), "\(count) bfloats")
    }
  }
}
