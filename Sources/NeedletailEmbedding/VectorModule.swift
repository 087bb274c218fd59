internal import NeedletailJSON
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A module that takes a block of vectors and gives another: the vectors of texts after pooling, or those of tokens
/// before it.
enum VectorModule: Sendable {
  case dense(Dense)
  case normalize
  case layerNorm(Normalization)

  /// What a module reads and writes, by the names of sentence-transformers.
  enum Feature: String {
    case tokens = "token_embeddings"
    case sentence = "sentence_embedding"
    case scores
  }

  /// Reads a module, or `nil` for one that does nothing at inference.
  ///
  /// - Parameters:
  ///   - feature: What it must read and write at its place in the folder's list.
  ///   - output: What it must write, where that is something else.
  ///   - usual: What a dense module reads that does not say so.
  ///   - dimension: Features that the module before gives.
  init?(
    _ entry: ModuleEntry, in folder: ModelFolder, on feature: Feature, writing output: Feature? = nil,
    usual: Feature = .sentence, dimension: Int, kernels: Kernels
  ) throws(EmbeddingError) {
    let module = try folder.module(entry.path)
    do {
      switch entry.kind {
      case .dense:
        try Self.expect(feature, writing: output, module, usual: usual)
        self = .dense(try Dense(module, dimension: dimension, kernels: kernels))
      case .normalize:
        try Self.expect(feature, module)
        self = .normalize
      case .layerNorm:
        try Self.expect(feature, module)
        self = .layerNorm(try Self.layerNorm(module, dimension: dimension, kernels: kernels))
      case .dropout: return nil
      default:
        throw EmbeddingError(
          .unsupported, folder.file("modules.json").path, "a \(entry.kind.rawValue) module cannot stand here")
      }
    } catch let error as EmbeddingError { throw error } catch let error as TensorError {
      throw EmbeddingError(error.code == .missing ? .unreadable : .malformed, error.subject, error.message)
    } catch { throw EmbeddingError(.malformed, error, subject: module.file("config.json").path) }
  }

  private static func layerNorm(
    _ module: ModelFolder, dimension: Int, kernels: Kernels
  ) throws -> Normalization {
    let store = try module.weights()
    return Normalization(
      gamma: try store.floats("norm.weight", shape: [dimension], kernels: kernels),
      beta: try store.floats("norm.bias", shape: [dimension], kernels: kernels), epsilon: 1e-5)
  }

  /// A module that reads or writes something else than its place offers would have to be guessed at.
  private static func expect(
    _ feature: Feature, writing written: Feature? = nil, _ module: ModelFolder, usual: Feature = .sentence
  ) throws {
    let json = try module.json("config.json")
    let input = try json?.string("module_input_name", default: usual.rawValue) ?? usual.rawValue
    let output = try json?.string("module_output_name", default: input) ?? input
    for (key, name, known) in [
      ("module_input_name", input, feature), ("module_output_name", output, written ?? feature),
    ] where name != known.rawValue {
      throw EmbeddingError(
        .unsupported, module.file("config.json").path,
        "\(key) \"\(name)\" is not supported at this place, only \(known.rawValue)")
    }
  }

  /// Features of the result.
  func dimension(_ inputs: Int) -> Int {
    if case .dense(let dense) = self { dense.linear.outputs } else { inputs }
  }

  /// Applies the module to every row, in place where it can.
  func forward(_ vectors: Block, in workspace: Workspace) -> Block {
    switch self {
    case .dense(let dense): return dense.forward(vectors, in: workspace)
    case .normalize: workspace.normalizeRows(vectors)
    case .layerNorm(let norm): norm.forward(vectors, to: vectors, in: workspace)
    }
    return vectors
  }
}
