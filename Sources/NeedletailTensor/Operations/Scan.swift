internal import CNeedletail

/// Scores of many stored rows for several queries at once; each row is read once.
///
/// Score i of query j goes to `sums[j · stride + offset + i]`, and is the same bits whatever is asked for beside it.
extension Kernels {
  /// Where the scores of a scan go.
  package struct ScanPlace {
    /// From one query's scores to the next's.
    let stride: Int
    /// Where the first row's score stands.
    let offset: Int

    package init(stride: Int, offset: Int) { (self.stride, self.offset) = (stride, offset) }

    fileprivate func check(_ sums: Int, queries: Int, rows: Int) {
      precondition(
        offset >= 0 && offset + rows <= stride && queries * stride <= sums, "there is a place for every score")
    }
  }

  /// Σ query · row, or Σ (query − row)², of float32 rows.
  ///
  /// - Parameters:
  ///   - queries: `[n, d]`.
  ///   - rows: `[m, d]`.
  package func scan(
    _ queries: Span<Float>, _ rows: Span<Float>, d: Int, distances: Bool, to sums: inout [Float], _ place: ScanPlace
  ) {
    let (n, m) = (queries.count / d, rows.count / d)
    place.check(sums.count, queries: n, rows: m)
    let scan = unsafe distances ? table.scan.distance_f32 : table.scan.dot_f32
    unsafe queries.withUnsafeBufferPointer { queries in
      unsafe rows.withUnsafeBufferPointer { rows in
        unsafe sums.withUnsafeMutableBufferPointer { sums in
          guard let asked = queries.baseAddress, let first = rows.baseAddress, let to = sums.baseAddress else { return }
          unsafe scan(asked, d, n, first, d, m, d, to + place.offset, place.stride)
        }
      }
    }
  }

  /// The same of bfloat16 rows.
  package func scan(
    _ queries: Span<Float>, _ rows: Span<UInt16>, d: Int, distances: Bool, to sums: inout [Float], _ place: ScanPlace
  ) {
    let (n, m) = (queries.count / d, rows.count / d)
    place.check(sums.count, queries: n, rows: m)
    let scan = unsafe distances ? table.scan.distance_bf16 : table.scan.dot_bf16
    unsafe queries.withUnsafeBufferPointer { queries in
      unsafe rows.withUnsafeBufferPointer { rows in
        unsafe sums.withUnsafeMutableBufferPointer { sums in
          guard let asked = queries.baseAddress, let first = rows.baseAddress, let to = sums.baseAddress else { return }
          unsafe scan(asked, d, n, first, d, m, d, to + place.offset, place.stride)
        }
      }
    }
  }

  /// How the bytes of a row hold whole numbers.
  package enum ByteForm: Sendable {
    /// A number from −127 to 127 with 128 added.
    case whole
    /// Two codes from 0 to 15 that stand for the odd numbers from −15 to 15, the low halves of all bytes first.
    case halves
  }

  /// Σ query · row of rows of whole numbers, exactly.
  ///
  /// - Parameters:
  ///   - queries: `[n, width]` from −127 to 127, where a row has `width` numbers.
  ///   - totals: The sum of each query's numbers.
  ///   - rows: `[m, bytes]`.
  package func scan(
    _ queries: Span<Int8>, totals: Span<Int32>, _ rows: Span<UInt8>, bytes: Int, _ form: ByteForm,
    to sums: inout [Int32], _ place: ScanPlace
  ) {
    let (n, m) = (totals.count, rows.count / bytes)
    precondition(queries.count == n * bytes * (form == .halves ? 2 : 1), "a query has as many numbers as a row")
    place.check(sums.count, queries: n, rows: m)
    let scan = unsafe form == .halves ? table.scan.dot_i4 : table.scan.dot_i8
    unsafe queries.withUnsafeBufferPointer { queries in
      unsafe rows.withUnsafeBufferPointer { rows in
        unsafe totals.withUnsafeBufferPointer { totals in
          unsafe sums.withUnsafeMutableBufferPointer { sums in
            guard let asked = queries.baseAddress, let first = rows.baseAddress, let to = sums.baseAddress,
              let totals = totals.baseAddress
            else { return }
            unsafe scan(asked, n, first, m, bytes, totals, to + place.offset, place.stride)
          }
        }
      }
    }
  }

  /// How many bits of queries and rows differ, or are set in both.
  ///
  /// - Parameters:
  ///   - queries: `[n, words]`.
  ///   - rows: `[groups, words, 8]`: eight rows side by side.
  package func scan(
    _ queries: Span<UInt64>, _ rows: Span<UInt64>, words: Int, common: Bool, to sums: inout [Int32], _ place: ScanPlace
  ) {
    let (n, groups) = (queries.count / words, rows.count / (8 * words))
    place.check(sums.count, queries: n, rows: 8 * groups)
    let scan = unsafe common ? table.scan.common : table.scan.differing
    unsafe queries.withUnsafeBufferPointer { queries in
      unsafe rows.withUnsafeBufferPointer { rows in
        unsafe sums.withUnsafeMutableBufferPointer { sums in
          guard let asked = queries.baseAddress, let first = rows.baseAddress, let to = sums.baseAddress else { return }
          unsafe scan(asked, n, first, groups, words, to + place.offset, place.stride)
        }
      }
    }
  }
}

/// Rows that are worth a look, and their scores.
package struct PickedRows: Sendable {
  package private(set) var count = 0
  /// In ascending order; only the first ``count`` are of this pick, also of ``scores``.
  package private(set) var indexes: [UInt32]
  package private(set) var scores: [Float]

  /// Room for a pick from so many rows.
  package init(capacity: Int) {
    indexes = [UInt32](repeating: 0, count: capacity)
    scores = [Float](repeating: 0, count: capacity)
  }

  /// What turns the sum of a row into its score: (sum · factor + shift) · scale + offset.
  package struct Terms: Sendable {
    package var factor: Float
    package var shift: Float

    package init(factor: Float, shift: Float = 0) { (self.factor, self.shift) = (factor, shift) }
  }

  /// Picks the rows whose score is not at most a threshold.
  ///
  /// - Parameters:
  ///   - sums: One for each row.
  ///   - scales: One for each row, or none where all are 1.
  ///   - offsets: One for each row, or none where all are 0.
  ///   - threshold: No number picks every row.
  ///   - allowed: A bit for each row, 64 a word, or none where all are allowed.
  package mutating func pick(
    _ sums: Span<Float>, _ terms: Terms, scales: Span<Float>, offsets: Span<Float>, threshold: Float,
    allowed: Span<UInt64>, _ kernels: Kernels
  ) {
    unsafe pick(sums, terms, scales, offsets, threshold, allowed, kernels.table.scan.pick_f32)
  }

  /// The same of whole numbers.
  package mutating func pick(
    _ sums: Span<Int32>, _ terms: Terms, scales: Span<Float>, offsets: Span<Float>, threshold: Float,
    allowed: Span<UInt64>, _ kernels: Kernels
  ) {
    unsafe pick(sums, terms, scales, offsets, threshold, allowed, kernels.table.scan.pick_i32)
  }

  private typealias Kernel<Sum> = (
    UnsafePointer<Sum>, Int, Float, Float, UnsafePointer<Float>?, UnsafePointer<Float>?, Float, UnsafePointer<UInt64>?,
    UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<Float>
  ) -> Int

  /// Spans without elements are terms that all rows share.
  private mutating func pick<Sum>(
    _ sums: Span<Sum>, _ terms: Terms, _ scales: Span<Float>, _ offsets: Span<Float>, _ threshold: Float,
    _ allowed: Span<UInt64>, _ kernel: Kernel<Sum>
  ) {
    precondition(
      sums.count <= indexes.count && (scales.isEmpty || scales.count >= sums.count)
        && (offsets.isEmpty || offsets.count >= sums.count) && (allowed.isEmpty || allowed.count * 64 >= sums.count),
      "there is a term and a place for each row")
    count = unsafe sums.withUnsafeBufferPointer { sums in
      unsafe scales.withUnsafeBufferPointer { scales in
        unsafe offsets.withUnsafeBufferPointer { offsets in
          unsafe allowed.withUnsafeBufferPointer { allowed in
            guard let first = sums.baseAddress else { return 0 }
            return unsafe kernel(
              first, sums.count, terms.factor, terms.shift, scales.isEmpty ? nil : scales.baseAddress,
              offsets.isEmpty ? nil : offsets.baseAddress, threshold, allowed.isEmpty ? nil : allowed.baseAddress,
              &indexes, &scores)
          }
        }
      }
    }
  }
}
