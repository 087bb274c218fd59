internal import CNeedletail

/// Multi-head attention over a ragged batch: every text attends to itself only, every token to its window.
///
/// After Vaswani and others 2017, arXiv:1706.03762, with an online softmax so that no `[length, length]` buffer exists
/// (Milakov and Gimelshein 2018, arXiv:1805.02867).
package struct Attention: Sendable {
  package let heads: Int
  package let headDimension: Int
  /// Which tokens each token sees.
  package let window: AttentionWindow
  private let scale: Float
  private let relativeBias: RelativePositionBias?

  /// - Parameters:
  ///   - heads: How many heads.
  ///   - headDimension: Features of one head.
  ///   - window: Which tokens each token sees.
  ///   - relativeBias: Added to the scaled scores, or `nil`.
  package init(
    heads: Int, headDimension: Int, window: AttentionWindow = .bidirectional,
    relativeBias: RelativePositionBias? = nil
  ) {
    self.heads = heads
    self.headDimension = headDimension
    self.window = window
    self.scale = 1 / Float(headDimension).squareRoot()
    self.relativeBias = relativeBias
  }

  /// Attends within each text.
  ///
  /// - Parameters:
  ///   - projected: `[tokens, 3 · heads · headDimension]`: query, key and value of each token side by side.
  ///   - starts: Where each text's rows start, and where the last one's end.
  ///   - output: `[tokens, heads · headDimension]`.
  package func forward(_ projected: Block, starts: [Int], to output: Block, in workspace: Workspace) {
    let hidden = heads * headDimension
    precondition(projected.columns == 3 * hidden && output.columns == hidden, "shapes fit")
    precondition(projected.rows == output.rows && starts.last == output.rows, "the texts cover all rows")
    let longest = zip(starts, starts.dropFirst()).map { $1 - $0 }.max() ?? 0
    workspace.scoped {
      let needed = unsafe workspace.kernels.table.attention_scratch_count(longest, headDimension)
      let scratch = workspace.allocate(rows: 1, columns: needed)
      let bias = longest > 0 ? relativeBias?.forward(length: longest, in: workspace) : nil
      for (start, end) in zip(starts, starts.dropFirst()) where end > start {
        for head in 0..<heads {
          attend(head, rows: start..<end, projected, bias: bias, scratch, to: output, in: workspace)
        }
      }
    }
  }

  private func attend(
    _ head: Int, rows: Range<Int>, _ projected: Block, bias: Block?, _ scratch: Block, to output: Block,
    in workspace: Workspace
  ) {
    let hidden = heads * headDimension
    let query = unsafe workspace.pointer(projected) + rows.lowerBound * 3 * hidden + head * headDimension
    let result = unsafe workspace.pointer(output) + rows.lowerBound * hidden + head * headDimension
    // A shorter text's distances stand in the middle of the longest one's.
    let distances = unsafe bias.map { bias in
      unsafe UnsafePointer(workspace.pointer(bias.rows(head..<head + 1)) + (bias.columns + 1) / 2 - rows.count)
    }
    let (before, after) = window.limits
    unsafe workspace.kernels.table.attention_f32(
      query, query + hidden, query + 2 * hidden, 3 * hidden, scale, distances, before, after, result, hidden,
      rows.count, headDimension, workspace.pointer(scratch))
  }
}
