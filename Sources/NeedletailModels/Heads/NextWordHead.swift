public import NeedletailTensor
package import NeedletailTokenizers

/// The logits of a few words that may follow a text: their rows of a language model's head, and no others.
public struct NextWordHead: Sendable {
  private let product: Linear
  /// What bounds the logits, cap · tanh(logit / cap); 0 for nothing.
  private let cap: Float

  /// Reads the rows of some words from the tensors of a language model's folder, in float32.
  ///
  /// - Parameters:
  ///   - ids: The words, each in `0..<vocabularySize`.
  ///   - configuration: What the folder says about the model.
  ///   - store: The tensors.
  ///   - adapters: Changes of the weights, added in their order.
  ///   - kernels: The arithmetic to use.
  /// - Throws: ``ModelError`` with code `.unsupported` for a family that gives no logits of words, `.weights` naming the
  ///   tensor that is missing or does not fit.
  public init(
    of ids: [Int], configuration: TransformerConfiguration, store: TensorStore, adapters: [LowRankAdapter] = [],
    kernels: Kernels
  ) throws(ModelError) {
    precondition(ids.allSatisfy { (0..<configuration.vocabularySize).contains($0) }, "the words exist")
    product = try TransformerWeights(configuration: configuration, store: store, adapters: adapters, kernels: kernels)
      .languageHead(of: ids, precision: .float32)
    cap = configuration.logitCap
  }

  /// The logits after the last token of each text of a batch.
  ///
  /// - Parameters:
  ///   - states: The last states, `[tokens, hiddenSize]`, unchanged.
  ///   - tokens: The texts that they are of. One without tokens counts as a state of zeros.
  /// - Returns: `[texts, words]`; valid until the workspace is used again.
  package func forward(_ states: Block, _ tokens: PackedTokens, in workspace: Workspace) -> Block {
    workspace.spending(on: .pooling) {
      let rows = workspace.allocate(rows: tokens.count, columns: states.columns)
      for text in 0..<tokens.count {
        let range = tokens.range(text)
        let row = rows.rows(text..<text + 1)
        if range.isEmpty {
          workspace.fill(row, 0)
        } else {
          workspace.copy(states.rows(range.upperBound - 1..<range.upperBound), to: row)
        }
      }
      let logits = workspace.allocate(rows: tokens.count, columns: product.outputs)
      product.forward(rows, to: logits, in: workspace)
      if cap > 0 { workspace.bound(logits, by: cap) }
      return logits
    }
  }
}
