import NeedletailIndex
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("The index of bits")
struct BinaryIndexTests {
  @Test("hits equal a plain sort of all vectors", arguments: BinaryMetric.allCases, [1, 8, 63, 64, 65, 384, 1000])
  func againstPlainSort(metric: BinaryMetric, dimension: Int) throws {
    let bytes = (dimension + 7) / 8
    var generator = SeededGenerator(seed: UInt64(dimension))
    func vectors(_ count: Int) -> [[UInt8]] {
      (0..<count).map { _ in
        (0..<bytes).map { byte in
          let bits = UInt8.random(in: 0...255, using: &generator) & UInt8.random(in: 0...255, using: &generator)
          return byte == bytes - 1 && dimension % 8 != 0 ? bits & (1 << UInt8(dimension % 8) - 1) : bits
        }
      }
    }
    let (stored, queries) = (vectors(1500), vectors(4) + [[UInt8](repeating: 0, count: bytes)])
    var allowed = Bitmap(count: 1500, repeating: true)
    for position in stride(from: 0, to: 1500, by: 3) { allowed.remove(position) }
    for kernels in Kernels.available {
      var index = BinaryIndex(dimension: dimension, metric: metric, kernels: kernels)
      try index.add(stored.prefix(13).flatMap(\.self))
      try index.add(stored.dropFirst(13).flatMap(\.self))
      for set in [nil, allowed] {
        let found = try index.search(queries.flatMap(\.self), limit: 10, among: set)
        for (query, hits) in zip(queries, found) {
          let scores = stored.map { score(metric, query, $0) }
          let expected = scores.indices.filter { set?.contains($0) ?? true }
            .sorted { metric == .hamming ? (scores[$0], $0) < (scores[$1], $1) : (-scores[$0], $0) < (-scores[$1], $1) }
          #expect(hits == expected.prefix(10).map { Hit(index: $0, score: scores[$0]) }, "\(kernels)")
        }
      }
    }
  }

  private func score(_ metric: BinaryMetric, _ a: [UInt8], _ b: [UInt8]) -> Float {
    let differing = zip(a, b).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
    let common = zip(a, b).reduce(0) { $0 + ($1.0 & $1.1).nonzeroBitCount }
    if metric == .hamming { return Float(differing) }
    return common + differing == 0 ? 1 : Float(common) / Float(common + differing)
  }

  @Test("part of a vector, a limit of 0 and a set of another size are refused")
  func refused() throws {
    var index = BinaryIndex(dimension: 20, metric: .hamming, kernels: try .preferred())
    #expect { try index.add([1, 2]) } throws: { ($0 as? IndexError)?.code == .dimensionMismatch }
    try index.add([1, 2, 3])
    #expect(index.count == 1)
    #expect { try index.search([1], limit: 1) } throws: { ($0 as? IndexError)?.code == .dimensionMismatch }
    #expect { try index.search([1, 2, 3], limit: 0) } throws: { ($0 as? IndexError)?.code == .outOfRange }
    #expect { try index.search([1, 2, 3], limit: 1, among: Bitmap(count: 2)) } throws: {
      ($0 as? IndexError)?.code == .outOfRange
    }
  }
}
