#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A learned bias for each head and each bucket of distances between two tokens.
///
/// Buckets are exact for near tokens, logarithmic for far ones, the two directions apart (Raffel and others 2020,
/// arXiv:1910.10683; used by T5 and MPNet).
package struct RelativePositionBias: Sendable {
  private let table: [Float]
  private let heads: Int
  private let buckets: Int
  private let maximumDistance: Int
  /// Whether tokens see only those before them, so that all buckets are for these.
  private let isCausal: Bool

  /// - Parameters:
  ///   - table: `[buckets, heads]`.
  ///   - maximumDistance: Distances from here on share the last bucket of their direction; farther than the distances
  ///     that have a bucket each.
  ///   - isCausal: Whether tokens see only those before them, so that all buckets are for these.
  package init(table: FloatTensor, maximumDistance: Int, isCausal: Bool = false) {
    precondition(table.shape.count == 2 && table.shape[0] >= 4, "the table has a row a bucket")
    self.table = table.values
    buckets = table.shape[0]
    heads = table.shape[1]
    self.maximumDistance = maximumDistance
    self.isCausal = isCausal
  }

  /// The bias of one head by distance: element `j − i + length − 1` belongs to query `i` and key `j`.
  package func forward(head: Int, length: Int) -> [Float] {
    (-(length - 1)...(length - 1)).map { table[bucket($0) * heads + head] }
  }

  /// The bias of every head, a row each, as ``forward(head:length:)`` gives it: each distance's bucket is found once.
  func forward(length: Int, in workspace: Workspace) -> Block {
    let output = workspace.allocate(rows: heads, columns: 2 * length - 1)
    let values = unsafe workspace.pointer(output)
    for (column, distance) in (-(length - 1)...(length - 1)).enumerated() {
      let row = bucket(distance) * heads
      for head in 0..<heads { unsafe values[head * output.columns + column] = table[row + head] }
    }
    return output
  }

  /// The bias of one head for key position minus query position.
  func value(head: Int, distance: Int) -> Float { table[bucket(distance) * heads + head] }

  /// The bucket of key position minus query position.
  private func bucket(_ distance: Int) -> Int {
    let half = isCausal ? buckets : buckets / 2
    let base = distance > 0 && !isCausal ? half : 0
    let magnitude = isCausal ? max(0, -distance) : abs(distance)
    let exact = half / 2
    if magnitude < exact { return base + magnitude }
    // Float32 throughout, as the reference computes it: the borders of the buckets depend on the rounding.
    let ratio = logf(Float(magnitude) / Float(exact)) / Float(log(Double(maximumDistance) / Double(exact)))
    return base + min(exact + Int(ratio * Float(half - exact)), half - 1)
  }
}
