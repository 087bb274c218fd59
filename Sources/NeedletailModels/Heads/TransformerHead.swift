public import NeedletailTensor
package import NeedletailTokenizers

/// What stands on an encoder: takes the states of a batch's tokens to logits, or to vectors of texts.
///
///     let head = try TransformerHead(configuration: configuration, store: store, kernels: kernels)
///     let logits = head.forward(encoder.forward(tokens, in: workspace), tokens, in: workspace)
///
/// A text's outputs are the same bits whatever else is in the batch. Dropouts do nothing.
public struct TransformerHead: Sendable {
  private enum Step: Sendable {
    case product(Linear)
    case norm(Normalization)
  }

  /// What it is for, and what its outputs are called.
  public let configuration: HeadConfiguration
  private let decoder: TextDecoder?
  private let steps: [Step]

  /// Builds the head from the tensors of its folder, in float32.
  ///
  /// - Parameters:
  ///   - configuration: What the folder says about the head.
  ///   - store: The tensors.
  ///   - adapters: Changes of the weights, added in their order; the encoder checks that there are all of them.
  ///   - kernels: The arithmetic to use.
  /// - Throws: ``ModelError`` with code `.weights` naming the tensor that is missing or does not fit.
  public init(
    configuration: HeadConfiguration, store: TensorStore, adapters: [LowRankAdapter] = [], kernels: Kernels
  ) throws(ModelError) {
    self.configuration = configuration
    decoder = try configuration.decoder.map { (decoder) throws(ModelError) in
      try TextDecoder(configuration: decoder, store: store, adapters: adapters, kernels: kernels)
    }
    let reader = HeadWeights(
      store: store, kernels: kernels,
      changes: WeightChanges(adapters: adapters, prefixes: configuration.prefixes, kernels: kernels))
    var steps: [Step] = []
    for step in configuration.steps {
      switch step {
      case .product(let name, let outputs, let activation, let hasBias, let isOfEncoder):
        let linear = try reader.linear(
          name, inputs: configuration.hiddenSize, outputs: outputs, activation: activation, hasBias: hasBias,
          isOfEncoder: isOfEncoder)
        steps.append(.product(linear))
      case .norm(let name, let hasBias):
        let norm = try reader.norm(
          name, features: configuration.hiddenSize, epsilon: configuration.epsilon, hasBias: hasBias)
        steps.append(.norm(norm))
      case .plainNorm:
        steps.append(.norm(Normalization(features: configuration.hiddenSize, epsilon: configuration.epsilon)))
      }
    }
    self.steps = steps
  }

  /// Checks that every text of a batch has the token whose state counts, where that is the one that ends it.
  ///
  /// - Throws: ``ModelError`` with code `.input`.
  package func check(_ tokens: PackedTokens) throws(ModelError) {
    guard case .decoded(let end) = configuration.tokens else { return }
    for text in 0..<tokens.count where place(in: tokens.range(text), of: tokens) == nil {
      throw ModelError(
        .input, "text \(text)", "has no token with the id \(end), eos_token_id, at which the classifier looks")
    }
  }

  /// Applies the head to the last states of a batch.
  ///
  /// - Parameters:
  ///   - states: `[tokens, hiddenSize]`, unchanged.
  ///   - tokens: The texts that they are of. One without tokens counts as a state of zeros.
  /// - Returns: `[tokens, outputs]` where the head is for tokens, else `[texts, outputs]`; valid until the workspace is
  ///   used again.
  package func forward(_ states: Block, _ tokens: PackedTokens, in workspace: Workspace) -> Block {
    workspace.spending(on: .pooling) {
      let states = decoder?.forward(states, tokens, in: workspace) ?? states
      var rows = chosen(states, tokens, in: workspace)
      for step in steps {
        let input = rows
        switch step {
        case .product(let linear):
          rows = workspace.allocate(rows: input.rows, columns: linear.outputs)
          linear.forward(input, to: rows, in: workspace)
        case .norm(let norm):
          rows = workspace.allocate(rows: input.rows, columns: input.columns)
          norm.forward(input, to: rows, in: workspace)
        }
      }
      return configuration.tokens == .meanOfOutputs ? means(of: rows, tokens, in: workspace) : rows
    }
  }

  /// The states that the first step takes.
  private func chosen(_ states: Block, _ tokens: PackedTokens, in workspace: Workspace) -> Block {
    switch configuration.tokens {
    case .each, .meanOfOutputs: return states
    case .mean: return means(of: states, tokens, in: workspace)
    case .first, .last, .decoded:
      let rows = workspace.allocate(rows: tokens.count, columns: states.columns)
      for text in 0..<tokens.count {
        let row = rows.rows(text..<text + 1)
        if let place = place(in: tokens.range(text), of: tokens) {
          workspace.copy(states.rows(place..<place + 1), to: row)
        } else {
          workspace.fill(row, 0)
        }
      }
      return rows
    }
  }

  /// The one token whose state counts; `nil` for a text without tokens.
  private func place(in range: Range<Int>, of tokens: PackedTokens) -> Int? {
    guard !range.isEmpty else { return nil }
    switch configuration.tokens {
    case .decoded(let end): return range.last { Int(tokens.ids[$0]) == end }
    case .last(nil): return range.upperBound - 1
    case .last(let padding?): return range.last { Int(tokens.ids[$0]) != padding } ?? range.lowerBound
    case .each, .first, .mean, .meanOfOutputs: return range.lowerBound
    }
  }

  /// The means of the rows of each text.
  private func means(of rows: Block, _ tokens: PackedTokens, in workspace: Workspace) -> Block {
    let means = workspace.allocate(rows: tokens.count, columns: rows.columns)
    for text in 0..<tokens.count {
      let range = tokens.range(text)
      let mean = means.rows(text..<text + 1)
      if range.isEmpty {
        workspace.fill(mean, 0)
      } else {
        workspace.weightedSum(rows.rows(range), to: mean)
        workspace.scale(mean, by: 1 / Float(range.count))
      }
    }
    return means
  }
}
