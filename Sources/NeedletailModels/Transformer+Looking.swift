internal import NeedletailTensor

extension Transformer {
  /// Whether tokens at the end of a text may look at it without being attended to, up to this length together: not
  /// where attention counts distances.
  package func canLookOnly(length: Int) -> Bool { layers.allSatisfy { $0.attention.canLookOnly(length: length) } }
}
