internal import CNeedletail

/// Multi-head attention whose scores have up to three parts: content to content, content to position and position to
/// content, where positions are distances between tokens.
///
/// After He and others 2021, arXiv:2006.03654: query `i` and key `j` score
/// (q[i]·k[j] + q[i]·K[r] + k[j]·Q[r]) / √(d · parts), where `r` is the row of their distance in the tables `K` and `Q`.
/// Scores exist for one block of queries at a time. Each text attends to itself only.
package struct DisentangledAttention: Sendable {
  package let heads: Int
  /// d, the features of one head.
  package let headDimension: Int
  private let scale: Float
  private let distances: RelativeDistances
  /// For each head the packed `[2 · span, d]` that queries are multiplied with.
  private let positionKeys: AlignedFloats?
  /// For each head the dense `[2 · span, d]` that keys are multiplied with.
  private let positionQueries: AlignedFloats?

  /// - Parameters:
  ///   - heads: How many heads.
  ///   - headDimension: Features of one head.
  ///   - parts: How many parts of scores their scale counts, 1 to 3.
  ///   - distances: Which rows of the tables belong to two tokens.
  ///   - positionKeys: `[2 · span, heads · headDimension]`, or `nil` where content does not look at positions.
  ///   - positionQueries: The same shape, or `nil` where positions do not look at content.
  ///   - kernels: The set that runs it.
  package init(
    heads: Int, headDimension: Int, parts: Int, distances: RelativeDistances, positionKeys: FloatTensor?,
    positionQueries: FloatTensor?, kernels: Kernels
  ) {
    let shape = [2 * distances.span, heads * headDimension]
    precondition((1...3).contains(parts), "scores have one to three parts")
    precondition([positionKeys, positionQueries].allSatisfy { $0?.shape ?? shape == shape }, "the tables fit")
    self.heads = heads
    self.headDimension = headDimension
    self.distances = distances
    scale = 1 / Float(headDimension * parts).squareRoot()
    self.positionKeys = positionKeys.map { Self.packed($0, heads, kernels) }
    self.positionQueries = positionQueries.map { table in
      let size = table.count / heads
      let dense = AlignedFloats(zeros: table.count)
      for head in 0..<heads { unsafe Self.copy(table, head: head, of: heads, to: dense.start + head * size) }
      return dense
    }
  }

  /// The columns of each head, packed as a product's weight.
  private static func packed(_ table: FloatTensor, _ heads: Int, _ kernels: Kernels) -> AlignedFloats {
    let (rows, features) = (table.shape[0], table.shape[1] / heads)
    let size = unsafe kernels.table.linear_packed_count(rows, features)
    let packed = AlignedFloats(zeros: heads * size)
    let dense = AlignedFloats(zeros: rows * features)
    for head in 0..<heads {
      unsafe copy(table, head: head, of: heads, to: dense.start)
      unsafe kernels.table.linear_pack(
        dense.start, rows, features, 0, kernels.table.linear_panel_count(rows), packed.start + head * size)
    }
    return packed
  }

  /// Copies the columns of one head.
  private static func copy(_ table: FloatTensor, head: Int, of heads: Int, to dense: UnsafeMutablePointer<Float>) {
    guard !table.isOutline else { return }
    let features = table.shape[1] / heads
    for row in 0..<table.shape[0] {
      unsafe (dense + row * features).update(from: table.start + (row * heads + head) * features, count: features)
    }
  }

  /// Attends within each text.
  ///
  /// - Parameters:
  ///   - projected: `[tokens, 3 · heads · headDimension]`: query, key and value of each token side by side.
  ///   - starts: Where each text's rows start, and where the last one's end; no text is longer than the distances say.
  ///   - output: `[tokens, heads · headDimension]`.
  ///
  /// Where the workspace has a receiver of ``AttentionMaps``, each head's scores are computed once more for it.
  package func forward(_ projected: Block, starts: [Int], to output: Block, in workspace: Workspace) {
    let hidden = heads * headDimension
    precondition(projected.columns == 3 * hidden && output.columns == hidden, "shapes fit")
    precondition(projected.rows == output.rows && starts.last == output.rows, "the texts cover all rows")
    let longest = zip(starts, starts.dropFirst()).map { $1 - $0 }.max() ?? 0
    precondition(longest <= distances.longest, "every distance has a row")
    guard longest > 0 else { return }
    let pairs = zip(starts, starts.dropFirst()).reduce(0) { $0 + ($1.1 - $1.0) * ($1.1 - $1.0) }
    let parts = 2 + (positionKeys == nil ? 0 : 1) + (positionQueries == nil ? 0 : 1)
    workspace.profile?.count(
      operations: 2 * parts * hidden * pairs,
      bytes: (projected.rows * projected.columns + output.rows * output.columns) * 4)
    workspace.scoped {
      // Enough work for a thread to take some microseconds.
      let crew = pairs * hidden / (starts.count - 1) > 1 << 14 ? workspace.crew : nil
      let layout = DisentangledScratch(
        length: longest, features: headDimension, span: distances.span, kernels: workspace.kernels)
      let scratch = workspace.allocate(rows: crew?.threads ?? 1, columns: layout.count)
      let size = unsafe workspace.kernels.table.linear_packed_count(2 * distances.span, headDimension)
      unsafe distances.rows.withUnsafeBufferPointer { rows in
        guard let first = rows.baseAddress else { return }
        let run = unsafe DisentangledRun(
          kernels: workspace.kernels, heads: heads, features: headDimension, scale: scale,
          distances: first + (distances.longest - 1), positionKeys: positionKeys.map { unsafe UnsafePointer($0.start) },
          positionKeysSize: size, positionQueries: positionQueries.map { unsafe UnsafePointer($0.start) },
          positionQueriesSize: 2 * distances.span * headDimension, projected: workspace.pointer(projected),
          output: workspace.pointer(output), scratch: workspace.pointer(scratch), layout: layout)
        for (number, (start, end)) in zip(starts, starts.dropFirst()).enumerated() where end > start {
          var text = unsafe run
          unsafe text.rows = start..<end
          if let receive = workspace.attentionMaps {
            for head in 0..<heads { unsafe receive(number, head, text.map(head)) }
          }
          guard let crew else {
            for head in 0..<heads { unsafe text.attend(head, 0) }
            continue
          }
          unsafe crew.share(heads, text) { text, head, place in
            unsafe text.assumingMemoryBound(to: DisentangledRun.self).pointee.attend(head, place)
          }
        }
      }
    }
  }
}
