import NeedletailIndex
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("The exact index")
struct ExactIndexTests {
  func random(rows: Int, columns: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    return Matrix(
      rows: rows, columns: columns,
      values: (0..<rows * columns).map { _ in Float.random(in: -1...1, using: &generator) })
  }

  /// The plain definition of each metric in double precision; larger is nearer.
  func score(_ metric: Metric, _ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
    let pairs = zip(a, b).map { (Double($0), Double($1)) }
    let dot = pairs.reduce(0) { $0 + $1.0 * $1.1 }
    switch metric {
    case .innerProduct: return dot
    case .squaredL2: return -pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    case .cosine:
      let norms = pairs.reduce(0) { $0 + $1.0 * $1.0 } * pairs.reduce(0) { $0 + $1.1 * $1.1 }
      return norms > 0 ? dot / norms.squareRoot() : 0
    }
  }

  @Test(
    "hits equal a plain sort by score", arguments: Metric.allCases,
    [1, 7, 15, 16, 17, 63, 64, 65, 384])
  func againstBruteForce(metric: Metric, dimension: Int) throws {
    for kernels in Kernels.available {
      let vectors = random(rows: 300, columns: dimension, seed: UInt64(dimension))
      let queries = random(rows: 5, columns: dimension, seed: 99)
      var index = ExactIndex(dimension: dimension, metric: metric, kernels: kernels)
      try index.add(vectors)
      for (query, hits) in zip(0..<5, try index.search(queries, limit: 10)) {
        let exact = (0..<300).map { score(metric, queries[row: query], vectors[row: $0]) }
        let expected = exact.sorted(by: >)
        for (rank, hit) in hits.enumerated() {
          let found = metric == .squaredL2 ? -Double(hit.score) : Double(hit.score)
          #expect(abs(found - exact[hit.index]) < 1e-5 * max(1, Double(dimension)), "\(kernels)")
          #expect(abs(exact[hit.index] - expected[rank]) < 1e-6 * max(1, Double(dimension)), "\(kernels)")
        }
        #expect(Set(hits.map(\.index)).count == 10)
        #expect(try index.search(Array(queries[row: query]), limit: 10) == hits, "one query equals a batch")
      }
    }
  }

  @Test("ties keep insertion order", arguments: Metric.allCases)
  func ties(metric: Metric) throws {
    var index = ExactIndex(dimension: 3, metric: metric, kernels: try .preferred())
    for _ in 0..<20 { try index.add([1, 2, 3]) }
    try index.add([0, 0, 1])
    #expect(try index.search([1, 2, 3], limit: 5).map(\.index) == [0, 1, 2, 3, 4])
  }

  @Test("fewer vectors than the limit are all returned, and none from an empty index")
  func short() throws {
    var index = ExactIndex(dimension: 2, metric: .innerProduct, kernels: try .preferred())
    #expect(try index.search([1, 0], limit: 3).isEmpty)
    try index.add([1, 0])
    try index.add([2, 0])
    #expect(try index.search([1, 0], limit: 3) == [Hit(index: 1, score: 2), Hit(index: 0, score: 1)])
    #expect(try index.search(Matrix(rows: 0, columns: 2), limit: 3).isEmpty)
  }

  @Test("a vector of zeros has cosine 0, and tiny vectors keep their direction")
  func zeros() throws {
    var index = ExactIndex(dimension: 2, metric: .cosine, kernels: try .preferred())
    try index.add([0, 0])
    try index.add([1e-22, 0])
    try index.add([-1, 0])
    let hits = try index.search([3, 0], limit: 3)
    #expect(hits.map(\.index) == [1, 0, 2])
    #expect(abs(hits[0].score - 1) < 1e-6 && hits[1].score == 0 && abs(hits[2].score + 1) < 1e-6)
  }

  @Test("near neighbours far from the origin are told apart")
  func cancellation() throws {
    var index = ExactIndex(dimension: 2, metric: .squaredL2, kernels: try .preferred())
    try index.add([10_000.01, 10_000])
    try index.add([10_000, 10_000])
    #expect(try index.search([10_000, 10_000], limit: 1) == [Hit(index: 1, score: 0)])
  }

  @Test("values that are not finite are refused and change nothing", arguments: [Float.nan, .infinity, 1e30])
  func notFinite(value: Float) throws {
    var index = ExactIndex(dimension: 2, metric: .cosine, kernels: try .preferred())
    try index.add([1, 1])
    #expect { try index.add(Matrix(rows: 2, columns: 2, values: [1, 0, value, 0])) } throws: {
      ($0 as? IndexError)?.code == .notFinite
    }
    #expect(index.count == 1)
    #expect { try index.search([value, 0], limit: 1) } throws: { ($0 as? IndexError)?.code == .notFinite }
  }

  @Test("another dimension and a limit of 0 are refused")
  func refused() throws {
    var index = ExactIndex(dimension: 2, metric: .cosine, kernels: try .preferred())
    #expect { try index.add([1]) } throws: { ($0 as? IndexError)?.code == .dimensionMismatch }
    #expect { try index.search([1, 2, 3], limit: 1) } throws: { ($0 as? IndexError)?.code == .dimensionMismatch }
    #expect { try index.search([1, 2], limit: 0) } throws: { ($0 as? IndexError)?.code == .outOfRange }
  }

  @Test("a selection puts scores that are no numbers last")
  func noNumbers() {
    var top = TopHits(limit: 3)
    for (index, score) in [Float.nan, 1, .nan, -.infinity, 2].enumerated() { top.offer(index, score: score) }
    #expect(top.sorted.map(\.index) == [4, 1, 3])
  }

  @Test(
    "a team finds the same hits as one thread, and each query alone", arguments: Metric.allCases, VectorCode.allCases)
  func threads(metric: Metric, code: VectorCode) async throws {
    let vectors = random(rows: 9001, columns: 48, seed: 5)
    let queries = random(rows: 133, columns: 48, seed: 6)
    var index = ExactIndex(dimension: 48, metric: metric, code: code, kernels: try .preferred())
    try index.add(vectors)
    let hits = try index.search(queries, limit: 7)
    for threads in [1, 3] {
      #expect(try await index.search(queries, limit: 7, on: ComputeTeam(threads: threads)) == hits)
    }
    for query in [0, 1, 64, 132] { #expect(try index.search(Array(queries[row: query]), limit: 7) == hits[query]) }
  }

  @Test(
    "codes find what float32 finds, as far as their bits go",
    arguments: [
      (VectorCode.bfloat16, 0.98), (.int8, 0.95), (.fourBit, 0.8), (.oneBit, 0.3), (.sign, 0.15),
    ], Metric.allCases)
  func recall(form: (code: VectorCode, least: Double), metric: Metric) throws {
    for kernels in Kernels.available {
      var vectors = random(rows: 2000, columns: 200, seed: 7)
      // What all vectors have in common is no part of rotated codes.
      for place in vectors.values.indices { vectors.values[place] += place % 200 < 100 ? 0.4 : 0 }
      let queries = random(rows: 20, columns: 200, seed: 8)
      var (exact, coded) = (
        ExactIndex(dimension: 200, metric: metric, kernels: kernels),
        ExactIndex(dimension: 200, metric: metric, code: form.code, kernels: kernels)
      )
      try exact.add(vectors)
      try coded.add(vectors)
      let wanted = try exact.search(queries, limit: 10)
      let found = try coded.search(queries, limit: 10)
      let common = zip(wanted, found).map { Set($0.map(\.index)).intersection($1.map(\.index)).count }
      #expect(Double(common.reduce(0, +)) >= form.least * 200, "\(kernels)")
      #expect(coded.bytes < exact.bytes)
      guard form.code != .oneBit, form.code != .sign else { continue }
      for (query, hits) in found.enumerated() {
        for hit in hits {
          let exact = score(metric, queries[row: query], vectors[row: hit.index])
          let error = abs(Double(metric == .squaredL2 ? -hit.score : hit.score) - exact)
          #expect(error < (metric == .cosine ? 0.04 : 4), "\(kernels): \(hit)")
        }
      }
    }
  }

  @Test(
    "whole numbers give the same scores on every set of kernels",
    arguments: [VectorCode.int8, .fourBit, .oneBit, .sign])
  func sameEverywhere(code: VectorCode) throws {
    let vectors = random(rows: 500, columns: 64, seed: 9)
    let queries = random(rows: 9, columns: 64, seed: 10)
    let results = try Kernels.available.map { kernels in
      var index = ExactIndex(dimension: 64, metric: .innerProduct, code: code, kernels: kernels)
      try index.add(vectors)
      return try index.search(queries, limit: 5).map { $0.map(\.index) }
    }
    for result in results { #expect(result == results[0]) }
  }

  @Test("stages that keep everything change nothing, and those that keep enough hardly anything")
  func cascade() throws {
    let (vectors, queries) = (random(rows: 5000, columns: 96, seed: 11), random(rows: 10, columns: 96, seed: 12))
    for metric in Metric.allCases {
      var plain = ExactIndex(dimension: 96, metric: metric, kernels: try .preferred())
      try plain.add(vectors)
      let wanted = try plain.search(queries, limit: 10)
      for reduction in [SearchStage.Reduction.none, .leading(32), .principal(32)] {
        for (keep, least) in [(5000, 100), (2500, 90)] {
          let stages = [SearchStage(.oneBit, reduction, keep: keep), SearchStage(.int8, keep: 200)]
          var index = ExactIndex(dimension: 96, metric: metric, stages: stages, kernels: try .preferred())
          try index.add(vectors)
          let found = try index.search(queries, limit: 10)
          let common = zip(wanted, found).map { Set($0.map(\.index)).intersection($1.map(\.index)).count }
          #expect(common.reduce(0, +) >= (reduction == .none ? least : least - 30), "\(metric) \(reduction) \(keep)")
          if reduction == .none, keep == 5000 { #expect(found == wanted) }
        }
      }
    }
  }

  @Test("only allowed and living vectors are found, all of them if there are few", arguments: VectorCode.allCases)
  func filtered(code: VectorCode) throws {
    let (vectors, queries) = (random(rows: 10_000, columns: 64, seed: 13), random(rows: 3, columns: 64, seed: 14))
    var index = ExactIndex(dimension: 64, metric: .innerProduct, code: code, kernels: try .preferred())
    try index.add(vectors)
    let all = try index.search(queries, limit: 10_000)
    var allowed = Bitmap(count: 10_000)
    for position in [3, 64, 65, 4095, 4096, 8000, 9999] { allowed.insert(position) }
    for step in [1, 7, 10_000] {
      for position in stride(from: 5, to: 10_000, by: step) where step > 1 || position < 5000 {
        allowed.insert(position)
      }
      let found = try index.search(queries, limit: 12, among: allowed)
      for (hits, everything) in zip(found, all) {
        #expect(hits == Array(everything.filter { allowed.contains($0.index) }.prefix(12)))
      }
    }
    try index.remove([3, 64, 3])
    #expect(index.count == 9998 && index.positions == 10_000)
    allowed.remove(3)
    allowed.remove(64)
    for (hits, everything) in zip(try index.search(queries, limit: 9, among: allowed), all) {
      #expect(hits == Array(everything.filter { allowed.contains($0.index) }.prefix(9)))
    }
    for (hits, everything) in zip(try index.search(queries, limit: 10_000), all) {
      #expect(hits == everything.filter { ![3, 64].contains($0.index) })
    }
    #expect { try index.remove([1, 10_000]) } throws: { ($0 as? IndexError)?.code == .outOfRange }
    #expect { try index.search(queries, limit: 1, among: Bitmap(count: 3)) } throws: {
      ($0 as? IndexError)?.code == .outOfRange
    }
    #expect(index.count == 9998)
  }

  @Test("vectors added bit by bit are found as those added at once", arguments: VectorCode.allCases)
  func incremental(code: VectorCode) throws {
    let vectors = random(rows: 4500, columns: 32, seed: 15)
    let query = Array(random(rows: 1, columns: 32, seed: 16).values)
    var (whole, pieces) = (
      ExactIndex(dimension: 32, metric: .cosine, code: code, kernels: try .preferred()),
      ExactIndex(dimension: 32, metric: .cosine, code: code, kernels: try .preferred())
    )
    // Codes without a mean: it is taken from the first vectors, which are fewer here.
    try whole.add(Array(vectors[row: 0]))
    try whole.add(Matrix(rows: 4499, columns: 32, values: Array(vectors.values.dropFirst(32))))
    var row = 0
    for size in [1, 2, 60, 1, 4000, 436] {
      try pieces.add(Matrix(rows: size, columns: 32, values: Array(vectors.values[row * 32..<(row + size) * 32])))
      row += size
    }
    #expect(try pieces.search(query, limit: 20) == whole.search(query, limit: 20))
    #expect(pieces.bytes == whole.bytes)
  }

  @Test("vectors that stay in their file are found as those in memory", arguments: Metric.allCases)
  func mapped(metric: Metric) throws {
    let folder = try TemporaryFolder()
    let (vectors, queries) = (random(rows: 9000, columns: 24, seed: 17), random(rows: 4, columns: 24, seed: 18))
    let path = folder.path + "/vectors"
    let file = try OutputFile(path)
    try file.append(vectors.values[...])
    try file.commit()
    let region = try MappedFile(URL(filePath: path)).region
    for stages in [[], [SearchStage(.int8, keep: 9001)]] {
      var (mapped, owned) = (
        ExactIndex(dimension: 24, metric: metric, stages: stages, kernels: try .preferred()),
        ExactIndex(dimension: 24, metric: metric, stages: stages, kernels: try .preferred())
      )
      try mapped.add(region)
      try owned.add(vectors)
      #expect(try mapped.search(queries, limit: 20) == owned.search(queries, limit: 20))
      #expect(mapped.bytes <= owned.bytes - 9000 * 24 * 4)
      try mapped.add(Array(queries[row: 0]))
      try owned.add(Array(queries[row: 0]))
      #expect(try mapped.search(queries, limit: 20) == owned.search(queries, limit: 20))
      try mapped.add(region)
      #expect(mapped.count == 18_001)
      let twice = try mapped.search(Array(queries[row: 1]), limit: 2)
      #expect(twice[0].score == twice[1].score && twice[1].index == twice[0].index + 9001)
    }
    var narrow = ExactIndex(dimension: 23, metric: metric, kernels: try .preferred())
    #expect { try narrow.add(region) } throws: { ($0 as? IndexError)?.code == .dimensionMismatch }
    #expect(narrow.count == 0)
  }
}
