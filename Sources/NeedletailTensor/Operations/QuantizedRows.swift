internal import CNeedletail

/// A table of int8 rows with a float32 scale each: row i stands for scales[i] · bytes[i].
package struct QuantizedRows: Sendable {
  package let rows: Int
  package let features: Int
  private let bytes: MappedBytes
  private let scales: FloatTensor

  /// - Parameters:
  ///   - bytes: int8, `[rows, features]`.
  ///   - scales: `[rows]`.
  package init(bytes: MappedBytes, scales: FloatTensor) {
    precondition(bytes.shape.count == 2 && scales.shape == [bytes.shape[0]], "there is a scale for each row")
    rows = bytes.shape[0]
    features = bytes.shape[1]
    self.bytes = bytes
    self.scales = scales
  }

  /// output = Σ of the rows that `ids` name, in their order.
  ///
  /// - Parameters:
  ///   - ids: Each in `0..<rows`.
  ///   - output: `[1, features]`.
  package func sum(_ ids: ArraySlice<Int32>, to output: Block, in workspace: Workspace) {
    precondition(output.rows == 1 && output.columns == features, "shapes fit")
    precondition(ids.allSatisfy { $0 >= 0 && $0 < rows }, "ids were checked against the table")
    workspace.fill(output, 0)
    unsafe ids.withUnsafeBufferPointer { ids in
      guard let start = ids.baseAddress else { return }
      unsafe workspace.kernels.table.gather_sum_i8(
        bytes.start.assumingMemoryBound(to: Int8.self), scales.start, start, ids.count, workspace.pointer(output),
        features)
    }
  }
}
