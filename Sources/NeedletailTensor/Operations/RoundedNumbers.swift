internal import CNeedletail

/// A vector as whole numbers from −127 to 127 times a scale.
package struct WholeNumbers: Sendable {
  package let codes: [Int8]
  /// 1/127 of the largest size; 0 for a vector of zeros.
  package let scale: Float
  /// The sum of the numbers.
  package let total: Int32

  /// - Parameter x: At least one finite value.
  package init(_ x: ArraySlice<Float>, _ kernels: Kernels) {
    var row = nt_whole_row(scale: 0, total: 0)
    codes = unsafe [Int8](unsafeUninitializedCapacity: x.count) { codes, count in
      unsafe x.withUnsafeBufferPointer { x in
        guard let first = x.baseAddress, let to = codes.baseAddress else { return }
        unsafe row = kernels.table.scan.round_whole(first, x.count, to)
      }
      count = x.count
    }
    (scale, total) = (row.scale, row.total)
  }
}

/// A vector as odd numbers from −15 to 15, which are 2 · code − 15, times a scale.
package struct OddNumbers: Sendable {
  /// From 0 to 15.
  package let codes: [UInt8]
  /// The inner product of the vector with its odd numbers.
  package let product: Float
  /// What makes the numbers as near to the vector as they can be.
  package let scale: Float

  /// Rounds a rotated vector, in the steps that lose least of it.
  ///
  /// - Parameters:
  ///   - x: Finite values, a multiple of 16.
  ///   - square: The inner product of the vector with itself.
  package init(_ x: ArraySlice<Float>, square: Float, _ kernels: Kernels) {
    precondition(x.count % 16 == 0, "rotated vectors have a multiple of 16 values")
    var row = nt_odd_row(product: 0, scale: 0)
    codes = unsafe [UInt8](unsafeUninitializedCapacity: x.count) { codes, count in
      unsafe x.withUnsafeBufferPointer { x in
        guard let first = x.baseAddress, let to = codes.baseAddress else { return }
        unsafe row = kernels.table.scan.round_odd(first, x.count, square, to)
      }
      count = x.count
    }
    (product, scale) = (row.product, row.scale)
  }

  /// Only the signs of a vector: 0 for −1, 1 for 1.
  package init(signs x: ArraySlice<Float>) {
    codes = x.map { $0 >= 0 ? 1 : 0 }
    product = x.reduce(0) { $0 + abs($1) }
    scale = product / Float(max(1, x.count))
  }

  /// One bit of each code, 64 a word, of a multiple of 64 codes.
  package func bits(_ plane: Int, _ kernels: Kernels) -> [UInt64] {
    precondition(codes.count % 64 == 0 && (0..<8).contains(plane), "codes fill whole words")
    return unsafe [UInt64](unsafeUninitializedCapacity: codes.count / 64) { words, count in
      if let to = words.baseAddress { unsafe kernels.table.scan.code_bits(codes, codes.count, UInt32(plane), to) }
      count = codes.count / 64
    }
  }
}
