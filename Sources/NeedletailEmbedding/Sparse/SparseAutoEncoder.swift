internal import NeedletailJSON
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A dense vector as the few strongest of many learned features (Wen and others 2025, arXiv:2503.01776).
struct SparseAutoEncoder: Sendable {
  /// How many features there are.
  let dimension: Int
  /// How many of them are kept unless fewer or more are asked for.
  let limit: Int
  private let normalizes: Bool
  private let offset: [Float]
  private let encoder: Linear

  /// Reads the module that takes `inputs` features.
  init(_ module: ModelFolder, inputs: Int, kernels: Kernels) throws {
    let path = module.file("config.json").path
    guard let json = try module.json("config.json") else {
      throw EmbeddingError(.unreadable, path, "the sparse auto-encoder has no config.json")
    }
    do {
      let stated = try json.integer("input_dim", in: 1...1_048_576)
      guard stated == inputs else {
        throw EmbeddingError(.malformed, path, "input_dim is \(stated), but the module before gives \(inputs)")
      }
      dimension = try json.integer("hidden_dim", in: 1...10_000_000, default: 512)
      limit = try json.integer("k", in: 1...dimension, default: min(8, dimension))
      normalizes = try json.boolean("normalize", default: false)
    } catch let error as EmbeddingError { throw error } catch {
      throw EmbeddingError(.malformed, error, subject: path)
    }
    do {
      let store = try module.weights()
      // The decoder is the encoder's weight transposed; files hold one of the two names.
      let name = store.contains("encoder.weight") ? "encoder.weight" : "decoder.linear.weight"
      offset = try store.floats("pre_bias", shape: [inputs], kernels: kernels).values
      encoder = Linear(
        weight: try store.floats(name, shape: [dimension, inputs], kernels: kernels),
        bias: try store.floats("latent_bias", shape: [dimension], kernels: kernels), kernels: kernels)
    } catch {
      throw EmbeddingError(error.code == .missing ? .unreadable : .malformed, error.subject, error.message)
    }
  }

  /// The strongest features of each vector; those below zero are dropped after the choice, not before.
  ///
  /// - Parameters:
  ///   - vectors: `[texts, inputs]`.
  ///   - limit: How many features are chosen at most.
  func forward(_ vectors: Block, limit: Int, in workspace: Workspace) -> [SparseVector] {
    workspace.scoped {
      let centred = workspace.allocate(rows: vectors.rows, columns: vectors.columns)
      workspace.write(
        (0..<vectors.rows).flatMap { prepared(workspace.values(of: vectors.rows($0..<$0 + 1))) }, to: centred)
      let features = workspace.allocate(rows: vectors.rows, columns: dimension)
      encoder.forward(centred, to: features, in: workspace)
      return (0..<vectors.rows).map { row in
        let values = workspace.values(of: features.rows(row..<row + 1))
        guard values.allSatisfy(\.isFinite) else { return .notANumber }
        let chosen = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }.prefix(limit)
        var vector = SparseVector()
        for index in chosen.sorted() where values[index] > 0 { vector.append(index, values[index]) }
        return vector
      }
    }
  }

  /// One vector, scaled to mean 0 and deviation 1 where the module says so, without the offset.
  private func prepared(_ vector: [Float]) -> [Float] {
    guard normalizes else { return zip(vector, offset).map(-) }
    let mean = vector.reduce(0, +) / Float(vector.count)
    let squares = vector.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    // PyTorch's deviation of a sample: of one number it is not a number.
    let deviation = (squares / Float(vector.count - 1)).squareRoot()
    return zip(vector, offset).map { ($0 - mean) / (deviation + 1e-5) - $1 }
  }
}
