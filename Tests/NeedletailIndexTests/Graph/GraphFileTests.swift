import Foundation
import NeedletailIndex
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("Files of graph indexes")
struct GraphFileTests {
  private func index(_ metric: Metric, threads: Int = 2) async throws -> GraphIndex {
    let team = ComputeTeam(threads: threads)
    let vectors = GraphIndexTests.clustered(1500, 40, seed: 21)
    var index = try await GraphIndex.build(vectors, metric: metric, kernels: try .preferred(), on: team)
    try await index.remove(stride(from: 0, to: 400, by: 2), on: team)
    return index
  }

  @Test("an index that is written and mapped answers the same, and goes on growing", arguments: Metric.allCases)
  func roundTrip(_ metric: Metric) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/graph.segment"
    let index = try await index(metric)
    try index.write(to: path)
    var mapped = try GraphIndex(contentsOf: path, kernels: try .preferred())
    let queries = GraphIndexTests.clustered(30, 40, seed: 22)
    let team = ComputeTeam(threads: 2)
    let expected = try await index.search(queries, limit: 10, on: team)
    #expect(try await mapped.search(queries, limit: 10, on: team) == expected)
    #expect(mapped.count == index.count && mapped.settings == index.settings)
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    try await mapped.add(GraphIndexTests.clustered(200, 40, seed: 23), on: team)
    try await mapped.remove([700], on: team)
    #expect(mapped.count == index.count + 199)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test("the same vectors give the same bytes on one thread and on four")
  func bytes() async throws {
    let folder = try TemporaryFolder()
    var files: [Data] = []
    for threads in [1, 4] {
      let path = folder.path + "/graph-\(threads).segment"
      try await index(.cosine, threads: threads).write(to: path)
      files.append(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
    #expect(files[0] == files[1])
  }

  @Test("an empty index has a file as well")
  func empty() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/graph.segment"
    try GraphIndex(dimension: 7, metric: .cosine, kernels: try .preferred()).write(to: path)
    #expect(try GraphIndex(contentsOf: path, kernels: try .preferred()).count == 0)
  }

  @Test("a damaged file is an error; with checksums that fit it is an error or an index that is safe to search")
  func damage() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/graph.segment"
    try await index(.innerProduct).write(to: path)
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    var generator = SeededGenerator(seed: 24)
    for _ in 0..<100 {
      var bytes = whole
      bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      #expect(throws: IndexError.self) { try GraphIndex(contentsOf: path, kernels: try .preferred()) }
    }
  }
}
