import NeedletailIndex
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("Vectors in mapped files")
struct MappedVectorsTests {
  private func map(_ values: [Float], dimension: Int, metric: Metric, in folder: TemporaryFolder) throws
    -> MappedVectors
  {
    let kernels = try Kernels.preferred()
    let writer = try SegmentWriter(folder.path + "/vectors")
    try writer.write("vectors", values)
    try writer.begin("norms")
    try writer.append(
      stride(from: 0, to: values.count, by: dimension).map {
        VectorNorms.inverse(values[$0..<($0 + dimension)], kernels)
      })
    try writer.finish()
    let file = try SegmentFile(folder.path + "/vectors")
    return try MappedVectors(
      file.section("vectors", of: 4), norms: file.section("norms", of: 4), dimension: dimension, metric: metric,
      kernels: kernels)
  }

  @Test("searches find what a flat index finds, among all positions or some", arguments: Metric.allCases)
  func agreement(_ metric: Metric) throws {
    let folder = try TemporaryFolder()
    var generator = SeededGenerator(seed: 5)
    for (count, dimension) in [(1, 1), (3, 17), (9000, 9)] {
      var values = (0..<(count * dimension)).map { _ in Float.random(in: -1...1, using: &generator) }
      for index in 0..<dimension { values[index] = 0 }
      let mapped = try map(values, dimension: dimension, metric: metric, in: folder)
      var flat = ExactIndex(dimension: dimension, metric: metric, kernels: try .preferred())
      try flat.add(Matrix(rows: count, columns: dimension, values: values))
      #expect(mapped.count == count && mapped[count - 1] == Array(values.suffix(dimension)))
      let query = (0..<dimension).map { _ in Float.random(in: -1...1, using: &generator) }
      #expect(try mapped.search(query, limit: 20) == flat.search(query, limit: 20))
      var allowed = Bitmap(count: count)
      for position in 0..<count where position % 900 < 3 { allowed.insert(position) }
      let expected = try flat.search(query, limit: count).filter { allowed.contains($0.index) }.prefix(20)
      #expect(try mapped.search(query, limit: 20, among: allowed) == Array(expected))
    }
  }

  @Test("a set meets a range where one of its positions is in it", arguments: [0, 5, 63, 64, 100, 191])
  func intersections(_ position: Int) {
    var set = Bitmap(count: 192)
    set.insert(position)
    for lower in 0...192 {
      for upper in lower...192 {
        #expect(set.intersects(lower..<upper) == (lower..<upper).contains(position))
      }
    }
  }
}
