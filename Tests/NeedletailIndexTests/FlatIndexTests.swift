import NeedletailIndex
import NeedletailTensor
import Testing

@Suite("The flat index")
struct FlatIndexTests {
  /// A small generator with a fixed seed, so that a failure can be repeated.
  struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) ^ (state << 31)
    }
  }

  func random(rows: Int, columns: Int, seed: UInt64) -> Matrix {
    var generator = Seeded(state: seed)
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
      var index = FlatIndex(dimension: dimension, metric: metric, kernels: kernels)
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
    var index = FlatIndex(dimension: 3, metric: metric, kernels: try .preferred())
    for _ in 0..<20 { try index.add([1, 2, 3]) }
    try index.add([0, 0, 1])
    #expect(try index.search([1, 2, 3], limit: 5).map(\.index) == [0, 1, 2, 3, 4])
  }

  @Test("fewer vectors than the limit are all returned, and none from an empty index")
  func short() throws {
    var index = FlatIndex(dimension: 2, metric: .innerProduct, kernels: try .preferred())
    #expect(try index.search([1, 0], limit: 3).isEmpty)
    try index.add([1, 0])
    try index.add([2, 0])
    #expect(try index.search([1, 0], limit: 3) == [Hit(index: 1, score: 2), Hit(index: 0, score: 1)])
    #expect(try index.search(Matrix(rows: 0, columns: 2), limit: 3).isEmpty)
  }

  @Test("a vector of zeros has cosine 0, and tiny vectors keep their direction")
  func zeros() throws {
    var index = FlatIndex(dimension: 2, metric: .cosine, kernels: try .preferred())
    try index.add([0, 0])
    try index.add([1e-22, 0])
    try index.add([-1, 0])
    let hits = try index.search([3, 0], limit: 3)
    #expect(hits.map(\.index) == [1, 0, 2])
    #expect(abs(hits[0].score - 1) < 1e-6 && hits[1].score == 0 && abs(hits[2].score + 1) < 1e-6)
  }

  @Test("near neighbours far from the origin are told apart")
  func cancellation() throws {
    var index = FlatIndex(dimension: 2, metric: .squaredL2, kernels: try .preferred())
    try index.add([10_000.01, 10_000])
    try index.add([10_000, 10_000])
    #expect(try index.search([10_000, 10_000], limit: 1) == [Hit(index: 1, score: 0)])
  }

  @Test("values that are not finite are refused and change nothing", arguments: [Float.nan, .infinity, 1e30])
  func notFinite(value: Float) throws {
    var index = FlatIndex(dimension: 2, metric: .cosine, kernels: try .preferred())
    try index.add([1, 1])
    #expect { try index.add(Matrix(rows: 2, columns: 2, values: [1, 0, value, 0])) } throws: {
      ($0 as? IndexError)?.code == .notFinite
    }
    #expect(index.count == 1)
    #expect { try index.search([value, 0], limit: 1) } throws: { ($0 as? IndexError)?.code == .notFinite }
  }

  @Test("another dimension and a limit of 0 are refused")
  func refused() throws {
    var index = FlatIndex(dimension: 2, metric: .cosine, kernels: try .preferred())
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
}
