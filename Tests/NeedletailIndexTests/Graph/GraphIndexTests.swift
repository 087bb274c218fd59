import Foundation
import NeedletailIndex
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("The graph index")
struct GraphIndexTests {
  /// Vectors around some centres, of different lengths.
  static func clustered(_ rows: Int, _ columns: Int, seed: UInt64, centres: Int = 40) -> Matrix {
    var generator = SeededGenerator(seed: 77)
    let middle = (0..<centres * columns).map { _ in Float.random(in: -1...1, using: &generator) }
    var own = SeededGenerator(seed: seed)
    var values: [Float] = []
    for _ in 0..<rows {
      let centre = Int.random(in: 0..<centres, using: &own), length = Float.random(in: 0.5...2, using: &own)
      for column in 0..<columns {
        values.append(length * (middle[centre * columns + column] + 0.7 * Float.random(in: -1...1, using: &own)))
      }
    }
    return Matrix(rows: rows, columns: columns, values: values)
  }

  static func truth(_ vectors: Matrix, _ queries: Matrix, _ metric: Metric, limit: Int) throws -> [[Hit]] {
    var flat = ExactIndex(dimension: vectors.columns, metric: metric, kernels: try .preferred())
    try flat.add(vectors)
    return try flat.search(queries, limit: limit)
  }

  static func recall(_ found: [[Hit]], _ truth: [[Hit]]) -> Double {
    let shares = zip(found, truth).map { found, truth in
      Double(Set(found.map(\.index)).intersection(truth.map(\.index)).count) / Double(truth.count)
    }
    return shares.reduce(0, +) / Double(shares.count)
  }

  @Test("a search finds what a comparison with all vectors finds", arguments: Metric.allCases, [24, 100, 384])
  func recall(_ metric: Metric, _ dimension: Int) async throws {
    let team = ComputeTeam(threads: 2)
    let vectors = Self.clustered(4000, dimension, seed: 1), queries = Self.clustered(100, dimension, seed: 2)
    var index = try await GraphIndex.build(vectors, metric: metric, kernels: try .preferred(), on: team)
    let truth = try Self.truth(vectors, queries, metric, limit: 10)
    let byCodes = try await index.search(queries, limit: 10, effort: .recall(0.95), on: team)
    #expect(Self.recall(byCodes, truth) > 0.9)
    let largest = truth.flatMap { $0.map { abs($0.score) } }.max() ?? 1
    for (found, expected) in zip(byCodes, truth) where found.first?.index == expected.first?.index {
      #expect(abs((found.first?.score ?? 0) - expected[0].score) < 0.02 * largest)
    }
    let folder = try TemporaryFolder()
    let writer = try NpyWriter(folder.path + "/vectors.npy", columns: dimension)
    try writer.append(vectors)
    try writer.finish()
    try index.compare(
      with: try VectorFile(URL(filePath: folder.path + "/vectors.npy"), kernels: try .preferred()))
    let exact = try await index.search(queries, limit: 10, effort: .recall(0.99), on: team)
    #expect(Self.recall(exact, truth) > 0.97)
    let scanned = try await index.search(queries, limit: 10, effort: .exact, on: team)
    #expect(Self.recall(scanned, truth) > 0.995)
  }

  @Test("the number of threads changes nothing")
  func threads() async throws {
    let vectors = Self.clustered(3000, 64, seed: 3), queries = Self.clustered(20, 64, seed: 4)
    var answers: [[[Hit]]] = []
    for threads in [1, 4] {
      let team = ComputeTeam(threads: threads)
      var index = try await GraphIndex.build(vectors, metric: .cosine, kernels: try .preferred(), on: team)
      try await index.add(Self.clustered(500, 64, seed: 5), on: team)
      answers.append(try await index.search(queries, limit: 20, effort: .beam(20), on: team))
    }
    #expect(answers[0] == answers[1])
  }

  @Test("whatever share of the vectors matches, as many are found as there are", arguments: [1, 7, 60, 500, 3000])
  func filters(_ matches: Int) async throws {
    let team = ComputeTeam(threads: 2)
    let vectors = Self.clustered(5000, 48, seed: 6), queries = Self.clustered(40, 48, seed: 7)
    let index = try await GraphIndex.build(vectors, metric: .squaredL2, kernels: try .preferred(), on: team)
    for isNear in [false, true] {
      // Matches anywhere, and matches that all lie together.
      let order =
        isNear
        ? try Self.truth(
          vectors, Matrix(rows: 1, columns: 48, values: Array(vectors[row: 9])), .squaredL2, limit: 5000)[0]
          .map(\.index) : Array(0..<5000).map { $0 * 3 % 5000 }
      var allowed = Bitmap(count: 5000)
      for position in order.prefix(matches) { allowed.insert(position) }
      let found = try await index.search(queries, limit: 10, among: allowed, on: team)
      var flat = ExactIndex(dimension: 48, metric: .squaredL2, kernels: try .preferred())
      var positions: [Int] = []
      allowed.forEach { positions.append($0) }
      for position in positions { try flat.add(Array(vectors[row: position])) }
      let truth = try flat.search(queries, limit: 10).map {
        $0.map { Hit(index: positions[$0.index], score: $0.score) }
      }
      for hits in found {
        #expect(hits.count == min(10, matches))
        #expect(hits.allSatisfy { allowed.contains($0.index) })
      }
      #expect(Self.recall(found, truth) > 0.93)
    }
  }

  @Test("vectors come and go without loss of recall, and their places are used again")
  func streaming() async throws {
    let team = ComputeTeam(threads: 2)
    let all = Self.clustered(6000, 64, seed: 8), queries = Self.clustered(60, 64, seed: 9)
    func rows(_ range: Range<Int>) -> Matrix {
      Matrix(
        rows: range.count, columns: 64, values: Array(all.values[(range.lowerBound * 64)..<(range.upperBound * 64)]))
    }
    var index = try await GraphIndex.build(rows(0..<2000), metric: .cosine, kernels: try .preferred(), on: team)
    var stored = Dictionary(uniqueKeysWithValues: (0..<2000).map { ($0, $0) })
    for round in 0..<20 {
      let leaving = stored.keys.sorted().enumerated().filter { $0.offset % 10 == round % 10 }.map(\.element)
      try await index.remove(leaving, on: team)
      for position in leaving { stored[position] = nil }
      let coming = (2000 + 200 * round)..<(2200 + 200 * round)
      for (position, row) in zip(try await index.add(rows(coming), on: team), coming) { stored[position] = row }
      #expect(index.count == stored.count)
    }
    #expect(index.positions < 3000)
    let positions = stored.keys.sorted()
    var flat = ExactIndex(dimension: 64, metric: .cosine, kernels: try .preferred())
    for position in positions { try flat.add(Array(all[row: stored[position] ?? 0])) }
    let truth = try flat.search(queries, limit: 10).map { $0.map { Hit(index: positions[$0.index], score: $0.score) } }
    let found = try await index.search(queries, limit: 10, effort: .beam(80), on: team)
    #expect(Self.recall(found, truth) > 0.95)
    #expect(found.allSatisfy { $0.allSatisfy { stored[$0.index] != nil } })
  }

  @Test("a copy of an index keeps its vectors when the other one changes")
  func copies() async throws {
    let team = ComputeTeam(threads: 1)
    let vectors = Self.clustered(300, 32, seed: 10)
    let first = try await GraphIndex.build(vectors, metric: .cosine, kernels: try .preferred(), on: team)
    let before = try first.search(Array(vectors[row: 5]), limit: 10)
    var second = first
    try await second.add(Self.clustered(300, 32, seed: 11), on: team)
    try await second.remove(before.map(\.index), on: team)
    #expect(try first.search(Array(vectors[row: 5]), limit: 10) == before)
    #expect(second.count == 590 && first.count == 300)
  }

  @Test("vectors of zeros, equal vectors and few vectors are found as well")
  func edges() async throws {
    let team = ComputeTeam(threads: 1)
    var index = try GraphIndex(dimension: 3, metric: .cosine, kernels: try .preferred())
    #expect(try index.search([1, 2, 3], limit: 4) == [])
    try await index.add(Matrix(rows: 4, columns: 3, values: [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0]), on: team)
    let hits = try index.search([1, 0, 0], limit: 4)
    #expect(hits.map(\.index).prefix(2) == [0, 2])
    #expect(abs(hits[0].score - 1) < 0.02 && abs((hits.first { $0.index == 1 }?.score ?? 1)) < 0.02)
    try await index.remove([0, 1, 2, 3], on: team)
    #expect(try index.search([1, 0, 0], limit: 4) == [] && index.count == 0)
    #expect(try await index.add(Matrix(rows: 1, columns: 3, values: [0, 1, 0]), on: team).count == 1)
    #expect(try index.search([1, 1, 0], limit: 4).count == 1)
  }

  @Test("what cannot be stored or asked is an error, and nothing changes")
  func errors() async throws {
    let team = ComputeTeam(threads: 1)
    let kernels = try Kernels.preferred()
    #expect(throws: IndexError.self) { try GraphIndex(dimension: 0, metric: .cosine, kernels: kernels) }
    #expect(throws: IndexError.self) {
      try GraphIndex(dimension: 4, metric: .cosine, settings: GraphSettings(degree: 200), kernels: kernels)
    }
    var index = try GraphIndex(dimension: 2, metric: .cosine, kernels: kernels)
    await #expect(throws: IndexError.self) { try await index.add(Matrix(rows: 1, columns: 3), on: team) }
    await #expect(throws: IndexError.self) {
      try await index.add(Matrix(rows: 2, columns: 2, values: [1, 2, .nan, 0]), on: team)
    }
    #expect(index.count == 0)
    try await index.add(Matrix(rows: 1, columns: 2, values: [1, 2]), on: team)
    await #expect(throws: IndexError.self) { try await index.remove([0, 1], on: team) }
    #expect(index.count == 1)
    #expect(throws: IndexError.self) { try index.search([1, 2], limit: 0) }
    #expect(throws: IndexError.self) { try index.search([1, .infinity], limit: 1) }
    #expect(throws: IndexError.self) { try index.search([1, 2], limit: 1, effort: .recall(2)) }
    #expect(throws: IndexError.self) { try index.search([1, 2], limit: 1, among: Bitmap(count: 7)) }
  }
}
