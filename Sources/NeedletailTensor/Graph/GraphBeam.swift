internal import CNeedletail

/// The memory of one walk at a time, and what it found.
@safe package final class GraphBeam {
  /// How many nodes a walk may keep.
  package let capacity: Int
  /// How many nodes the graph may have.
  package let nodes: Int
  /// How many of the nodes on the way are kept.
  package let trail: Int
  /// How many nodes the last walk kept.
  package internal(set) var count = 0
  var memory: nt_beam
  private let scores: Plane<Float>
  private let ids: Plane<UInt32>
  private let owned: [AnyObject]

  /// Memory for walks through a graph of up to `nodes` nodes.
  ///
  /// - Parameters:
  ///   - capacity: How many nodes a walk may keep.
  ///   - trail: How many of the nodes on the way are kept for linking.
  ///   - dimension: Features of a row of codes.
  package init(nodes: Int, capacity: Int, trail: Int, dimension: Int) {
    self.nodes = nodes
    self.capacity = capacity
    self.trail = trail
    let scores = Plane<Float>(zeros: capacity + 1)
    let ids = Plane<UInt32>(zeros: capacity + 1)
    let words = (nodes + 63) / 64
    let visited = Plane<UInt64>(zeros: words)
    let touched = Plane<UInt32>(zeros: Self.touchedCapacity)
    let trailScores = Plane<Float>(zeros: trail + 1)
    let trailNodes = Plane<UInt32>(zeros: trail + 1)
    let distances = Plane<Float>(zeros: trail + 1)
    let ratios = Plane<Float>(zeros: trail + 1)
    let query = Plane<Int8>(zeros: dimension)
    self.scores = scores
    self.ids = ids
    owned = [visited, touched, trailScores, trailNodes, distances, ratios, query]
    unsafe memory = nt_beam(
      scores: scores.start, nodes: ids.start, visited: visited.start, visited_words: words, touched: touched.start,
      touched_capacity: Self.touchedCapacity, trail_scores: trailScores.start, trail: trailNodes.start,
      trail_capacity: trail, distances: distances.start, ratios: ratios.start, query: query.start, trail_count: 0,
      scored: 0)
  }

  /// The nodes that the last walk kept, the best by their leading bits first.
  package func found(_ most: Int = .max) -> [UInt32] { ids.values(0..<min(count, most)) }

  /// How many nodes the last walk compared with the query.
  package var scored: Int { unsafe memory.scored }

  /// Nodes that are forgotten one by one after a walk; after a longer one all are at once.
  private static let touchedCapacity = 1 << 14
}
