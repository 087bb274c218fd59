internal import CNeedletail

/// Reductions of the rows of a block to one row, and changes of single rows: what poolings are made of.
extension Workspace {
  /// output = Σ weights[i] · input[i], in the order of the rows; added to it where `accumulate`.
  ///
  /// - Parameters:
  ///   - input: `[m, d]`.
  ///   - weights: One a row of `input`, or `nil` for 1 each.
  ///   - output: `[1, d]`.
  package func weightedSum(_ input: Block, weights: [Float]? = nil, accumulate: Bool = false, to output: Block) {
    precondition(output.rows == 1 && output.columns == input.columns, "shapes fit")
    precondition(weights.map { $0.count == input.rows } ?? true, "there is a weight for each row")
    if !accumulate { fill(output, 0) }
    for row in 0..<input.rows {
      unsafe kernels.table.add_scaled_f32(
        pointer(input) + row * input.columns, weights?[row] ?? 1, pointer(output), input.columns)
    }
  }

  /// output[d] = the largest of input[·, d], and of output[d] where `accumulate`; else −∞ where `input` has no rows.
  package func maximum(_ input: Block, accumulate: Bool = false, to output: Block) {
    precondition(output.rows == 1 && output.columns == input.columns, "shapes fit")
    if !accumulate { fill(output, -.infinity) }
    for row in 0..<input.rows {
      unsafe kernels.table.maximum_f32(pointer(input) + row * input.columns, pointer(output), input.columns)
    }
  }

  /// Multiplies all values of a block.
  package func scale(_ block: Block, by factor: Float) {
    unsafe kernels.table.scale_f32(pointer(block), factor, block.rows * block.columns)
  }

  /// x = cap · tanh(x / cap) for all values of a block.
  package func bound(_ block: Block, by cap: Float) {
    let count = block.rows * block.columns
    scale(block, by: 1 / cap)
    unsafe kernels.table.activate_f32(pointer(block), nt_activation_tanh, count)
    scale(block, by: cap)
  }

  /// Adds one block, times a number, to another of the same size.
  package func add(_ input: Block, times factor: Float = 1, to output: Block) {
    precondition(input.rows * input.columns == output.rows * output.columns, "sizes are equal")
    unsafe kernels.table.add_scaled_f32(pointer(input), factor, pointer(output), input.rows * input.columns)
  }

  /// Adds a vector to a block of as many values.
  package func add(_ vector: FloatTensor, to output: Block) {
    precondition(vector.count == output.rows * output.columns, "sizes are equal")
    unsafe kernels.table.add_scaled_f32(vector.start, 1, pointer(output), vector.count)
  }

  /// Sets all values of a block.
  package func fill(_ block: Block, _ value: Float) {
    unsafe pointer(block).update(repeating: value, count: block.rows * block.columns)
  }

  /// Copies one block onto another of the same size.
  package func copy(_ input: Block, to output: Block) {
    precondition(input.rows * input.columns == output.rows * output.columns, "sizes are equal")
    unsafe pointer(output).update(from: pointer(input), count: input.rows * input.columns)
  }

  /// Writes values into a block.
  package func write(_ values: [Float], to output: Block) {
    precondition(values.count == output.rows * output.columns, "sizes are equal")
    unsafe pointer(output).update(from: values, count: values.count)
  }

  /// Scales each row to length 1; a row shorter than 10⁻¹² is divided by that instead, as PyTorch does it.
  package func normalizeRows(_ block: Block) {
    for row in 0..<block.rows {
      let start = unsafe pointer(block) + row * block.columns
      let norm = unsafe kernels.table.dot_f32(start, start, block.columns).squareRoot()
      unsafe kernels.table.scale_f32(start, 1 / max(norm, 1e-12), block.columns)
    }
  }
}

extension Workspace {
  /// output = Σ of the rows of a table that `ids` name, in their order.
  ///
  /// - Parameters:
  ///   - table: `[rows, d]`.
  ///   - ids: Each in `0..<rows`.
  ///   - output: `[1, d]`.
  package func sumRows(of table: FloatTensor, _ ids: ArraySlice<Int32>, to output: Block) {
    precondition(table.shape.count == 2 && output.rows == 1 && output.columns == table.shape[1], "shapes fit")
    precondition(ids.allSatisfy { $0 >= 0 && $0 < table.shape[0] }, "ids were checked against the table")
    fill(output, 0)
    for id in ids {
      unsafe kernels.table.add_scaled_f32(table.start + Int(id) * output.columns, 1, pointer(output), output.columns)
    }
  }
}
