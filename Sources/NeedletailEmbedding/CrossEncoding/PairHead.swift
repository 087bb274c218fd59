internal import NeedletailModels
internal import NeedletailTensor
internal import NeedletailTokenizers

/// What gives a pair its logits.
enum PairHead: Sendable {
  /// A classifier's labels.
  case labels(TransformerHead)
  /// A language model's logit of the word that says yes, less that of the word that says no where there are two.
  case words(NextWordHead)
  /// The same of an encoder-decoder's answer.
  case answer(FirstWordHead)
  /// Dense modules on a pooled state.
  case pooled(PooledHead)

  /// The names of a pair's logits.
  var labels: [String] {
    switch self {
    case .labels(let head): head.configuration.labels
    case .words, .answer: ["score"]
    case .pooled(let head): head.labels
    }
  }

  /// Checks that every pair has what the head looks at.
  func check(_ tokens: PackedTokens) throws {
    if case .labels(let head) = self { try head.check(tokens) }
  }

  /// - Parameters:
  ///   - states: The last states, `[tokens, hiddenSize]`, which may change.
  ///   - tokens: The pairs that they are of.
  /// - Returns: `[pairs, labels]`; valid until the workspace is used again.
  func forward(_ states: Block, _ tokens: PackedTokens, in workspace: Workspace) -> Block {
    switch self {
    case .labels(let head): return head.forward(states, tokens, in: workspace)
    case .pooled(let head): return head.forward(states, tokens, in: workspace)
    case .words(let head): return Self.odds(head.forward(states, tokens, in: workspace), in: workspace)
    case .answer(let head): return Self.odds(head.forward(states, tokens, in: workspace), in: workspace)
    }
  }

  /// The first of two logits less the second, or the only one.
  private static func odds(_ logits: Block, in workspace: Workspace) -> Block {
    guard logits.columns == 2 else { return logits }
    let values = workspace.values(of: logits)
    let scores = workspace.allocate(rows: logits.rows, columns: 1)
    workspace.write((0..<logits.rows).map { values[2 * $0] - values[2 * $0 + 1] }, to: scores)
    return scores
  }
}
