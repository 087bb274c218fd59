internal import CNeedletail

extension Kernels {
  /// Adds up the planes of each query, of which plane b counts 2ᵇ times:
  /// sums[j · stride + i] = Σ 2ᵇ · sums[(j · planes + b) · stride + i].
  ///
  /// - Parameters:
  ///   - queries: How many there are.
  ///   - planes: How many of each; at least 1.
  ///   - range: The places i.
  package func addPlanes(_ sums: inout [Int32], queries: Int, planes: Int, stride: Int, _ range: Range<Int>) {
    precondition(
      queries * planes * stride <= sums.count && range.lowerBound >= 0 && range.upperBound <= stride,
      "all planes have scores")
    if planes > 1 { unsafe table.scan.add_planes(&sums, queries, planes, stride, range.lowerBound, range.count) }
  }

  /// The largest or the least score of each query, of the first `rows` that a scan wrote for it.
  package func extremes(
    _ sums: [Int32], stride: Int, rows: Int, queries: Int, least: Bool, to extremes: inout [Int32]
  ) {
    precondition(rows <= stride && queries * stride <= sums.count, "all scores are there")
    precondition(extremes.count >= queries, "there is a place for each query")
    unsafe table.scan.extremes(sums, queries, stride, rows, least, &extremes)
  }
}
