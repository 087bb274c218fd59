public import NeedletailTensor

/// A table of token vectors whose mean is a text's vector: no transformer, no positions (as in model2vec and
/// sentence-transformers' `StaticEmbedding`).
public struct StaticEncoder: Sendable {
  private enum Table: Sendable {
    case float32(FloatTensor)
    case int8(QuantizedRows)
    /// Tokens that share rows, or rows that are weighted.
    case selected(FloatTensor, RowSelection)
  }

  /// How many tokens have a vector.
  public let vocabularySize: Int
  /// Features of a vector.
  public let dimension: Int
  private let table: Table

  /// Reads `embedding.weight`: float, or int8 with `embedding.scale`; or model2vec's own `embeddings`, with a row for
  /// each token in `mapping` and a factor for each in `weights` where the file has them.
  ///
  /// - Throws: ``ModelError`` with code `.weights` naming the tensor that is missing or does not fit.
  public init(store: TensorStore, kernels: Kernels) throws(ModelError) {
    let name = !store.contains("embedding.weight") && store.contains("embeddings") ? "embeddings" : "embedding.weight"
    do {
      if store.entry(name)?.type == .int8, name == "embedding.weight" {
        let bytes = try store.bytes(name, type: .int8, shape: [nil, nil])
        let scales = try store.floats("embedding.scale", shape: [bytes.shape[0]], kernels: kernels)
        table = .int8(QuantizedRows(bytes: bytes, scales: scales))
        (vocabularySize, dimension) = (bytes.shape[0], bytes.shape[1])
      } else {
        let floats = try store.floats(name, shape: [nil, nil], kernels: kernels)
        dimension = floats.shape[1]
        if name == "embeddings", store.contains("mapping") || store.contains("weights") {
          let selection = try Self.selection(store, rows: floats.shape[0], kernels: kernels)
          vocabularySize = selection.count
          table = .selected(floats, selection)
        } else {
          vocabularySize = floats.shape[0]
          table = .float32(floats)
        }
      }
    } catch { throw ModelError(.weights, error.subject, error.message) }
    guard vocabularySize > 0, dimension > 0 else { throw ModelError(.weights, store.path, "has an empty table") }
  }

  private static func selection(
    _ store: TensorStore, rows: Int, kernels: Kernels
  ) throws(TensorError) -> RowSelection {
    var mapping: [Int]?
    if let entry = store.entry("mapping") {
      guard entry.type == .int64 || entry.type == .int32 else {
        throw TensorError(
          .mismatch, "\(store.path): tensor mapping",
          "has the element type \(entry.type.rawValue), expected I64 or I32")
      }
      mapping = try store.bytes("mapping", type: entry.type, shape: [nil]).integers(of: entry.type)
    }
    if let mapping, let wrong = mapping.firstIndex(where: { $0 < 0 || $0 >= rows }) {
      throw TensorError(
        .mismatch, "\(store.path): tensor mapping",
        "names row \(mapping[wrong]) for token \(wrong); the table has \(rows) rows")
    }
    let count = mapping?.count ?? rows
    let weights =
      store.contains("weights") ? try store.floats("weights", shape: [count], kernels: kernels).values : nil
    return RowSelection(rows: mapping ?? Array(0..<rows), weights: weights)
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
    case .selected(let table, let selection): workspace.sumRows(of: table, ids, selection, to: output)
    }
    if !ids.isEmpty { workspace.scale(output, by: 1 / Float(ids.count)) }
  }
}
