import CNeedletail
import Testing

@Suite("Scans")
struct ScanTests {
  @Test("products and distances of floats equal the formula, the same bits alone", arguments: KernelTable.all, lengths)
  func floats(table: KernelTable, d: Int) {
    var numbers = Numbers(seed: UInt64(d) + 31)
    let (q, m) = (5, 19)
    let (queries, rows) = (numbers.floats(q * d, 2), numbers.floats(m * d, 2))
    for distances in [false, true] {
      var truth: [Double] = []
      for query in 0..<q {
        for row in 0..<m {
          truth.append(
            (0..<d).reduce(0.0) { sum, i in
              let (a, b) = (Double(queries[query * d + i]), Double(rows[row * d + i]))
              return sum + (distances ? (a - b) * (a - b) : a * b)
            })
        }
      }
      let result = table.scanned(queries, rows, q: q, m: m, d: d, distances: distances)
      expectClose(result, truth, absolute: 1e-5, relative: 1e-5, "d \(d)")
      let alone = table.scanned(
        Array(queries[3 * d..<4 * d]), Array(rows[7 * d..<8 * d]), q: 1, m: 1, d: d, distances: distances)
      expectSame(alone, [result[3 * m + 7]], "one query and one row")
    }
  }

  @Test("sums of bytes and of 4-bit codes are exact", arguments: KernelTable.all, [1, 4, 31, 32, 48, 64, 96, 384])
  func bytes(table: KernelTable, bytes: Int) {
    var state = UInt64(bytes)
    func next(_ range: ClosedRange<Int>) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return range.lowerBound + Int(state >> 33) % range.count
    }
    for (q, m) in [(1, 5), (3, 33), (17, 70)] {
      for nibbles in [false, true] {
        let width = nibbles ? 2 * bytes : bytes
        let queries = (0..<q * width).map { _ in Int8(next(-127...127)) }
        let rows = (0..<m * bytes).map { _ in UInt8(next(1...255)) }
        var truth: [Int32] = []
        for query in 0..<q {
          for row in 0..<m {
            truth.append(
              (0..<width).reduce(0) { sum, i in
                let byte = Int32(rows[row * bytes + i % bytes])
                let code = !nibbles ? byte - 128 : 2 * (i < bytes ? byte & 15 : byte >> 4) - 15
                return sum + Int32(queries[query * width + i]) * code
              })
          }
        }
        #expect(table.scanned(queries, rows, q: q, m: m, bytes: bytes, nibbles: nibbles) == truth, "\(q) \(m)")
      }
    }
  }

  @Test("bits that differ and bits in common are counted", arguments: KernelTable.all, [1, 2, 6, 13])
  func bits(table: KernelTable, words: Int) {
    var state = UInt64(words)
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 31
    }
    for (q, groups) in [(1, 7), (5, 2), (19, 3)] {
      let (queries, rows) = ((0..<q * words).map { _ in next() }, (0..<groups * words * 8).map { _ in next() })
      for common in [false, true] {
        var truth: [Int32] = []
        for query in 0..<q {
          for row in 0..<8 * groups {
            truth.append(
              (0..<words).reduce(0) { sum, word in
                let (a, b) = (queries[query * words + word], rows[(row / 8 * words + word) * 8 + row % 8])
                return sum + Int32((common ? a & b : a ^ b).nonzeroBitCount)
              })
          }
        }
        #expect(table.counted(queries, rows, q: q, groups: groups, words: words, common: common) == truth, "\(q)")
      }
    }
  }
}

extension KernelTable {
  private var scan: nt_scan {
    guard let table = unsafe nt_kernels_at(index) else { preconditionFailure("table \(index) cannot run here") }
    return unsafe table.pointee.scan
  }

  func scanned(_ queries: [Float], _ rows: [Float], q: Int, m: Int, d: Int, distances: Bool) -> [Float] {
    let (asked, base, out) = (GuardedBuffer(queries), GuardedBuffer(rows), GuardedBuffer<Float>(count: q * m))
    let kernel = unsafe distances ? scan.distance_f32 : scan.dot_f32
    unsafe kernel(asked.pointer, d, q, base.pointer, d, m, d, out.pointer, m)
    return out.values
  }

  func scanned(_ queries: [Int8], _ rows: [UInt8], q: Int, m: Int, bytes: Int, nibbles: Bool) -> [Int32] {
    let width = nibbles ? 2 * bytes : bytes
    let totals = GuardedBuffer(
      (0..<q).map { queries[$0 * width..<($0 + 1) * width].reduce(Int32(0)) { $0 + Int32($1) } })
    let (asked, base, out) = (GuardedBuffer(queries), GuardedBuffer(rows), GuardedBuffer<Int32>(count: q * m))
    let kernel = unsafe nibbles ? scan.dot_i4 : scan.dot_i8
    unsafe kernel(asked.pointer, q, base.pointer, m, bytes, totals.pointer, out.pointer, m)
    return out.values
  }

  func counted(_ queries: [UInt64], _ rows: [UInt64], q: Int, groups: Int, words: Int, common: Bool) -> [Int32] {
    let (asked, base) = (GuardedBuffer(queries), GuardedBuffer(rows))
    let out = GuardedBuffer<Int32>(count: q * groups * 8)
    let kernel = unsafe common ? scan.common : scan.differing
    unsafe kernel(asked.pointer, q, base.pointer, groups, words, out.pointer, groups * 8)
    return out.values
  }
}
