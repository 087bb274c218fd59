internal import CNeedletail

extension Workspace {
  /// Applies a function to every value, in place.
  ///
  /// Each row by itself, so that a row's values are the same bits whatever rows stand beside it.
  package func activate(_ block: Block, _ activation: Activation) {
    for row in 0..<block.rows {
      unsafe kernels.table.activate_f32(pointer(block) + row * block.columns, activation.code, block.columns)
    }
  }
}
