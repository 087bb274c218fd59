internal import NeedletailTensor

/// How the states of a text's tokens become one vector.
enum Reduction: Sendable {
  case pooling(Pooling)
  /// The state of the token that ends a text.
  case endToken(EndToken)

  /// Features of the result.
  func dimension(hiddenSize: Int) -> Int {
    switch self {
    case .pooling(let pooling): pooling.dimension(hiddenSize: hiddenSize)
    case .endToken: hiddenSize
    }
  }

  /// Reduces one text; one without tokens to zeros.
  ///
  /// - Parameters:
  ///   - states: `[tokens, hiddenSize]`.
  ///   - ids: The tokens.
  ///   - promptLength: How many leading tokens belong to the prompt.
  ///   - output: `[1, dimension(hiddenSize)]`.
  func forward(
    _ states: Block, ids: ArraySlice<Int32>, promptLength: Int, to output: Block, in workspace: Workspace
  ) {
    switch self {
    case .pooling(let pooling): pooling.forward(states, promptLength: promptLength, to: output, in: workspace)
    case .endToken(let token):
      guard states.rows > 0 else { return workspace.fill(output, 0) }
      let place = token.place(in: ids)
      workspace.copy(states.rows(place..<place + 1), to: output)
    }
  }
}

/// Which token of a text ends it, as transformers finds it in texts of CLIP.
enum EndToken: Sendable {
  /// The first of this id; the text's first token where there is none.
  case id(Int32)
  /// The first of the largest id, as in configurations that do not tell the id rightly.
  case largest

  /// - Parameter id: `eos_token_id`; older configurations say 2 whatever the vocabulary has.
  init(configured id: Int32) { self = id == 2 ? .largest : .id(id) }

  /// The token's place, from 0; `ids` are some.
  func place(in ids: ArraySlice<Int32>) -> Int {
    let place =
      switch self {
      case .id(let id): ids.firstIndex(of: id)
      case .largest: ids.max().flatMap { ids.firstIndex(of: $0) }
      }
    return (place ?? ids.startIndex) - ids.startIndex
  }
}
