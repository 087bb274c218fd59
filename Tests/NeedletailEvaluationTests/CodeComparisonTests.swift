import NeedletailEvaluation
import NeedletailIndex
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("Comparing codes")
struct CodeComparisonTests {
  private static let dimension = 64

  private static func vectors(_ rows: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    let values = (0..<rows * dimension).map { _ in Float.random(in: -1...1, using: &generator) }
    return Matrix(rows: rows, columns: dimension, values: values)
  }

  /// The nearest rows by the formula in double precision; `stored` changes a value as a code does.
  private static func nearest(
    _ rows: Matrix, to query: ArraySlice<Float>, _ metric: Metric, limit: Int, without own: Int? = nil,
    stored: (Float) -> Float = { $0 }
  ) -> Set<Int> {
    let scores = (0..<rows.rows).map { row in
      let pairs = zip(rows[row: row], query).map { (Double(stored($0)), Double($1)) }
      let dot = pairs.reduce(0) { $0 + $1.0 * $1.1 }
      return switch metric {
      case .innerProduct: dot
      case .cosine: dot / pairs.reduce(0) { $0 + $1.0 * $1.0 }.squareRoot()
      case .squaredL2: -pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
    }
    return Set((0..<rows.rows).filter { $0 != own }.sorted { scores[$0] > scores[$1] }.prefix(limit))
  }

  /// To the nearest bfloat16, ties to even.
  private static func rounded(_ value: Float) -> Float {
    let bits = value.bitPattern
    return Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
  }

  @Test("recalls are those of the formula, bytes those of the codes", arguments: Metric.allCases)
  func recalls(metric: Metric) async throws {
    let (rows, queries) = (Self.vectors(2000, seed: 1), Self.vectors(40, seed: 2))
    let kernels = try Kernels.preferred()
    let team = ComputeTeam(threads: 2)
    let comparison = CodeComparison(vectors: rows, queries: queries, metric: metric, kernels: kernels)
    let found = try await comparison.run(on: team)
    #expect(found.count == comparison.count && Set(found.map(\.name)).count == found.count)
    let truth = (0..<40).map { Self.nearest(rows, to: queries[row: $0], metric, limit: 10) }
    let halves = (0..<40).map { Self.nearest(rows, to: queries[row: $0], metric, limit: 10, stored: Self.rounded) }
    #expect(found[0].name == "f32" && found[0].recall == 1)
    let named = Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0) })
    let shared = zip(truth, halves).reduce(0) { $0 + $1.0.intersection($1.1).count }
    #expect(try #require(named["bf16"]).recall == Double(shared) / 400)
    for (code, stages) in [
      (VectorCode.int8, []), (.fourBit, []), (.oneBit, []), (.sign, []),
      (.float32, [SearchStage(.oneBit, keep: 160), SearchStage(.int8, keep: 40)]),
      (.float32, [SearchStage(.int8, .principal(32), keep: 160)]),
    ] {
      var index = ExactIndex(
        dimension: Self.dimension, metric: metric, code: code, stages: stages, kernels: kernels)
      try index.add(rows)
      let hits = try index.search(queries, limit: 10)
      let common = zip(truth, hits).reduce(0) { $0 + $1.0.intersection($1.1.map(\.index)).count }
      let name =
        switch stages.count {
        case 0: code.rawValue
        case 1: "PCA 32 int8 160 > f32"
        default: "1bit 160 > int8 40 > f32"
        }
      // The index may find another one where two are as near as 11 digits tell.
      #expect(abs(try #require(named[name], "\(name)").recall - Double(common) / 400) <= 0.0051, "\(name)")
    }
    for (name, bytes) in [("f32", 256.0), ("bf16", 128), ("int8", 64), ("4bit", 32), ("1bit", 8), ("sign", 8)] {
      let row = try #require(named[name])
      #expect((bytes...bytes + 16).contains(row.bytesPerVector), "\(name): \(row.bytesPerVector)")
      #expect(row.fileBytesPerVector == 0)
    }
    for row in found {
      #expect(row.queriesPerSecond > 0 && row.buildSeconds > 0 && (0...1).contains(row.recall))
      #expect(row.fileBytesPerVector == (row.name.contains(">") ? 256 : 0))
    }
  }

  @Test("without queries some of the vectors are asked for, and none finds itself")
  func own() async throws {
    // Each vector twice: if one could find itself, its twin would be the second of two.
    let half = Self.vectors(30, seed: 3)
    let rows = Matrix(rows: 60, columns: Self.dimension, values: half.values + half.values)
    let kernels = try Kernels.preferred()
    let found = try await CodeComparison(vectors: rows, metric: .cosine, limit: 1, kernels: kernels)
      .run(on: ComputeTeam(threads: 1))
    for row in found where ["f32", "bf16", "int8", "4bit", "1bit", "sign"].contains(row.name) {
      #expect(row.recall == 1, "\(row.name)")
    }
  }
}
