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

  /// Rows that stay in the second-level cache while many queries pass over them.
  private static let cachedBytes = 1 << 16
  /// What a few queries pass over at once.
  private static let streamedBytes = 1 << 19

  init(
    _ layer: ExactIndex.Layer, _ queries: CodedQueries, _ chunk: Range<Int>, _ metric: Metric, _ kernels: Kernels
  ) {
    (self.layer, self.queries, self.chunk, self.metric, self.kernels) = (layer, queries, chunk, metric, kernels)
    planes = layer.coder.code.planes
    let bytes = chunk.count > 4 ? Self.cachedBytes : Self.streamedBytes
    tile = min(1024, max(64, bytes / layer.coder.rowBytes / 64 * 64))
    stride = tile + 16
    let isFloat = layer.coder.code == .float32 || layer.coder.code == .bfloat16
    sums = [Float](repeating: 0, count: isFloat ? chunk.count * stride : 0)
    wholes = [Int32](repeating: 0, count: isFloat ? 0 : chunk.count * planes * stride)
    picked = PickedRows(capacity: tile)
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
        pick(block, rows, [], number, &best)
        continue
      }
      let words = allowed[allowed.startIndex + first / 64..<allowed.startIndex + (rows.upperBound + 63) / 64]
      guard words.contains(where: { $0 != 0 }) else { continue }
      for run in AllowedGroups(words, rows: rows.count) {
        score(block, first + run.lowerBound..<first + run.upperBound, at: run.lowerBound)
      }
      pick(block, rows, words, number, &best)
    }
  }

  /// What one position is ranked by for the first query.
  mutating func score(_ position: Int) -> Float {
    let (number, row) = position.quotientAndRemainder(dividingBy: CodeBlock.capacity)
    let block = layer.blocks[number]
    score(block, row..<row + 1, at: 0)
    var best = [TopHits(limit: 1)]
    pick(block, row..<row + 1, [], number, &best)
    return best[0].sorted.first?.score ?? .nan
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
      BitPlanes.add(
        &wholes, queries: chunk.count, planes: planes, stride: stride, offset..<offset + groups.count * 8)
    }
  }

  /// Offers the rows that are above what each query has found.
  private mutating func pick(
    _ block: CodeBlock, _ rows: Range<Int>, _ allowed: ArraySlice<UInt64>, _ number: Int, _ best: inout [TopHits]
  ) {
    let (sums, wholes) = (sums, wholes)
    let scales = block.scales.isEmpty ? block.scales.span : block.scales.span.extracting(rows)
    let offsets = block.offsets.isEmpty ? block.offsets.span : block.offsets.span.extracting(rows)
    let first = number * CodeBlock.capacity + rows.lowerBound
    for (place, query) in chunk.enumerated() {
      let range = place * stride..<place * stride + rows.count
      if wholes.isEmpty {
        picked.pick(
          sums.span.extracting(range), queries.terms[query], scales: scales, offsets: offsets,
          threshold: best[place].threshold, allowed: allowed.span, kernels)
      } else {
        picked.pick(
          wholes.span.extracting(range), queries.terms[query], scales: scales, offsets: offsets,
          threshold: best[place].threshold, allowed: allowed.span, kernels)
      }
      // A cosine that rounding brings beyond 1 is 1, so that ties are ties.
      let bounds = metric == .cosine ? -1 - queries.bases[query]...1 - queries.bases[query] : nil
      for i in 0..<picked.count {
        let score = picked.scores[i]
        let bounded = bounds.map { score.isNaN ? score : min($0.upperBound, max($0.lowerBound, score)) } ?? score
        best[place].offer(first + Int(picked.indexes[i]), score: bounded)
      }
    }
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
