internal import CNeedletail

extension Kernels {
  /// Inner products, or squared distances, of a query and some rows of a mapped matrix.
  ///
  /// - Parameters:
  ///   - query: `[d]`.
  ///   - matrix: Float32 rows of `d` values.
  ///   - rows: Each one of the matrix.
  ///   - squares: Where it is not `nil`, the square length of each row is put there.
  package func products(
    _ query: ArraySlice<Float>, _ matrix: MappedRegion, rows: [Int], distances: Bool, squares: inout [Float]?
  ) -> [Float] {
    let size = query.count
    precondition(size > 0 && rows.allSatisfy { $0 >= 0 && ($0 + 1) * size * 4 <= matrix.count }, "the rows are there")
    precondition(matrix.holdsFloats, "the matrix holds floats")
    var products = [Float](repeating: 0, count: rows.count)
    let first = unsafe matrix.start.assumingMemoryBound(to: Float.self)
    for row in rows.prefix(Self.ahead) { unsafe nt_fetch_soon(first + row * size, size * 4) }
    unsafe query.withUnsafeBufferPointer { query in
      guard let asked = query.baseAddress else { return }
      for (place, row) in rows.enumerated() {
        if place + Self.ahead < rows.count { unsafe nt_fetch_soon(first + rows[place + Self.ahead] * size, size * 4) }
        let start = unsafe first + row * size
        if distances {
          unsafe table.scan.distance_f32(asked, size, 1, start, size, 1, size, &products[place], 1)
        } else {
          products[place] = unsafe table.dot_f32(asked, start, size)
        }
        squares?[place] = unsafe table.dot_f32(start, start, size)
      }
    }
    return products
  }

  /// How many rows ahead memory is asked for.
  private static let ahead = 4
}
