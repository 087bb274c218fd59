internal import NeedletailJSON
internal import NeedletailModels
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// How the logits of a text's tokens become one weight for each id of the vocabulary: the largest, or the sum, of
/// log(1 + max(logit, 0)) over the tokens (SPLADE: Formal and others 2021, arXiv:2107.05720 and arXiv:2109.10086).
struct SparsePooling: Sendable {
  enum Strategy: String, Sendable {
    case max
    case sum
  }

  let strategy: Strategy
  /// How many times the logarithm is taken: once, or twice as OpenSearch's encoders do it (arXiv:2504.14839).
  let saturations: Int

  /// What sentence-transformers assumes for a masked language model without `modules.json`.
  static let usual = SparsePooling(strategy: .max, saturations: 1)

  private init(strategy: Strategy, saturations: Int) {
    self.strategy = strategy
    self.saturations = saturations
  }

  /// Reads a SpladePooling module's `config.json`.
  init(_ module: ModelFolder, vocabulary: Int) throws(EmbeddingError) {
    let path = module.file("config.json").path
    guard let json = try module.json("config.json") else {
      throw EmbeddingError(.unreadable, path, "the SPLADE pooling module has no config.json")
    }
    do {
      let name = try json.string("pooling_strategy", default: "max")
      guard let strategy = Strategy(rawValue: name) else {
        throw EmbeddingError(.unsupported, path, "pooling_strategy \"\(name)\" is neither max nor sum")
      }
      self.strategy = strategy
      switch try json.string("activation_function", default: "relu") {
      case "relu": saturations = 1
      case "log1p_relu": saturations = 2
      case let name:
        throw EmbeddingError(.unsupported, path, "activation_function \"\(name)\" is neither relu nor log1p_relu")
      }
      for key in ["embedding_dimension", "word_embedding_dimension"] where json.optional(key) != nil {
        let dimension = try json.integer(key, in: 1...10_000_000)
        guard dimension == vocabulary else {
          throw EmbeddingError(.malformed, path, "\(key) is \(dimension), but the model has \(vocabulary) logits")
        }
      }
    } catch let error as EmbeddingError { throw error } catch {
      throw EmbeddingError(.malformed, error, subject: path)
    }
  }

  /// Reduces a batch, some ids of the vocabulary at a time; a text without tokens to nothing.
  ///
  /// - Parameters:
  ///   - states: The last states of all texts, `[tokens, hiddenSize]`.
  ///   - starts: The first token of each text, and the number of tokens.
  ///   - check: Called now and then; what it throws ends the run.
  /// - Complexity: O(tokens · vocabulary) time; memory for one block of logits and `[texts, block]`.
  func forward(
    _ states: Block, starts: [Int], _ head: MaskedLanguageHead, in workspace: Workspace, check: () throws -> Void
  ) throws -> [SparseVector] {
    let texts = starts.count - 1
    var vectors = [SparseVector](repeating: SparseVector(), count: texts)
    try workspace.scoped {
      let pooled = workspace.allocate(rows: texts, columns: MaskedLanguageHead.idsPerBlock)
      var text = 0
      try head.forward(states, in: workspace) { tokens, ids, logits throws in
        if tokens.lowerBound == 0 {
          try check()
          workspace.fill(pooled, 0)
          text = 0
        }
        if strategy == .sum { for _ in 0..<saturations { workspace.saturate(logits) } }
        while text < texts, starts[text] < tokens.upperBound {
          let first = max(starts[text], tokens.lowerBound) - tokens.lowerBound
          let rows = logits.rows(first..<min(starts[text + 1], tokens.upperBound) - tokens.lowerBound)
          let output = Block(slice: pooled.rows(text..<text + 1), columns: 0..<ids.count)
          switch strategy {
          case .max: workspace.maximum(rows, accumulate: true, to: output)
          case .sum: workspace.weightedSum(rows, accumulate: true, to: output)
          }
          // The text goes on in the next block of tokens.
          if starts[text + 1] > tokens.upperBound { break }
          text += 1
        }
        guard tokens.upperBound == states.rows else { return }
        for text in 0..<texts {
          let row = workspace.values(of: Block(slice: pooled.rows(text..<text + 1), columns: 0..<ids.count))
          for (id, value) in zip(ids, row) where value != 0 { vectors[text].append(id, weight(value)) }
        }
      }
    }
    return vectors
  }

  /// The logarithm keeps the order of logits, so that of the largest is the largest.
  private func weight(_ pooled: Float) -> Float {
    strategy == .sum ? pooled : (0..<saturations).reduce(pooled) { value, _ in Saturation.apply(value) }
  }
}
