internal import CNeedletail

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How much each token takes from each other one: the softmax that ``Attention`` never writes down.
///
/// The plain form, for looking at a model. It needs memory for one head of one text, `[tokens, tokens]`, at a time.
package struct AttentionMaps: Sendable {
  /// Takes the map of one head of one text of the batch, `[tokens, tokens]`: a row a query, which adds up to 1.
  package typealias Receiver = (_ text: Int, _ head: Int, _ map: Matrix) -> Void

  let heads: Int
  /// Heads of keys and of values, each shared by as many heads of queries; a divisor of `heads`.
  let keyValueHeads: Int
  let headDimension: Int
  let window: AttentionWindow
  let scale: Float
  let cap: Float
  let bias: DistanceBias?

  package init(
    heads: Int, keyValueHeads: Int, headDimension: Int, window: AttentionWindow, scale: Float, cap: Float = 0,
    bias: DistanceBias?
  ) {
    precondition(heads % keyValueHeads == 0, "as many heads share each key")
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headDimension = headDimension
    self.window = window
    self.scale = scale
    self.cap = cap
    self.bias = bias
  }

  /// Computes the maps of every text, its heads in order.
  ///
  /// - Parameters:
  ///   - projected: `[tokens, (heads + 2 · keyValueHeads) · headDimension]`: query, key and value of each token side by
  ///     side, turned by their positions where they are.
  ///   - starts: Where each text's rows start, and where the last one's end.
  ///   - receive: Called with each map.
  package func forward(_ projected: Block, starts: [Int], in workspace: Workspace, to receive: Receiver) {
    precondition(
      projected.columns == (heads + 2 * keyValueHeads) * headDimension && starts.last == projected.rows, "shapes fit")
    for (text, (start, end)) in zip(starts, starts.dropFirst()).enumerated() where end > start {
      for head in 0..<heads { receive(text, head, map(head, projected.rows(start..<end), in: workspace)) }
    }
  }

  /// The map of one head over the rows of one text, of which there are some.
  private func map(_ head: Int, _ text: Block, in workspace: Workspace) -> Matrix {
    let length = text.rows
    let bias = bias.map { bias in (-(length - 1)...(length - 1)).map { bias.value(head: head, distance: $0) } }
    let keyColumn = (heads + head / (heads / keyValueHeads)) * headDimension
    var map = Matrix(rows: length, columns: length)
    var weights = [Float](repeating: 0, count: length)
    for query in 0..<length {
      let seen = max(0, query - (window.before ?? query))..<min(length, query + (window.after ?? length) + 1)
      unsafe workspace.kernels.table.dot_rows_f32(
        workspace.pointer(text) + query * text.columns + head * headDimension,
        workspace.pointer(text) + seen.lowerBound * text.columns + keyColumn, text.columns, seen.count, headDimension,
        &weights)
      // The element of distance −query is that of the first key.
      softmax(&weights, count: seen.count, bias?[(seen.lowerBound - query + length - 1)...])
      for (index, key) in seen.enumerated() { map.values[query * length + key] = weights[index] }
    }
    return map
  }

  /// weights[i] = exp(cap(scale · weights[i]) + bias[i]) / Σ, for the first `count`.
  private func softmax(_ weights: inout [Float], count: Int, _ bias: ArraySlice<Float>?) {
    var largest = -Float.infinity
    for index in 0..<count {
      weights[index] *= scale
      if cap > 0 { weights[index] = cap * tanhf(weights[index] / cap) }
      weights[index] += bias.map { $0[$0.startIndex + index] } ?? 0
      largest = max(largest, weights[index])
    }
    var sum: Float = 0
    for index in 0..<count {
      weights[index] = expf(weights[index] - largest)
      sum += weights[index]
    }
    for index in 0..<count { weights[index] /= sum }
  }
}

extension Attention {
  /// The same attention, to be looked at.
  var maps: AttentionMaps {
    AttentionMaps(
      heads: heads, keyValueHeads: keyValueHeads, headDimension: headDimension, window: window, scale: scale, cap: cap,
      bias: bias)
  }
}
