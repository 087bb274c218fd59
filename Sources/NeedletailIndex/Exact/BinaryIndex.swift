public import NeedletailTensor

/// What "near" means for two vectors of bits.
public enum BinaryMetric: String, Sendable, CaseIterable {
  /// How many bits differ: smaller is nearer.
  case hamming
  /// The bits set in both, of those set in either, 0…1: larger is nearer. Two vectors without a set bit have 1.
  case jaccard
}

/// Exact nearest-neighbour search among vectors of bits, such as binary embeddings.
///
///     var index = BinaryIndex(dimension: 1024, metric: .hamming, kernels: try .preferred())
///     try index.add(bytes)                                    // [count, 128]
///     let hits = try index.search(query, limit: 10)           // best first
public struct BinaryIndex: Sendable {
  /// How many bits each vector has.
  public let dimension: Int
  /// What "near" means.
  public let metric: BinaryMetric
  /// How many vectors are stored.
  public private(set) var count = 0

  private let kernels: Kernels
  /// `[groups, words, 8]`: eight vectors side by side.
  private var rows: [UInt64] = []
  /// How many bits of each vector are set.
  private var totals: [Int32] = []

  private var words: Int { (dimension + 63) / 64 }
  private var bytes: Int { (dimension + 7) / 8 }
  private static let tile = 1024

  /// Creates an empty index.
  ///
  /// - Parameters:
  ///   - dimension: How many bits each vector has; at least 1.
  ///   - metric: What "near" means.
  ///   - kernels: The instruction set to use.
  public init(dimension: Int, metric: BinaryMetric, kernels: Kernels) {
    precondition(dimension > 0, "vectors have at least one bit")
    (self.dimension, self.metric, self.kernels) = (dimension, metric, kernels)
  }

  /// Adds vectors; they get the next positions in order.
  ///
  /// - Parameter vectors: `[n, ⌈dimension / 8⌉]`, eight bits a byte in any order that queries have as well, such as
  ///   NumPy's `packbits`; bits past ``dimension`` are 0.
  /// - Throws: ``IndexError`` with code `.dimensionMismatch` for a part of a vector; the index is then unchanged.
  public mutating func add(_ vectors: [UInt8]) throws(IndexError) {
    let added = try words(of: vectors)
    let wanted = (count + added.count / words + 7) / 8 * 8 * words
    rows += repeatElement(0, count: wanted - rows.count)
    for first in stride(from: 0, to: added.count, by: words) {
      for word in 0..<words { rows[(count / 8 * words + word) * 8 + count % 8] = added[first + word] }
      totals.append(added[first..<first + words].reduce(0) { $0 + Int32($1.nonzeroBitCount) })
      count += 1
    }
  }

  /// Returns the `limit` nearest stored vectors for each query, best first; ties keep insertion order.
  ///
  /// - Parameters:
  ///   - queries: As ``add(_:)`` takes vectors.
  ///   - limit: How many hits at most for each query; must be positive.
  ///   - allowed: The positions that may be found, a set over ``count``; all if `nil`.
  /// - Throws: ``IndexError`` with code `.dimensionMismatch` or `.outOfRange`.
  public func search(_ queries: [UInt8], limit: Int, among allowed: Bitmap? = nil) throws(IndexError) -> [[Hit]] {
    guard limit > 0 else { throw IndexError(.outOfRange, "limit", "must be at least 1, found \(limit)") }
    if let allowed, allowed.count != count {
      throw IndexError(.outOfRange, "allowed positions", "are a set over \(allowed.count); the index has \(count)")
    }
    let asked = try words(of: queries)
    let set = allowed?.words ?? []
    return stride(from: 0, to: asked.count, by: words).map { first in
      search(Array(asked[first..<first + words]), limit, set)
    }
  }

  private func search(_ query: [UInt64], _ limit: Int, _ allowed: [UInt64]) -> [Hit] {
    let own = query.reduce(0) { $0 + Int32($1.nonzeroBitCount) }
    var best = TopHits(limit: limit)
    var sums = [Int32](repeating: 0, count: Self.tile)
    var picked = PickedRows(capacity: Self.tile)
    for first in stride(from: 0, to: count, by: Self.tile) {
      let end = min(first + Self.tile, count)
      let groups = rows.span.extracting(first * words..<(end + 7) / 8 * 8 * words)
      kernels.scan(
        query.span, groups, words: words, common: metric == .jaccard, to: &sums, .init(stride: Self.tile, offset: 0))
      let set = allowed.isEmpty ? [] : allowed[first / 64..<(end + 63) / 64]
      if metric == .hamming {
        picked.pick(
          sums.span.extracting(0..<end - first), .init(factor: -1), scales: [Float]().span, offsets: [Float]().span,
          threshold: best.threshold, allowed: set.span, kernels)
      } else {
        let shares = (0..<end - first).map { Self.share(sums[$0], of: own + totals[first + $0] - sums[$0]) }
        picked.pick(
          shares.span, .init(factor: 1), scales: [Float]().span, offsets: [Float]().span, threshold: best.threshold,
          allowed: set.span, kernels)
      }
      for i in 0..<picked.count { best.offer(first + Int(picked.indexes[i]), score: picked.scores[i]) }
    }
    return best.sorted.map { metric == .hamming ? Hit(index: $0.index, score: -$0.score) : $0 }
  }

  private static func share(_ common: Int32, of all: Int32) -> Float { all == 0 ? 1 : Float(common) / Float(all) }

  /// Vectors as 64-bit words, `[n, words]`.
  private func words(of vectors: [UInt8]) throws(IndexError) -> [UInt64] {
    guard vectors.count % bytes == 0 else {
      throw IndexError(
        .dimensionMismatch, "vectors", "have \(vectors.count) bytes, no multiple of the \(bytes) of \(dimension) bits")
    }
    return stride(from: 0, to: vectors.count, by: bytes).flatMap { first in
      stride(from: first, to: first + bytes, by: 8).map { word in
        vectors[word..<min(word + 8, first + bytes)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
      }
    }
  }
}
