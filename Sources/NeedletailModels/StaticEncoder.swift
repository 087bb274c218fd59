public import NeedletailTensor

/// A table of token vectors whose mean is a text's vector: no transformer, no positions (as in model2vec and
/// sentence-transformers' `StaticEmbedding`).
public struct StaticEncoder: Sendable {
  private enum Table: Sendable {
    case float32(FloatTensor)
    case int8(QuantizedRows)
  }

  /// Rows of the table.
  public let vocabularySize: Int
  /// Features of a vector.
  public let dimension: Int
  private let table: Table

  /// Reads `embedding.weight` (`embeddings` in model2vec's own files): float, or int8 with `embedding.scale`.
  ///
  /// - Throws: ``ModelError`` with code `.weights` naming the tensor that is missing or does not fit.
  public init(store: TensorStore, kernels: Kernels) throws(ModelError) {
    let name = store.contains("embeddings") ? "embeddings" : "embedding.weight"
    do {
      if store.entry(name)?.type == .int8 {
        let bytes = try store.bytes(name, type: .int8, shape: [nil, nil])
        let scales = try store.floats("embedding.scale", shape: [bytes.shape[0]], kernels: kernels)
        table = .int8(QuantizedRows(bytes: bytes, scales: scales))
        (vocabularySize, dimension) = (bytes.shape[0], bytes.shape[1])
      } else {
        let floats = try store.floats(name, shape: [nil, nil], kernels: kernels)
        table = .float32(floats)
        (vocabularySize, dimension) = (floats.shape[0], floats.shape[1])
      }
    } catch { throw ModelError(.weights, error.subject, error.message) }
    guard vocabularySize > 0, dimension > 0 else { throw ModelError(.weights, store.path, "has an empty table") }
  }

  /// Writes the mean of the vectors of one text's tokens; zeros where it has none.
  ///
  /// - Parameters:
  ///   - ids: The text's tokens.
  ///   - output: `[1, dimension]`.
  /// - Throws: ``ModelError`` with code `.input` for an id outside the table.
  package func forward(
    _ ids: ArraySlice<Int32>, to output: Block, in workspace: Workspace
  ) throws(ModelError) {
    if let id = ids.first(where: { $0 < 0 || $0 >= vocabularySize }) {
      throw ModelError(.input, "token id \(id)", "is outside the model's vocabulary of \(vocabularySize)")
    }
    switch table {
    case .float32(let table): workspace.sumRows(of: table, ids, to: output)
    case .int8(let table): table.sum(ids, to: output, in: workspace)
    }
    if !ids.isEmpty { workspace.scale(output, by: 1 / Float(ids.count)) }
  }
}
