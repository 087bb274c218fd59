internal import NeedletailTensor

/// Scores of the rows of one layer for a few queries, and memory for a piece of them.
struct LayerScan {
  private let layer: ExactIndex.Layer
  private let queries: CodedQueries
  private let chunk: Range<Int>
  private let metric: Metric
  private let kernels: Kernels
  private let planes: Int
  /// How many rows are scored before their scores are looked at.
  private let tile: Int
  /// From the scores of one query to those of the next: no power of two, which would put all in the same lines of a cache.
  private let stride: Int
  private var sums: [Float]
  private var wholes: [Int32]
  private var picked: PickedRows
  /// For each query the sum of a tile's rows that ranks highest.
  private var extremes: [Int32]
  /// How many rows were offered.
  private var offered = 0

  /// Rows that stay in the second-level cache while many queries pass over them.
  private static let cachedBytes = 1 << 18
  /// Sums that stay there as well.
  private static let cachedSums = 1 << 17
  /// What a few queries pass over at once.
  private static let streamedBytes = 1 << 19

  init(
    _ layer: ExactIndex.Layer, _ queries: CodedQueries, _ chunk: Range<Int>, _ metric: Metric, _ kernels: Kernels
  ) {
    (self.layer, self.queries, self.chunk, self.metric, self.kernels) = (layer, queries, chunk, metric, kernels)
    planes = layer.coder.code.planes
    let (bytes, most) = chunk.count > 4 ? (Self.cachedBytes, 1024) : (Self.streamedBytes, CodeBlock.capacity)
    let rows = min(bytes / layer.coder.rowBytes, Self.cachedSums / (chunk.count * planes), most)
    tile = max(64, rows / 64 * 64)
    stride = tile + 16
    let isFloat = layer.coder.code == .float32 || layer.coder.code == .bfloat16
    sums = [Float](repeating: 0, count: isFloat ? chunk.count * stride : 0)
    wholes = [Int32](repeating: 0, count: isFloat ? 0 : chunk.count * planes * stride)
    picked = PickedRows(capacity: tile)
    extremes = [Int32](repeating: 0, count: wholes.isEmpty ? 0 : chunk.count)
  }

  /// Offers the rows of a block.
  ///
  /// - Parameter allowed: A bit for each row, or none if all are allowed.
  mutating func offer(_ number: Int, _ allowed: ArraySlice<UInt64>, to best: inout [TopHits]) {
    let block = layer.blocks[number]
    for first in Swift.stride(from: 0, to: block.count, by: tile) {
      let rows = first..<min(first + tile, block.count)
      if allowed.isEmpty {
        score(block, rows, at: 0)
        offer(block, rows, [], number, &best)
        continue
      }
      let words = allowed[allowed.startIndex + first / 64..<allowed.startIndex + (rows.upperBound + 63) / 64]
      guard words.contains(where: { $0 != 0 }) else { continue }
      for run in AllowedGroups(words, rows: rows.count) {
        score(block, first + run.lowerBound..<first + run.upperBound, at: run.lowerBound)
      }
      offer(block, rows, words, number, &best)
    }
  }

  /// What one position is ranked by for the first query.
  mutating func score(_ position: Int) -> Float {
    let (number, row) = position.quotientAndRemainder(dividingBy: CodeBlock.capacity)
    let block = layer.blocks[number]
    score(block, row..<row + 1, at: 0)
    pick(block, row..<row + 1, at: 0, [], query: 0, threshold: .nan)
    return bounded(picked.scores[0], query: 0)
  }

  /// Scores rows for all queries; those of rows that hold bits begin at a multiple of eight.
  private mutating func score(_ block: CodeBlock, _ rows: Range<Int>, at offset: Int) {
    let (queries, width) = (queries, layer.coder.width)
    let place = Kernels.ScanPlace(stride: stride, offset: offset)
    let distances = metric == .squaredL2
    switch block.rows {
    case .floats(let values):
      kernels.scan(
        queries.floats.span.extracting(chunk.lowerBound * width..<chunk.upperBound * width),
        values.span.extracting(rows.lowerBound * width..<rows.upperBound * width), d: width, distances: distances,
        to: &sums, place)
    case .mapped(let region):
      region.withFloats(rows.lowerBound * width..<rows.upperBound * width) { values in
        kernels.scan(
          queries.floats.span.extracting(chunk.lowerBound * width..<chunk.upperBound * width), values, d: width,
          distances: distances, to: &sums, place)
      }
    case .halves(let values):
      kernels.scan(
        queries.floats.span.extracting(chunk.lowerBound * width..<chunk.upperBound * width),
        values.span.extracting(rows.lowerBound * width..<rows.upperBound * width), d: width, distances: distances,
        to: &sums, place)
    case .bytes(let bytes, let form):
      let size = layer.coder.rowBytes
      let asked = form == .halves ? 2 * size : size
      kernels.scan(
        queries.wholes.span.extracting(chunk.lowerBound * asked..<chunk.upperBound * asked),
        totals: queries.totals.span.extracting(chunk),
        bytes.span.extracting(rows.lowerBound * size..<rows.upperBound * size), bytes: size, form, to: &wholes, place)
    case .bits(let bits):
      let words = width / 64
      let asked = planes * words
      let groups = rows.lowerBound / 8..<(rows.upperBound + 7) / 8
      kernels.scan(
        queries.bits.span.extracting(chunk.lowerBound * asked..<chunk.upperBound * asked),
        bits.span.extracting(groups.lowerBound * 8 * words..<groups.upperBound * 8 * words), words: words,
        common: false, to: &wholes, place)
      kernels.addPlanes(
        &wholes, queries: chunk.count, planes: planes, stride: stride, offset..<offset + groups.count * 8)
    }
  }

  /// Offers the rows that are above what each query has found.
  private mutating func offer(
    _ block: CodeBlock, _ rows: Range<Int>, _ allowed: ArraySlice<UInt64>, _ number: Int, _ best: inout [TopHits]
  ) {
    let isBounded = !wholes.isEmpty && chunk.count >= Self.many
    if isBounded {
      // Bits that differ count against a row.
      kernels.extremes(
        wholes, stride: stride, rows: rows.count, queries: chunk.count, least: layer.coder.code.isBits, to: &extremes)
    }
    for place in 0..<chunk.count {
      if isBounded,
        block.bound.rulesOut(best[place].threshold, extremes[place], queries.terms[chunk.lowerBound + place])
      {
        continue
      }
      // The first rows set a threshold that few of the following are above.
      var first = rows.lowerBound
      while first < rows.upperBound {
        let known = offered + first - rows.lowerBound
        let piece = first..<min(rows.upperBound, first + max(Self.firstRows, known))
        let words = allowed.dropFirst((first - rows.lowerBound) / 64)
        pick(block, piece, at: first - rows.lowerBound, words, query: place, threshold: best[place].threshold)
        if picked.count > 0 {
          best[place].offer(picked, from: number * CodeBlock.capacity + first) { bounded($0, query: place) }
        }
        first = piece.upperBound
      }
    }
    offered += rows.count
  }

  /// Fewer queries than this are not worth looking for the extremes of a tile.
  private static let many = 16
  /// Rows that are looked at before a threshold is known: whole words of a bitmap.
  private static let firstRows = 64

  /// Picks those of some rows, whose sums are from a place on, that are above a threshold.
  private mutating func pick(
    _ block: CodeBlock, _ rows: Range<Int>, at place: Int, _ allowed: ArraySlice<UInt64>, query: Int, threshold: Float
  ) {
    let scales = block.scales.isEmpty ? block.scales.span : block.scales.span.extracting(rows)
    let offsets = block.offsets.isEmpty ? block.offsets.span : block.offsets.span.extracting(rows)
    let terms = queries.terms[chunk.lowerBound + query]
    let (sums, wholes) = (sums, wholes)
    let range = query * stride + place..<query * stride + place + rows.count
    if wholes.isEmpty {
      picked.pick(
        sums.span.extracting(range), terms, scales: scales, offsets: offsets, threshold: threshold,
        allowed: allowed.span, kernels)
    } else {
      picked.pick(
        wholes.span.extracting(range), terms, scales: scales, offsets: offsets, threshold: threshold,
        allowed: allowed.span, kernels)
    }
  }

  /// A score within its range: a cosine that rounding brings beyond 1 is 1, so that ties are ties.
  private func bounded(_ score: Float, query: Int) -> Float {
    guard metric == .cosine, !score.isNaN else { return score }
    let base = queries.bases[chunk.lowerBound + query]
    return min(1 - base, max(-1 - base, score))
  }
}

/// The runs of groups of eight rows of which at least one is allowed.
private struct AllowedGroups: Sequence, IteratorProtocol {
  private let words: ArraySlice<UInt64>
  private let rows: Int
  private var group = 0

  init(_ words: ArraySlice<UInt64>, rows: Int) { (self.words, self.rows) = (words, rows) }

  private var isAllowed: Bool { words[words.startIndex + group / 8] >> UInt64(group % 8 * 8) & 255 != 0 }

  mutating func next() -> Range<Int>? {
    let groups = (rows + 7) / 8
    while group < groups, !isAllowed { group += 1 }
    guard group < groups else { return nil }
    let first = group
    while group < groups, isAllowed { group += 1 }
    return first * 8..<Swift.min(group * 8, rows)
  }
}
