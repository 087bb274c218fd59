internal import NeedletailModels
internal import NeedletailTensor
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A cross-encoder's scores as dense modules make them of a pooled state, the form of RankT5's encoder (Zhuang and others
/// 2022, arXiv:2210.10634).
struct PooledHead: Sendable {
  /// Applied to the states of tokens.
  private let tokenModules: [VectorModule]
  private let pooling: Pooling
  /// Applied to the pooled state; the last gives the scores.
  private let modules: [VectorModule]
  private let features: Int
  /// The names of the scores; such folders have none.
  let labels: [String]

  /// Reads the modules after the Transformer.
  ///
  /// - Throws: ``EmbeddingError`` naming a module that cannot stand at its place.
  init(
    _ entries: ArraySlice<ModuleEntry>, in folder: ModelFolder, hiddenSize: Int, kernels: Kernels
  ) throws(EmbeddingError) {
    let subject = folder.file("modules.json").path
    let before = entries.prefix { $0.kind != .pooling }
    let after = entries.dropFirst(before.count + 1)
    guard let entry = entries.dropFirst(before.count).first, let last = after.last, last.kind == .dense else {
      throw EmbeddingError(.unsupported, subject, "the last module after Pooling should be a Dense that gives scores")
    }
    var dimension = hiddenSize
    var tokenModules: [VectorModule] = []
    for entry in before {
      guard let module = try VectorModule(entry, in: folder, on: .tokens, dimension: dimension, kernels: kernels) else {
        continue
      }
      dimension = module.dimension(dimension)
      tokenModules.append(module)
    }
    let place = try folder.module(entry.path)
    pooling = try Pooling(place, hiddenSize: dimension)
    guard pooling.includesPrompt else {
      throw EmbeddingError(
        .unsupported, place.file("config.json").path, "include_prompt is false, which is not supported for pairs")
    }
    features = pooling.dimension(hiddenSize: dimension)
    dimension = features
    var modules: [VectorModule] = []
    for (place, entry) in zip(after.indices, after) {
      let module = try VectorModule(
        entry, in: folder, on: .sentence, writing: place == after.indices.last ? .scores : .sentence,
        dimension: dimension, kernels: kernels)
      guard let module else { continue }
      dimension = module.dimension(dimension)
      modules.append(module)
    }
    (self.tokenModules, self.modules) = (tokenModules, modules)
    labels = dimension == 1 ? ["score"] : (0..<dimension).map { "LABEL_\($0)" }
  }

  /// - Parameters:
  ///   - states: The last states, `[tokens, hiddenSize]`, which may change.
  ///   - tokens: The pairs that they are of.
  /// - Returns: `[pairs, labels]`; valid until the workspace is used again.
  func forward(_ states: Block, _ tokens: PackedTokens, in workspace: Workspace) -> Block {
    workspace.spending(on: .pooling) {
      let states = tokenModules.reduce(states) { $1.forward($0, in: workspace) }
      let vectors = workspace.allocate(rows: tokens.count, columns: features)
      for pair in 0..<tokens.count {
        pooling.forward(
          states.rows(tokens.range(pair)), promptLength: 0, to: vectors.rows(pair..<pair + 1), in: workspace)
      }
      return modules.reduce(vectors) { $1.forward($0, in: workspace) }
    }
  }
}
