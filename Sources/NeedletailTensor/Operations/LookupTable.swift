internal import CNeedletail

/// A table of rows that ids select: word, position and segment embeddings.
package struct LookupTable: Sendable {
  package let rows: Int
  /// d, the features of a row.
  package let features: Int
  private let table: FloatTensor

  /// - Parameter table: `[rows, features]`.
  package init(_ table: FloatTensor) {
    precondition(table.shape.count == 2, "a lookup table is a matrix")
    rows = table.shape[0]
    features = table.shape[1]
    self.table = table
  }

  /// Writes, or adds where `accumulate`, the row of each id to the row of `output` with the same number.
  ///
  /// - Parameters:
  ///   - ids: One for each row of `output`, each in `0..<rows`.
  ///   - output: `[ids.count, features]`.
  package func forward(_ ids: [Int32], accumulate: Bool = false, to output: Block, in workspace: Workspace) {
    precondition(output.rows == ids.count && output.columns == features, "shapes fit")
    precondition(ids.allSatisfy { $0 >= 0 && $0 < rows }, "ids were checked against the table")
    unsafe ids.withUnsafeBufferPointer { ids in
      guard let start = ids.baseAddress else { return }
      unsafe workspace.kernels.table.gather_f32(
        table.start, start, accumulate, workspace.pointer(output), ids.count, features)
    }
  }
}
