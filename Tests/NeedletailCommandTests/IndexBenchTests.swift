import Needletail
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("The command bench index")
struct IndexBenchTests {
  private static func vectors(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    Program.vectors(rows, columns, seed: seed)
  }

  private static func write(_ matrix: Matrix, to path: String) throws { try Program.write(matrix, to: path) }

  /// The nearest rows in double precision, plainly.
  private static func nearest(_ base: Matrix, to query: ArraySlice<Float>, _ metric: Metric, _ limit: Int) -> [Int] {
    let scores = (0..<base.rows).map { row in
      let pairs = zip(base[row: row], query).map { (Double($0), Double($1)) }
      let dot = pairs.reduce(0) { $0 + $1.0 * $1.1 }
      return switch metric {
      case .innerProduct: dot
      case .cosine: dot / pairs.reduce(0) { $0 + $1.0 * $1.0 }.squareRoot()
      case .squaredL2: -pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
    }
    return Array((0..<base.rows).sorted { scores[$0] > scores[$1] }.prefix(limit))
  }

  @Test("saves the nearest vectors of every query, and says what it took", arguments: Metric.allCases)
  func saves(metric: Metric) async throws {
    try await Program.inFolder { program in
      let base = Self.vectors(500, 24, seed: 1)
      let queries = Self.vectors(9, 24, seed: 2)
      try Self.write(base, to: program.path("base.npy"))
      try Self.write(queries, to: program.path("queries.npy"))
      let result = try await program.run(
        "bench", "index", "--base", program.path("base.npy"), "--queries", program.path("queries.npy"), "--metric",
        metric.rawValue, "--recall", "1", "--limit", "10", "--threads", "2", "--repeat", "2", "--check", "9",
        "--save-ids", program.path("ids.npy"), "--json")
      #expect(result.status == 0 && result.errors.isEmpty)
      let figures = try JSONDocument(parsing: Array(result.output.utf8), subject: "figures").root
      #expect(try figures.value("qps").double ?? 0 > 0)
      #expect(try figures.value("build_seconds").double ?? 0 > 0)
      #expect(try figures.value("bytes_per_vector").double ?? 0 > 0)
      #expect(try figures.value("settings").kind == .object)
      #expect(try figures.value("seconds").count == 2)
      #expect(try figures.value("recall").double == 1)
      #expect(try figures.integer("vectors") == 500 && figures.integer("queries") == 9)
      let ids = try VectorFile(URL(filePath: program.path("ids.npy")), kernels: .preferred())
      #expect(ids.type == .int64 && ids.rows == 9 && ids.columns == 10)
      for query in 0..<9 {
        #expect(
          try ids.integers(query..<query + 1) == Self.nearest(base, to: queries[row: query], metric, 10), "\(query)")
      }
    }
  }

  @Test("fills up with -1 where there are fewer vectors than asked for")
  func few() async throws {
    try await Program.inFolder { program in
      try Self.write(Self.vectors(3, 5, seed: 1), to: program.path("base.npy"))
      let result = try await program.run(
        "bench", "index", "--base", program.path("base.npy"), "--queries", program.path("base.npy"), "--limit", "5",
        "--save-ids", program.path("ids.npy"), "--quiet")
      #expect(result.status == 0)
      let ids = try VectorFile(URL(filePath: program.path("ids.npy")), kernels: .preferred())
      for row in 0..<3 {
        let found = try ids.integers(row..<row + 1)
        #expect(found[0] == row && found[..<3].sorted() == [0, 1, 2] && found[3...] == [-1, -1])
      }
    }
  }

  @Test("refuses queries of another length")
  func lengths() async throws {
    try await Program.inFolder { program in
      try Self.write(Self.vectors(3, 5, seed: 1), to: program.path("base.npy"))
      try Self.write(Self.vectors(3, 4, seed: 1), to: program.path("queries.npy"))
      let result = try await program.run(
        "bench", "index", "--base", program.path("base.npy"), "--queries", program.path("queries.npy"))
      #expect(result.status == 1 && result.output.isEmpty)
      #expect(result.errors.contains("queries.npy") && result.errors.contains("4") && result.errors.contains("5"))
    }
  }

  @Test("a kept graph is searched again without building, and refused for other vectors")
  func kept() async throws {
    try await Program.inFolder { program in
      try Self.write(Self.vectors(3000, 16, seed: 1), to: program.path("base.npy"))
      try Self.write(Self.vectors(20, 16, seed: 2), to: program.path("queries.npy"))
      try Self.write(Self.vectors(2999, 16, seed: 1), to: program.path("fewer.npy"))
      var found: [[Int]] = []
      for turn in 0..<2 {
        let result = try await program.run(
          "bench", "index", "--base", program.path("base.npy"), "--queries", program.path("queries.npy"), "--beam",
          "16,64", "--repeat", "1", "--index", program.path("kept.graph"), "--save-ids", program.path("ids.npy"),
          "--json", "--quiet")
        #expect(result.status == 0 && result.errors.isEmpty)
        let figures = try JSONDocument(parsing: Array(result.output.utf8), subject: "figures").root
        #expect(try figures.value("build_seconds").kind == (turn == 0 ? .number : .null))
        #expect(try figures.value("runs").count == 2)
        let ids = try VectorFile(URL(filePath: program.path("ids.npy")), kernels: .preferred())
        found.append(try ids.integers(0..<ids.rows))
      }
      #expect(found[0] == found[1] && found[0].count == 2 * 20 * 10)
      let result = try await program.run(
        "bench", "index", "--base", program.path("fewer.npy"), "--queries", program.path("queries.npy"), "--index",
        program.path("kept.graph"))
      #expect(result.status == 1 && result.errors.contains("kept.graph") && result.errors.contains("2999"))
    }
  }
}
