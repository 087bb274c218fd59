internal import NeedletailTensor

/// What adapters add to the products of a transformer while it runs, so that one set of weights serves every call:
/// y = W·x + Σ weight · scale · B·A·x.
///
/// The base is packed once, whatever its precision; A and B stay float32 beside it. A row's sums have one order, so a
/// text's states are the same bits in every batch, whatever adapters other runs use.
package struct TransformerChanges: Sendable {
  private(set) var embeddings: EmbeddingChanges
  /// Those with weights of their own.
  private(set) var layers: [LayerChanges]

  init(embeddings: EmbeddingChanges, layers: [LayerChanges]) {
    self.embeddings = embeddings
    self.layers = layers
  }

  /// The sum of some changes of one transformer, in their order; `nil` where there are none.
  ///
  /// - Parameter parts: The changes, each with how much of it is added.
  package init?(sumOf parts: [(changes: TransformerChanges, weight: Float)]) {
    guard let first = parts.first else { return nil }
    embeddings = EmbeddingChanges()
    layers = first.changes.layers.map { _ in LayerChanges() }
    for (changes, weight) in parts {
      embeddings.add(changes.embeddings, times: weight)
      for layer in layers.indices { layers[layer].add(changes.layers[layer], times: weight) }
    }
  }
}

/// What is added to the tables of words, positions, segments and tasks, and to the product that follows them.
struct EmbeddingChanges: Sendable {
  var words: [Weighted<LowRankTable>] = []
  var positions: [Weighted<LowRankTable>] = []
  var segments: [Weighted<LowRankTable>] = []
  var tasks: [Weighted<LowRankTable>] = []
  var projection: [Weighted<LowRankProduct>] = []

  fileprivate mutating func add(_ other: EmbeddingChanges, times weight: Float) {
    words += other.words.times(weight)
    positions += other.positions.times(weight)
    segments += other.segments.times(weight)
    tasks += other.tasks.times(weight)
    projection += other.projection.times(weight)
  }
}

/// What is added to the four products of a layer.
struct LayerChanges: Sendable {
  var projection: [Weighted<LowRankProduct>] = []
  var attentionOutput: [Weighted<LowRankProduct>] = []
  var up: [Weighted<LowRankProduct>] = []
  var down: [Weighted<LowRankProduct>] = []

  fileprivate mutating func add(_ other: LayerChanges, times weight: Float) {
    projection += other.projection.times(weight)
    attentionOutput += other.attentionOutput.times(weight)
    up += other.up.times(weight)
    down += other.down.times(weight)
  }
}

extension Array {
  /// The same changes, so many times as much of each.
  fileprivate func times<Change>(_ factor: Float) -> [Weighted<Change>] where Element == Weighted<Change> {
    map { Weighted($0.change, weight: $0.weight * factor) }
  }
}
