public import NeedletailJSON
public import NeedletailTensor

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The head of a masked language model: token states in, a logit for each id of the vocabulary out.
///
/// `norm(activation(dense(state))) · decoderᵀ + bias`, or `state · decoderᵀ + bias`, where the decoder is the word table unless the checkpoint holds
/// one of its own. A vocabulary is large: logits come in blocks of tokens and ids, and nobody holds all of them.
public struct MaskedLanguageHead: Sendable {
  /// How many logits a token gets.
  public let vocabularySize: Int
  /// The arithmetic that its weights are packed for.
  public let kernels: Kernels
  /// Of the states, or `nil`.
  private let inputNorm: Normalization?
  private let transform: Linear?
  private let norm: Normalization?
  /// The product with the vocabulary, ``idsPerBlock`` ids each.
  private let decoder: [Linear]

  /// Ids whose weights stay in the cache while all tokens are multiplied with them.
  package static let idsPerBlock = 1024
  /// Tokens whose logits for a block of ids stay in the cache; a multiple of every kernel's tile.
  private static let tokensPerBlock = 192

  /// Builds the head from the tensors of its encoder's folder, packing the weights on the team's threads.
  ///
  /// - Parameters:
  ///   - json: The `config.json` that `configuration` was read from.
  ///   - subject: Its name in errors.
  ///   - configuration: What it says about the encoder.
  ///   - store: The tensors of the checkpoint, those of the head among them.
  ///   - adapters: Changes of the weights, added in their order; the encoder checks that there are all of them. A change
  ///     of the words' table is none of the decoder that is tied to it, as in PEFT.
  ///   - kernels: The arithmetic to use.
  ///   - precision: What the products multiply.
  ///   - team: The threads that pack.
  /// - Throws: ``ModelError`` with code `.unsupported` for a family whose head is not known, `.weights` naming the
  ///   tensor that is missing or does not fit.
  public init(
    _ json: JSON, subject: String, configuration: TransformerConfiguration, store: TensorStore,
    adapters: [LowRankAdapter] = [], kernels: Kernels, precision: Precision = .float32, team: ComputeTeam
  ) async throws {
    let weights: MaskedLanguageWeights
    do {
      weights = try MaskedLanguageWeights(
        json, subject: subject, configuration: configuration, store: store, adapters: adapters, kernels: kernels,
        precision: precision)
    } catch let error as ModelError { throw error } catch {
      throw ModelError(.configuration, error, subject: subject)
    }
    vocabularySize = configuration.vocabularySize
    self.kernels = kernels
    inputNorm = weights.inputNorm()
    transform = try weights.transform()
    norm = try weights.norm()
    decoder = try await weights.decoder(width: Self.idsPerBlock, team: team)
  }

  /// The logits of tokens, block by block: all tokens for the first ids, then all for the next ones.
  ///
  /// - Parameters:
  ///   - states: The encoder's last states, `[tokens, hiddenSize]`.
  ///   - workspace: Where activations live; of the same kernels as the head.
  ///   - body: Takes the logits of some tokens for some ids, `[tokens.count, ids.count]`; what it allocates in the
  ///     workspace is released after it. What it throws ends the run.
  /// - Complexity: O(tokens · vocabulary) time; memory for `[tokens, hiddenSize]` and one block.
  package func forward<Failure: Error>(
    _ states: Block, in workspace: Workspace,
    _ body: (_ tokens: Range<Int>, _ ids: Range<Int>, _ logits: Block) throws(Failure) -> Void
  ) throws(Failure) {
    try workspace.scoped { () throws(Failure) in
      let features = features(of: states, in: workspace)
      var first = 0
      for product in decoder {
        let ids = first..<first + product.outputs
        for token in stride(from: 0, to: states.rows, by: Self.tokensPerBlock) {
          let tokens = token..<min(token + Self.tokensPerBlock, states.rows)
          try workspace.scoped { () throws(Failure) in
            let logits = workspace.allocate(rows: tokens.count, columns: ids.count)
            product.forward(features.rows(tokens), to: logits, in: workspace)
            try body(tokens, ids, logits)
          }
        }
        first = ids.upperBound
      }
    }
  }

  /// What the vocabulary is multiplied with.
  private func features(of states: Block, in workspace: Workspace) -> Block {
    guard let transform else { return states }
    let features = workspace.allocate(rows: states.rows, columns: transform.outputs)
    workspace.scoped {
      var input = states
      if let inputNorm {
        input = workspace.allocate(rows: states.rows, columns: states.columns)
        inputNorm.forward(states, to: input, in: workspace)
      }
      transform.forward(input, to: features, in: workspace)
    }
    norm?.forward(features, to: features, in: workspace)
    return features
  }

  /// The log-probability that each token's softmax gives to one id.
  ///
  /// - Parameters:
  ///   - ids: One for each token, each in `0..<vocabularySize`.
  ///   - states: The encoder's last states, `[ids.count, hiddenSize]`.
  /// - Returns: One value a token, at most 0.
  /// - Complexity: O(tokens · vocabulary) time; no more memory than ``forward(_:in:_:)``.
  package func logProbabilities(of ids: [Int32], _ states: Block, in workspace: Workspace) -> [Float] {
    precondition(ids.count == states.rows, "there is an id for each token")
    precondition(ids.allSatisfy { $0 >= 0 && $0 < vocabularySize }, "ids were checked against the vocabulary")
    var largest = [Float](repeating: -.infinity, count: ids.count)
    // Σ exp(logit − largest), over the ids so far.
    var sums = [Double](repeating: 0, count: ids.count)
    var chosen = [Float](repeating: 0, count: ids.count)
    forward(states, in: workspace) { tokens, block, logits in
      let values = workspace.values(of: logits)
      for (row, token) in tokens.enumerated() {
        let own = values[row * block.count..<(row + 1) * block.count]
        let peak = max(largest[token], own.max() ?? -.infinity)
        sums[token] *= exp(Double(largest[token] - peak))
        for value in own { sums[token] += Double(exp(value - peak)) }
        largest[token] = peak
        if block.contains(Int(ids[token])) { chosen[token] = own[own.startIndex + Int(ids[token]) - block.lowerBound] }
      }
    }
    return ids.indices.map { Float(Double(chosen[$0] - largest[$0]) - log(sums[$0])) }
  }
}
