internal import CNeedletail

/// Rows of rotated 4+4-bit codes: 8 bits a feature in two planes, of which searches read the first alone.
///
/// A row's factors make its estimated inner products unbiased (RaBitQ: Gao and Long 2024, doi:10.1145/3654970; locally
/// adaptive scales: LVQ, Aguerrebere and others 2023, doi:10.14778/3611479.3611537).
package struct CodeStore: Sendable {
  /// Features of a row: a multiple of 64.
  package let dimension: Int
  /// A constant of the distance of two rows.
  package let base: Float
  /// Rows that there is memory for.
  package let capacity: Int
  package let high: Plane<UInt8>
  package let low: Plane<UInt8>
  /// Of each row the factor of its leading bits and its bias, one after the other.
  package let factors: Plane<Float>
  package let fine: Plane<Float>
  /// A further feature of each row that only distances between rows have.
  package let heights: Plane<Float>?
  package let kernels: Kernels

  /// Memory for rows.
  package init(dimension: Int, capacity: Int, hasHeights: Bool, base: Float, kernels: Kernels) {
    self.init(
      dimension: dimension, capacity: capacity, base: base, high: Plane(zeros: capacity * dimension / 2),
      low: Plane(zeros: capacity * dimension / 2), factors: Plane(zeros: 2 * capacity), fine: Plane(zeros: capacity),
      heights: hasHeights ? Plane(zeros: capacity) : nil, kernels: kernels)
  }

  /// Rows whose planes exist.
  package init(
    dimension: Int, capacity: Int, base: Float, high: Plane<UInt8>, low: Plane<UInt8>, factors: Plane<Float>,
    fine: Plane<Float>, heights: Plane<Float>?, kernels: Kernels
  ) {
    precondition(dimension > 0 && dimension % 64 == 0, "a row of codes has a multiple of 64 features")
    precondition(
      high.count >= capacity * dimension / 2 && low.count >= capacity * dimension / 2, "planes hold the rows")
    precondition(factors.count >= 2 * capacity && fine.count >= capacity, "there are factors for the rows")
    precondition(heights.map { $0.count >= capacity } ?? true, "there are heights for the rows")
    self.dimension = dimension
    self.capacity = capacity
    self.base = base
    self.high = high
    self.low = low
    self.factors = factors
    self.fine = fine
    self.heights = heights
    self.kernels = kernels
  }

  /// The same rows with memory for more.
  package func grown(to capacity: Int) -> CodeStore {
    CodeStore(
      dimension: dimension, capacity: capacity, base: base, high: high.grown(to: capacity * dimension / 2),
      low: low.grown(to: capacity * dimension / 2), factors: factors.grown(to: 2 * capacity),
      fine: fine.grown(to: capacity), heights: heights?.grown(to: capacity), kernels: kernels)
  }

  /// Rounds a rotated vector to the codes of a row.
  ///
  /// - Returns: The square of its length.
  package func encode(_ vector: [Float], row: Int) -> Float {
    precondition(vector.count == dimension && row >= 0 && row < capacity, "the row and its vector fit")
    var square: Float = 0
    unsafe withCodes { codes in unsafe kernels.table.graph.encode(vector, 1, codes, row, &square) }
    return square
  }

  /// Sets what is added to the scores of a row, and its further feature.
  package func describe(row: Int, bias: Float, height: Float) {
    factors[2 * row + 1] = bias
    heights?[row] = height
  }

  /// What is added to the scores of a row.
  package func bias(row: Int) -> Float { factors[2 * row + 1] }

  /// The rows of `order`, in that order.
  package func reordered(_ order: [UInt32]) -> CodeStore {
    CodeStore(
      dimension: dimension, capacity: order.count, base: base, high: high.gathered(order, width: dimension / 2),
      low: low.gathered(order, width: dimension / 2), factors: factors.gathered(order, width: 2),
      fine: fine.gathered(order, width: 1), heights: heights?.gathered(order, width: 1), kernels: kernels)
  }

  /// A rotated query in signed bytes.
  package func query(_ vector: [Float]) -> CodeQuery {
    precondition(vector.count == dimension, "the query has as many values as the rows")
    var bytes = [Int8](repeating: 0, count: dimension)
    let query = unsafe kernels.table.graph.query(vector, dimension, &bytes)
    return unsafe CodeQuery(
      bytes: bytes, scale: query.scale, coarseShift: query.coarse_shift, fineShift: query.fine_shift, height: 0)
  }

  /// A row's own codes as a query.
  package func query(row: Int) -> CodeQuery {
    precondition(row >= 0 && row < capacity, "the row is in the store")
    var bytes = [Int8](repeating: 0, count: dimension)
    let query = unsafe withCodes { codes in unsafe kernels.table.graph.row_query(codes, row, &bytes) }
    return unsafe CodeQuery(
      bytes: bytes, scale: query.scale, coarseShift: query.coarse_shift, fineShift: query.fine_shift,
      height: query.height)
  }

  /// The rotated vector that a row's codes stand for.
  package func decoded(_ row: Int) -> [Float] {
    let query = query(row: row)
    return query.bytes.map { Float($0) * query.scale }
  }

  /// Scores of neighbouring rows by their leading bits.
  package func scan(_ query: CodeQuery, _ rows: Range<Int>, to scores: inout [Float]) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= capacity && scores.count >= rows.count, "the rows are here")
    unsafe withCodes { codes in
      unsafe query.withPointer {
        unsafe kernels.table.graph.scan(codes, $0, rows.lowerBound, rows.count, &scores)
      }
    }
  }

  /// Scores of some rows by their leading bits.
  package func coarseScores(_ query: CodeQuery, _ rows: [UInt32]) -> [Float] {
    unsafe scores(query, rows) { unsafe kernels.table.graph.coarse($0, $1, $2, $3, $4) }
  }

  /// Scores of some rows by all of their bits.
  package func fineScores(_ query: CodeQuery, _ rows: [UInt32]) -> [Float] {
    unsafe scores(query, rows) { unsafe kernels.table.graph.fine($0, $1, $2, $3, $4) }
  }

  private func scores(
    _ query: CodeQuery, _ rows: [UInt32],
    _ kernel: (
      UnsafePointer<nt_codes>, UnsafePointer<nt_code_query>, UnsafePointer<UInt32>, Int, UnsafeMutablePointer<Float>
    ) -> Void
  ) -> [Float] {
    precondition(rows.allSatisfy { $0 < capacity }, "the rows are in the store")
    var scores = [Float](repeating: 0, count: rows.count)
    unsafe withCodes { codes in
      unsafe query.withPointer { unsafe kernel(codes, $0, rows, rows.count, &scores) }
    }
    return scores
  }

  /// The planes as the kernels see them.
  var codes: nt_codes {
    unsafe factors.start.withMemoryRebound(to: nt_code_factors.self, capacity: capacity) {
      unsafe nt_codes(
        dimension: dimension, high: high.start, low: low.start, factors: $0, fine: fine.start, heights: heights?.start,
        base: base)
    }
  }

  func withCodes<Result>(_ body: (UnsafePointer<nt_codes>) -> Result) -> Result {
    var codes = unsafe codes
    return unsafe body(&codes)
  }
}

/// A rotated query in signed bytes.
package struct CodeQuery: Sendable {
  let bytes: [Int8]
  let scale: Float
  let coarseShift: Float
  let fineShift: Float
  let height: Float

  func withPointer<Result>(_ body: (UnsafePointer<nt_code_query>) -> Result) -> Result {
    unsafe bytes.withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else { preconditionFailure("a query has at least one value") }
      var query = unsafe nt_code_query(
        codes: start, scale: scale, coarse_shift: coarseShift, fine_shift: fineShift, height: height)
      return unsafe body(&query)
    }
  }
}
