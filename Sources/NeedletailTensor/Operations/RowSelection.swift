internal import CNeedletail

/// Which row of a table each id stands for, and with which factor: a table that several ids share (as in model2vec).
package struct RowSelection: Sendable {
  private let rows: [Int]
  private let weights: [Float]?

  /// How many ids there are.
  package var count: Int { rows.count }

  /// - Parameters:
  ///   - rows: The row of each id, each a row of the table it is used with.
  ///   - weights: The factor of each id, or `nil` for 1 each.
  package init(rows: [Int], weights: [Float]?) {
    precondition(weights.map { $0.count == rows.count } ?? true, "there is a weight for each id")
    self.rows = rows
    self.weights = weights
  }

  fileprivate func row(_ id: Int32) -> Int { rows[Int(id)] }
  fileprivate func weight(_ id: Int32) -> Float { weights?[Int(id)] ?? 1 }
}

extension Workspace {
  /// output = Σ weight · row of a table over `ids`, in their order.
  ///
  /// - Parameters:
  ///   - table: `[rows, d]`.
  ///   - ids: Each in `0..<selection.count`.
  ///   - output: `[1, d]`.
  package func sumRows(
    of table: FloatTensor, _ ids: ArraySlice<Int32>, _ selection: RowSelection, to output: Block
  ) {
    precondition(table.shape.count == 2 && output.rows == 1 && output.columns == table.shape[1], "shapes fit")
    fill(output, 0)
    for id in ids {
      let row = selection.row(id)
      precondition(row >= 0 && row < table.shape[0], "rows were checked against the table")
      unsafe kernels.table.add_scaled_f32(
        table.start + row * output.columns, selection.weight(id), pointer(output), output.columns)
    }
  }
}

extension MappedBytes {
  /// The numbers of an int32 or int64 tensor.
  package func integers(of type: ElementType) -> [Int] {
    precondition(type == .int32 || type == .int64, "the elements are whole numbers of 4 or 8 bytes")
    return (0..<count / type.size).map { index in
      type == .int64
        ? Int(unsafe start.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
        : Int(unsafe start.loadUnaligned(fromByteOffset: index * 4, as: Int32.self))
    }
  }
}
