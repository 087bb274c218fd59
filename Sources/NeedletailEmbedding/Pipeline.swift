internal import NeedletailJSON
internal import NeedletailModels
internal import NeedletailTensor
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A model folder in memory, ready to run: tokenizer, encoder, pooling and the modules after it.
struct Pipeline: Sendable {
  enum Encoder: Sendable {
    case transformer(Transformer, Reduction)
    case table(StaticEncoder)
  }

  let tokenizer: Tokenizer
  let encoder: Encoder
  /// Applied to the states of tokens before pooling.
  var tokenModules: [VectorModule] = []
  /// Applied to the vectors of texts.
  var modules: [VectorModule]
  let prompts: Prompts
  /// What makes a conversation of a text; `nil` where texts are read as they are.
  var conversation: Conversation?
  let kernels: Kernels
  /// Tokens of a text, special ones included; `nil` where the model has no limit.
  let maximumLength: Int?
  /// The side at which longer texts are cut.
  var truncationSide = Truncation.Direction.right
  /// What follows every text: the mark of its end where the model's own code puts it there and no tokenizer does.
  var ending = ""
  /// Whether the tokens of a prompt are counted without special ones, as the model's own code does it.
  var countsPromptAlone = false
  /// Folders beside the model's own that weights came from: adapters, and the model that an adapter was made for.
  var otherFolders: [URL] = []
  /// The adapters that calls may choose; `nil` for a static model.
  var adapters: AdapterShelf?
  /// What those that were chosen add to the transformer's products; `nil` for none.
  var changes: TransformerChanges?
  /// Their folders, and how much of each is added.
  var adapterFolders: [URL] = []
  var adapterWeights: [Float] = []
  /// What was assumed about the folder.
  let warning: String?
  /// The layer of the transformer whose states are pooled, 0 being the output of the embeddings; `nil` for the last.
  var layer: Int?

  /// Makes the states of a layer those that are pooled.
  ///
  /// - Parameter layer: 0 for the output of the embeddings; negative numbers count from the end.
  /// - Throws: ``EmbeddingError`` with code `.request` where there is no such layer.
  mutating func endAfter(_ layer: Int) throws(EmbeddingError) {
    guard case .transformer(let encoder, _) = encoder else {
      throw EmbeddingError(.request, "layer \(layer)", "a static model has no layers; choose a transformer")
    }
    let layers = encoder.configuration.layers
    guard (-layers - 1...layers).contains(layer) else {
      throw EmbeddingError(
        .request, "layer \(layer)", "the model has the layers 0 to \(layers), or -1 to \(-layers - 1) from the end")
    }
    self.layer = layer < 0 ? layers + 1 + layer : layer
  }

  /// Leaves vectors as long as they are before the last module makes their length 1.
  mutating func removeNormalization() {
    if normalizes { modules.removeLast() }
  }

  /// Features of a vector.
  var dimension: Int {
    let pooled =
      switch encoder {
      case .transformer(let encoder, let reduction):
        reduction.dimension(hiddenSize: tokenModules.reduce(encoder.hiddenSize) { $1.dimension($0) })
      case .table(let table): table.dimension
      }
    return modules.reduce(pooled) { $1.dimension($0) }
  }

  /// Whether the last module is a normalisation.
  var normalizes: Bool {
    if case .normalize? = modules.last { true } else { false }
  }

  /// Whether the encoder computes more than it looks up.
  var isDeep: Bool {
    if case .transformer = encoder { true } else { false }
  }

  /// Whether special tokens are added to a text.
  var addsSpecialTokens: Bool { isDeep }

  /// The states of a checked batch's tokens, as pooling takes them: `[tokens, features]`.
  ///
  /// - Parameter check: Called now and then; what it throws ends the run.
  func states<Failure: Error>(
    _ tokens: PackedTokens, _ encoder: Transformer, in workspace: Workspace, check: () throws(Failure) -> Void
  ) throws(Failure) -> Block {
    let states: Block
    do throws(Ending<Failure>) {
      states = try encoder.forward(tokens, changes: changes, in: workspace) { (done, states) throws(Ending<Failure>) in
        do throws(Failure) { try check() } catch { throw .failed(error) }
        if done == layer { throw .reached(states) }
      }
    } catch {
      switch error {
      case .failed(let failure): throw failure
      case .reached(let block): states = block
      }
    }
    return tokenModules.reduce(states) { $1.forward($0, in: workspace) }
  }

  /// Why a run ends before its last layer.
  private enum Ending<Failure: Error>: Error {
    case failed(Failure)
    /// The states of the layer that is wanted.
    case reached(Block)
  }

  /// Encodes one batch on this thread.
  ///
  /// - Parameters:
  ///   - tokens: The texts.
  ///   - promptLength: Leading tokens of every text that belong to the prompt.
  ///   - check: Called now and then; what it throws ends the run.
  /// - Returns: One vector a text, `[tokens.count, dimension]`.
  func forward(
    _ tokens: PackedTokens, promptLength: Int, in workspace: Workspace, check: () throws -> Void
  ) throws -> Block {
    let vectors: Block
    switch encoder {
    case .transformer(let encoder, let reduction):
      try encoder.check(tokens)
      let features = tokenModules.reduce(encoder.hiddenSize) { $1.dimension($0) }
      vectors = workspace.allocate(rows: tokens.count, columns: reduction.dimension(hiddenSize: features))
      try workspace.scoped {
        let states = try states(tokens, encoder, in: workspace, check: check)
        workspace.spending(on: .pooling) {
          for text in 0..<tokens.count {
            let range = tokens.range(text)
            reduction.forward(
              states.rows(range), ids: tokens.ids[range], promptLength: promptLength, to: vectors.rows(text..<text + 1),
              in: workspace)
          }
        }
      }
    case .table(let table):
      vectors = workspace.allocate(rows: tokens.count, columns: table.dimension)
      try workspace.spending(on: .embeddings) {
        for text in 0..<tokens.count {
          try table.forward(tokens.ids[tokens.range(text)], to: vectors.rows(text..<text + 1), in: workspace)
        }
      }
    }
    return workspace.spending(on: .pooling) { modules.reduce(vectors) { $1.forward($0, in: workspace) } }
  }
}
