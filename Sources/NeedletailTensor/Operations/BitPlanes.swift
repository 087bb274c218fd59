/// Counts of bits of several planes, where plane b counts 2ᵇ times.
package enum BitPlanes {
  /// Adds up the planes of each query: sums[j · stride + i] = Σ 2ᵇ · sums[(j · planes + b) · stride + i].
  ///
  /// - Parameters:
  ///   - queries: How many there are.
  ///   - planes: How many of each; at least 1.
  ///   - range: The places i.
  package static func add(_ sums: inout [Int32], queries: Int, planes: Int, stride: Int, _ range: Range<Int>) {
    precondition(queries * planes * stride <= sums.count && range.upperBound <= stride, "all planes have scores")
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      guard let first = sums.baseAddress, planes > 1 else { return }
      for query in 0..<queries {
        let to = unsafe first + query * stride
        unsafe add(to, first + query * planes * stride, planes: planes, stride: stride, range)
      }
    }
  }

  private static func add(
    _ to: UnsafeMutablePointer<Int32>, _ from: UnsafeMutablePointer<Int32>, planes: Int, stride: Int,
    _ range: Range<Int>
  ) {
    for i in range {
      var sum: Int32 = 0
      for plane in 0..<planes { unsafe sum &+= from[plane * stride + i] << Int32(truncatingIfNeeded: plane) }
      unsafe to[i] = sum
    }
  }
}
