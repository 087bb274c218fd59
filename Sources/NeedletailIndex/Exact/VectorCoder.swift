internal import NeedletailTensor

/// How one stage of an index makes rows of vectors, and queries that go with them.
struct VectorCoder: Sendable {
  let code: VectorCode
  let metric: Metric
  private let reduction: SearchStage.Reduction
  /// The principal axes, `[values, dimension]`; empty where values are kept as they are.
  private let axes: [Float]
  /// How many values are left of a vector.
  private let values: Int
  /// As many as rows have: `values`, rounded up where they are rotated.
  let width: Int
  /// Subtracted before rotating; the inner product of a query with it is added to scores.
  private let mean: [Float]
  /// Of no features where values are not rotated.
  private let rotation: Rotation
  private let kernels: Kernels

  /// Fewer vectors than this say nothing about a mean or about axes.
  private static let sample = 256...8192

  /// Decides with the first vectors that are added.
  init(
    _ code: VectorCode, _ reduction: SearchStage.Reduction, metric: Metric, first: Matrix, _ kernels: Kernels
  ) {
    (self.code, self.metric, self.reduction, self.kernels) = (code, metric, reduction, kernels)
    switch reduction {
    case .none: (axes, values) = ([], first.columns)
    case .leading(let count): (axes, values) = ([], min(count, first.columns))
    case .principal(let count):
      values = min(count, first.columns)
      axes = PrincipalAxes.find(in: first, sample: Self.sample, count: values, kernels)
    }
    width = code.isRotated ? (values + 63) / 64 * 64 : values
    rotation = Rotation(features: code.isRotated ? width : 0)
    guard code.isRotated, first.rows >= Self.sample.lowerBound else {
      mean = []
      return
    }
    let some = Matrix(
      rows: min(first.rows, Self.sample.upperBound), columns: first.columns,
      values: Array(first.values.prefix(min(first.rows, Self.sample.upperBound) * first.columns)))
    let reduced = Self.directions(
      Self.reduced(some, reduction, axes: axes, values: values, kernels), metric: metric, kernels)
    var sums = [Double](repeating: 0, count: values)
    for row in 0..<reduced.rows { for (i, value) in reduced[row: row].enumerated() { sums[i] += Double(value) } }
    mean = sums.map { Float($0 / Double(reduced.rows)) }
  }

  /// The bytes of a row's numbers.
  var rowBytes: Int { code.rowBytes(width) }

  // MARK: Rows

  /// Adds rows to a block that has room for them.
  func append(_ vectors: Matrix, to block: inout CodeBlock) {
    let reduced = Self.reduced(vectors, reduction, axes: axes, values: values, kernels)
    guard !code.isRotated else { return appendRotated(reduced, to: &block) }
    switch block.rows {
    case .floats, .mapped:
      var floats = block.takeFloats()
      floats += reduced.values
      block.rows = .floats(floats)
      appendNorms(reduced, to: &block)
    case .halves(var halves):
      block.rows = .halves([])
      let rounded = reduced.values.map(BrainFloat.round)
      halves += rounded
      block.rows = .halves(halves)
      appendNorms(
        Matrix(rows: reduced.rows, columns: values, values: rounded.map { Float(bitPattern: UInt32($0) << 16) }),
        to: &block)
    case .bytes(var bytes, let form):
      block.rows = .bytes([], form)
      for row in 0..<reduced.rows {
        let numbers = WholeNumbers(reduced[row: row], kernels)
        bytes += numbers.codes.map { UInt8(bitPattern: $0) ^ 128 }
        bytes += repeatElement(128, count: rowBytes - values)
        appendTerms(scale: numbers.scale, reduced[row: row], to: &block)
      }
      block.rows = .bytes(bytes, form)
    case .bits: preconditionFailure("rows of this kind are made otherwise")
    }
    block.count += reduced.rows
  }

  /// A block of float32 rows that stay in a file.
  func block(_ region: MappedRegion) -> CodeBlock {
    var block = CodeBlock(code)
    let count = region.count / (4 * width)
    block.rows = .mapped(region)
    if metric == .cosine {
      appendNorms(Matrix(rows: count, columns: width, values: region.floats(0..<count * width)), to: &block)
    }
    block.count = count
    return block
  }

  private func appendNorms(_ rows: Matrix, to block: inout CodeBlock) {
    guard metric == .cosine else { return }
    for row in 0..<rows.rows { block.appendTerms(scale: VectorNorms.inverse(rows[row: row], kernels)) }
  }

  private func appendTerms(scale: Float, _ row: ArraySlice<Float>, to block: inout CodeBlock) {
    switch metric {
    case .innerProduct: block.appendTerms(scale: scale)
    case .cosine: block.appendTerms(scale: scale * VectorNorms.inverse(row, kernels))
    case .squaredL2: block.appendTerms(scale: scale, offset: -kernels.dot(row, row))
    }
  }

  private func appendRotated(_ reduced: Matrix, to block: inout CodeBlock) {
    let rotated = rotated(Self.directions(reduced, metric: metric, kernels), less: mean)
    for row in 0..<rotated.rows {
      let x = rotated[row: row]
      let square = kernels.dot(x, x)
      let product: Float
      switch block.rows {
      case .bytes(var bytes, let form):
        block.rows = .bytes([], form)
        let codes = OddNumbers(x, square: square, kernels)
        bytes += zip(codes.codes.prefix(width / 2), codes.codes.dropFirst(width / 2)).map { $0 | $1 << 4 }
        product = codes.product
        block.rows = .bytes(bytes, form)
      case .bits(var words):
        block.rows = .bits([])
        product = append(signs: x, at: block.count + row, to: &words)
        block.rows = .bits(words)
      case .floats, .mapped, .halves: preconditionFailure("rows of this kind are not rotated")
      }
      // The estimate of a product is unbiased where the row's own with itself is exact.
      let scale = product > 0 ? square / product : 0
      block.appendTerms(scale: scale.isFinite ? scale : 0, offset: metric == .squaredL2 ? -square : nil)
    }
    block.count += rotated.rows
  }

  /// Writes the signs of a row, 1 for what is not negative.
  ///
  /// - Returns: The inner product of the row with them, which is the sum of its sizes.
  private func append(signs x: ArraySlice<Float>, at row: Int, to words: inout [UInt64]) -> Float {
    let count = width / 64
    let group = row / 8 * count * 8
    if words.count < group + count * 8 { words += repeatElement(0, count: group + count * 8 - words.count) }
    var sum: Float = 0
    for word in 0..<count {
      var bits: UInt64 = 0
      for bit in 0..<64 {
        let value = x[x.startIndex + 64 * word + bit]
        sum += abs(value)
        if value >= 0 { bits |= 1 << UInt64(bit) }
      }
      words[group + word * 8 + row % 8] = bits
    }
    return sum
  }

  // MARK: Queries

  /// Makes queries of vectors that were checked.
  func queries(_ vectors: Matrix) -> CodedQueries {
    let reduced = Self.reduced(vectors, reduction, axes: axes, values: values, kernels)
    var queries = CodedQueries(count: vectors.rows)
    if code.isRotated {
      addRotated(reduced, to: &queries)
    } else {
      for row in 0..<reduced.rows { add(reduced[row: row], to: &queries) }
    }
    return queries
  }

  private func add(_ query: ArraySlice<Float>, to queries: inout CodedQueries) {
    let norm = metric == .cosine ? VectorNorms.inverse(query, kernels) : 1
    guard code == .int8 else {
      queries.floats += query
      queries.terms.append(.init(factor: metric == .squaredL2 ? -1 : norm))
      return queries.bases.append(0)
    }
    let numbers = WholeNumbers(query, kernels)
    queries.add(numbers, padding: rowBytes - values)
    queries.terms.append(.init(factor: numbers.scale * (metric == .squaredL2 ? 2 : norm)))
    queries.bases.append(metric == .squaredL2 ? -kernels.dot(query, query) : 0)
  }

  private func addRotated(_ reduced: Matrix, to queries: inout CodedQueries) {
    let directions = Self.directions(reduced, metric: metric, kernels)
    // Distances do not change with the origin; of products that with the mean is added to all scores.
    let turned = rotated(directions, less: metric == .squaredL2 ? mean : [])
    for row in 0..<turned.rows {
      let q = turned[row: row]
      let square = kernels.dot(q, q)
      let factor: Float
      var shift: Float = 0
      if code == .fourBit {
        let numbers = WholeNumbers(q, kernels)
        queries.add(numbers, padding: 0)
        factor = numbers.scale
      } else {
        let numbers = code == .oneBit ? OddNumbers(q, square: square, kernels) : OddNumbers(signs: q)
        for plane in 0..<code.planes { queries.bits += numbers.bits(plane, kernels) }
        // A sign times an odd number is the sum over its bits of ±2ᵇ, and bits that differ count as −1.
        let most = Float(1 << code.planes - 1)
        (factor, shift) = (-2 * numbers.scale, most * Float(width) * numbers.scale)
      }
      let twice: Float = metric == .squaredL2 ? 2 : 1
      queries.terms.append(.init(factor: twice * factor, shift: twice * shift))
      switch metric {
      case .squaredL2: queries.bases.append(-square)
      case .innerProduct, .cosine:
        queries.bases.append(mean.isEmpty ? 0 : kernels.dot(directions[row: row], mean[...]))
      }
    }
  }

  // MARK: Transforms

  private static func reduced(
    _ vectors: Matrix, _ reduction: SearchStage.Reduction, axes: [Float], values: Int, _ kernels: Kernels
  ) -> Matrix {
    if !axes.isEmpty {
      var result = Matrix(rows: vectors.rows, columns: values)
      guard vectors.rows > 0 else { return result }
      kernels.scan(
        vectors.values.span, axes.span, d: vectors.columns, distances: false, to: &result.values,
        .init(stride: values, offset: 0))
      return result
    }
    guard values < vectors.columns else { return vectors }
    var kept: [Float] = []
    kept.reserveCapacity(vectors.rows * values)
    for row in 0..<vectors.rows { kept += vectors[row: row].prefix(values) }
    return Matrix(rows: vectors.rows, columns: values, values: kept)
  }

  /// Vectors of length one where only their direction counts.
  private static func directions(_ vectors: Matrix, metric: Metric, _ kernels: Kernels) -> Matrix {
    guard metric == .cosine else { return vectors }
    var result = vectors
    for row in 0..<vectors.rows {
      let norm = VectorNorms.inverse(vectors[row: row], kernels)
      for place in row * vectors.columns..<(row + 1) * vectors.columns { result.values[place] *= norm }
    }
    return result
  }

  private func rotated(_ vectors: Matrix, less mean: [Float]) -> Matrix {
    var padded = Matrix(rows: vectors.rows, columns: width)
    for row in 0..<vectors.rows {
      let from = vectors[row: row]
      for (place, value) in from.enumerated() {
        padded.values[row * width + place] = mean.isEmpty ? value : value - mean[place]
      }
    }
    return rotation.rotate(padded, kernels)
  }
}

extension CodedQueries {
  fileprivate mutating func add(_ numbers: WholeNumbers, padding: Int) {
    wholes += numbers.codes
    wholes += repeatElement(0, count: padding)
    totals.append(numbers.total)
  }
}
