/// What is added to an attention score for the distance of its two tokens.
package enum DistanceBias: Sendable {
  /// A number of each bucket of distances.
  case learned(RelativePositionBias)
  /// A number that falls with the distance.
  case linear(LinearPositionBias)

  /// The bias of one head for key position minus query position.
  func value(head: Int, distance: Int) -> Float {
    switch self {
    case .learned(let bias): bias.value(head: head, distance: distance)
    case .linear(let bias): bias.value(head: head, distance: distance)
    }
  }

  /// The bias of every head, a row each; element `j − i + length − 1` belongs to query `i` and key `j`.
  func forward(length: Int, in workspace: Workspace) -> Block {
    switch self {
    case .learned(let bias): bias.forward(length: length, in: workspace)
    case .linear(let bias): bias.forward(length: length, in: workspace)
    }
  }
}
