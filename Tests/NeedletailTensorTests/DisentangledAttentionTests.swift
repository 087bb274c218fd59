import NeedletailJSON
import NeedletailTensor
import NeedletailTestSupport
import Synchronization
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Attention against `Fixtures/disentangled.*`: transformers 5.23.0 on PyTorch 2.15.0, in float32 and in float64.
@Suite("Disentangled attention")
struct DisentangledAttentionTests {
  static let folder = SharedData.repository.appending(path: "Tests/NeedletailTensorTests/Fixtures")

  static func goldens() throws -> JSON {
    let file = folder.appending(path: "disentangled.json")
    return try JSONDocument(parsing: Array(Data(contentsOf: file)), subject: file.path).root
  }

  @Test("a distance has the row that the reference gives it")
  func buckets() throws {
    let cases = try Array(Self.goldens().value("buckets").elements)
    #expect(cases.count == 11)
    for item in cases {
      let (buckets, farthest) = (try item.integer("buckets"), try item.integer("farthest"))
      let rows = try item.value("rows").elements.compactMap(\.integer)
      let distances = RelativeDistances(buckets: buckets, maximumDistance: farthest, longest: rows.count)
      for (distance, bucket) in rows.enumerated() {
        #expect(distances.row(distance) == min(buckets + bucket, 2 * buckets - 1), "\(buckets) \(distance)")
        #expect(distances.row(-distance) == max(buckets - bucket, 0), "\(buckets) \(-distance)")
      }
    }
  }

  @Test("without buckets each distance has a row, and the far ones share the last")
  func plainRows() {
    let distances = RelativeDistances(span: 3, longest: 6)
    #expect((-5...5).map(distances.row) == [0, 0, 0, 1, 2, 3, 4, 5, 5, 5, 5])
    #expect(RelativeDistances(span: 1, longest: 1).row(0) == 1)
  }

  @Test("buckets stay in order however many there are")
  func manyBuckets() {
    for (buckets, farthest, longest) in [(1 << 20, (1 << 19) + 2, 1 << 20), (2, 1 << 20, 5000), (5, 4, 90)] {
      let distances = RelativeDistances(buckets: buckets, maximumDistance: farthest, longest: longest)
      let rows = (1 - longest..<longest).map(distances.row)
      #expect(zip(rows, rows.dropFirst()).allSatisfy { $0 <= $1 })
      #expect(rows.first.map { $0 >= 0 } == true && rows.last.map { $0 < 2 * buckets } == true)
    }
  }

  @Test("contexts are the reference's", arguments: 0..<9, Kernels.available)
  func goldens(_ index: Int, _ kernels: Kernels) throws {
    let cases = try Array(Self.goldens().value("cases").elements)
    #expect(cases.count == 9)
    let item = cases[index]
    let tokens = try item.integer("tokens")
    let attention = try Self.attention(index, item, longest: tokens, kernels)
    let width = attention.heads * attention.headDimension
    let store = try TensorStore(folder: Self.folder, name: "disentangled")
    let projected = try store.floats("projected.\(index)", shape: [tokens, 3 * width], kernels: kernels).values
    let found = Self.run(attention, projected, starts: [0, tokens], kernels)
    // Values up to 5 and scores up to 20; the reference itself is within 2.2e-6 of float64.
    for (name, tolerance) in [("context", 5e-6), ("exact", 3e-6)] {
      let wanted = try store.floats("\(name).\(index)", shape: [tokens, width], kernels: kernels).values
      let gap = zip(found, wanted).map { abs(Double($0) - Double($1)) }.max() ?? .infinity
      #expect(gap <= tolerance, "\(name) \(gap)")
    }
  }

  @Test(
    "every length around the blocks' is what the formula says", arguments: Kernels.available,
    [1, 2, 31, 63, 64, 65, 96, 127, 128, 129, 200])
  func formula(_ kernels: Kernels, _ length: Int) {
    for (place, distances) in [
      RelativeDistances(span: 70, longest: 200), RelativeDistances(span: 300, longest: 200),
      RelativeDistances(buckets: 24, maximumDistance: 100, longest: 211),
    ].enumerated() {
      let plain = PlainDisentangled(length: length, heads: 2, features: 5, distances: distances, seed: place)
      let found = Self.run(plain.attention(kernels), plain.projected, starts: [0, length], kernels)
      // Values up to 1, scores up to 3.
      #expect(zip(found, plain.context()).allSatisfy { abs(Double($0) - $1) <= 2e-6 }, "\(place)")
    }
  }

  @Test("a text has the same bits alone, among others and with helpers", arguments: Kernels.available)
  func invariance(_ kernels: Kernels) async throws {
    let starts = [0, 70, 70, 71, 271, 290]
    let distances = RelativeDistances(buckets: 24, maximumDistance: 100, longest: 200)
    let plain = PlainDisentangled(length: 290, heads: 6, features: 8, distances: distances, seed: 7)
    let attention = plain.attention(kernels)
    let together = Self.run(attention, plain.projected, starts: starts, kernels)
    let width = 6 * 8
    for (start, end) in zip(starts, starts.dropFirst()) {
      let text = Array(plain.projected[start * 3 * width..<end * 3 * width])
      let alone = Self.run(attention, text, starts: [0, end - start], kernels)
      #expect(alone.elementsEqual(together[start * width..<end * width]))
    }
    let shared = Found()
    try await ComputeTeam(threads: 3).lead(isShort: false) { crew in
      let values = Self.run(attention, plain.projected, starts: starts, kernels, crew: crew)
      shared.values.withLock { $0 = values }
    }
    #expect(shared.values.withLock { $0 } == together)
  }

  /// The attention of a golden case.
  static func attention(_ index: Int, _ item: JSON, longest: Int, _ kernels: Kernels) throws -> DisentangledAttention {
    let (heads, size) = (try item.integer("heads"), try item.integer("size"))
    let (buckets, farthest) = (try item.integer("buckets", in: -1...256), try item.integer("farthest"))
    let distances =
      buckets > 0
      ? RelativeDistances(buckets: buckets, maximumDistance: farthest, longest: longest)
      : RelativeDistances(span: farthest, longest: longest)
    let store = try TensorStore(folder: folder, name: "disentangled")
    let types = try item.value("types").elements.compactMap(\.string)
    let table = { (name: String) in
      try store.floats("\(name).\(index)", shape: [2 * distances.span, heads * size], kernels: kernels)
    }
    return DisentangledAttention(
      heads: heads, headDimension: size, parts: 1 + types.count, distances: distances,
      positionKeys: types.contains("c2p") ? try table("keys") : nil,
      positionQueries: types.contains("p2c") ? try table("queries") : nil, kernels: kernels)
  }

  static func run(
    _ attention: DisentangledAttention, _ projected: [Float], starts: [Int], _ kernels: Kernels, crew: Crew? = nil
  ) -> [Float] {
    let workspace = Workspace(kernels: kernels)
    workspace.crew = crew
    let width = attention.heads * attention.headDimension
    let input = workspace.allocate(rows: projected.count / (3 * width), columns: 3 * width)
    workspace.write(projected, to: input)
    let output = workspace.allocate(rows: input.rows, columns: width)
    attention.forward(input, starts: starts, to: output, in: workspace)
    return workspace.values(of: output)
  }
}

/// What a closure found.
private final class Found: Sendable {
  let values = Mutex<[Float]>([])
}

/// The formula, in double precision, one pair of tokens after the other.
private struct PlainDisentangled {
  let length: Int
  let heads: Int
  let features: Int
  let distances: RelativeDistances
  let projected: [Float]
  let positionKeys: [Float]
  let positionQueries: [Float]

  private var width: Int { heads * features }

  init(length: Int, heads: Int, features: Int, distances: RelativeDistances, seed: Int) {
    (self.length, self.heads, self.features, self.distances) = (length, heads, features, distances)
    func numbers(_ count: Int, _ step: Int) -> [Float] {
      (0..<count).map { Float((($0 + seed) * step) % 1009) / 504 - 1 }
    }
    projected = numbers(length * 3 * heads * features, 7919)
    positionKeys = numbers(2 * distances.span * heads * features, 6271)
    positionQueries = numbers(2 * distances.span * heads * features, 4973)
  }

  func attention(_ kernels: Kernels) -> DisentangledAttention {
    let shape = [2 * distances.span, width]
    return DisentangledAttention(
      heads: heads, headDimension: features, parts: 3, distances: distances,
      positionKeys: FloatTensor(positionKeys, shape: shape),
      positionQueries: FloatTensor(positionQueries, shape: shape), kernels: kernels)
  }

  func context() -> [Double] {
    var result = [Double](repeating: 0, count: length * width)
    for head in 0..<heads {
      for query in 0..<length {
        let weights = (0..<length).map { key in
          let row = distances.row(query - key) * width + head * features
          let score = (0..<features).reduce(0.0) { sum, feature in
            let (q, k) = (value(query, 0, head, feature), value(key, 1, head, feature))
            return sum + q * k + q * Double(positionKeys[row + feature]) + k * Double(positionQueries[row + feature])
          }
          return exp(score / Double(3 * features).squareRoot())
        }
        let total = weights.reduce(0, +)
        for feature in 0..<features {
          let sum = weights.enumerated().reduce(0.0) { $0 + $1.element * value($1.offset, 2, head, feature) }
          result[query * width + head * features + feature] = sum / total
        }
      }
    }
    return result
  }

  private func value(_ token: Int, _ part: Int, _ head: Int, _ feature: Int) -> Double {
    Double(projected[(token * 3 + part) * width + head * features + feature])
  }
}
