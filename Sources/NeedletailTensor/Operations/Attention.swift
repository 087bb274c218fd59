internal import CNeedletail

/// Multi-head attention over a ragged batch: every text attends to itself only, every token to its window.
///
/// After Vaswani and others 2017, arXiv:1706.03762, with an online softmax so that no `[length, length]` buffer exists
/// (Milakov and Gimelshein 2018, arXiv:1805.02867). Several queries may share a key and a value (grouped-query attention:
/// Ainslie and others 2023, arXiv:2305.13245).
package struct Attention: Sendable {
  package let heads: Int
  /// Heads of keys and of values; divides ``heads``.
  package let keyValueHeads: Int
  package let headDimension: Int
  /// Which tokens each token sees.
  package let window: AttentionWindow
  let scale: Float
  /// What bounds the scores, cap · tanh(score / cap); 0 for nothing.
  let cap: Float
  let bias: DistanceBias?
  private let rotary: RotaryPositions?
  private let queryNorm: Normalization?
  private let keyNorm: Normalization?
  private let disentangled: DisentangledAttention?

  /// - Parameters:
  ///   - heads: How many heads.
  ///   - keyValueHeads: How many keys and values a token has; as many as heads by default.
  ///   - headDimension: Features of one head.
  ///   - scale: What scores are multiplied with; 1/√headDimension by default.
  ///   - cap: What bounds the scores; 0 for nothing.
  ///   - window: Which tokens each token sees.
  ///   - bias: Added to the scores, or `nil`.
  ///   - rotary: How positions turn queries and keys, or `nil`.
  ///   - queryNorm: Of queries before they turn: of each head, or of all heads side by side.
  ///   - keyNorm: The same of keys.
  ///   - disentangled: What computes the scores where they have parts for positions, with a scale of its own; such
  ///     attention sees the whole text and has no cache.
  package init(
    heads: Int, keyValueHeads: Int? = nil, headDimension: Int, scale: Float? = nil, cap: Float = 0,
    window: AttentionWindow = .bidirectional, bias: DistanceBias? = nil, rotary: RotaryPositions? = nil,
    queryNorm: Normalization? = nil, keyNorm: Normalization? = nil, disentangled: DisentangledAttention? = nil
  ) {
    self.heads = heads
    self.keyValueHeads = keyValueHeads ?? heads
    precondition(heads % self.keyValueHeads == 0, "keys are shared evenly")
    self.headDimension = headDimension
    self.window = window
    self.scale = scale ?? 1 / Float(headDimension).squareRoot()
    self.cap = cap
    self.bias = bias
    self.rotary = rotary
    self.queryNorm = queryNorm
    self.keyNorm = keyNorm
    self.disentangled = disentangled
  }

  /// Features of all queries of a token, and of what comes out.
  package var queryFeatures: Int { heads * headDimension }
  /// Features of all keys of a token, and of all values.
  package var keyFeatures: Int { keyValueHeads * headDimension }
  /// Features of a row that ``forward(_:starts:to:cache:in:)`` takes.
  package var projectedFeatures: Int { queryFeatures + 2 * keyFeatures }

  /// An empty cache for one text.
  package func cache() -> KeyValueCache { KeyValueCache(features: keyFeatures) }

  /// Attends within each text, to its first ``Workspace/attended`` tokens where that says so.
  ///
  /// - Parameters:
  ///   - projected: `[tokens, projectedFeatures]`: queries, keys and values of each token side by side; overwritten where
  ///     they are normalised or turned.
  ///   - starts: Where each text's rows start, and where the last one's end.
  ///   - output: `[tokens, queryFeatures]`.
  ///   - cache: What came before the rows, which are of one text then; gets their keys and values.
  package func forward(
    _ projected: Block, starts: [Int], to output: Block, cache: KeyValueCache? = nil, in workspace: Workspace
  ) {
    precondition(projected.columns == projectedFeatures && output.columns == queryFeatures, "shapes fit")
    precondition(projected.rows == output.rows && starts.last == output.rows, "the texts cover all rows")
    prepare(projected, starts: starts, before: cache?.count ?? 0, in: workspace)
    guard let cache else { return attend(projected, starts: starts, to: output, in: workspace) }
    precondition(starts.count == 2, "a cache belongs to one text")
    precondition(disentangled == nil, "scores with parts for positions are of whole texts")
    let before = cache.count
    cache.append(projected, column: queryFeatures, in: workspace)
    if before == 0 {
      attend(projected, starts: starts, to: output, in: workspace)
    } else {
      follow(projected, before: before, cache, to: output, in: workspace)
    }
  }

  /// Normalises and turns queries and keys.
  private func prepare(_ projected: Block, starts: [Int], before: Int, in workspace: Workspace) {
    if let queryNorm {
      queryNorm.apply(to: projected, column: 0, count: queryFeatures / queryNorm.features, in: workspace)
    }
    if let keyNorm {
      keyNorm.apply(to: projected, column: queryFeatures, count: keyFeatures / keyNorm.features, in: workspace)
    }
    rotary?.apply(to: projected, heads: heads + keyValueHeads, starts: starts, before: before, in: workspace)
  }

  private func attend(_ projected: Block, starts: [Int], to output: Block, in workspace: Workspace) {
    if let disentangled { return disentangled.forward(projected, starts: starts, to: output, in: workspace) }
    let longest = zip(starts, starts.dropFirst()).map { $1 - $0 }.max() ?? 0
    guard longest > 0 else { return }
    if let receive = workspace.attentionMaps { maps.forward(projected, starts: starts, in: workspace, to: receive) }
    workspace.profile?.count(
      operations: 4 * queryFeatures
        * zip(starts, starts.dropFirst()).reduce(0) { $0 + window.pairs(length: $1.1 - $1.0) },
      bytes: (projected.rows * projected.columns + output.rows * output.columns) * 4)
    workspace.scoped {
      let crew = isWorthSharing(starts) ? workspace.crew : nil
      let pieces = min(heads, (crew?.threads ?? 1) * 2)
      let needed = unsafe workspace.kernels.table.attention_scratch_count(longest, headDimension)
      let scratch = workspace.allocate(rows: crew?.threads ?? 1, columns: (needed + 15) & ~15)
      let bias = bias?.forward(length: longest, in: workspace)
      let run = unsafe AttentionRun(
        kernel: workspace.kernels.table.attention_f32, heads: heads, keyValueHeads: keyValueHeads, pieces: pieces,
        headDimension: headDimension, scale: scale, cap: cap, limits: window.limits,
        projected: workspace.pointer(projected), output: workspace.pointer(output),
        bias: bias.map { unsafe UnsafePointer(workspace.pointer($0)) }, biasLength: bias?.columns ?? 0,
        scratch: workspace.pointer(scratch), scratchLength: scratch.columns)
      let attended = workspace.attended
      precondition(attended.map { $0.count == starts.count - 1 } ?? true, "each text says what is attended to")
      for (number, (start, end)) in zip(starts, starts.dropFirst()).enumerated() where end > start {
        var text = unsafe run
        unsafe text.rows = start..<end
        unsafe text.keys = attended?[number] ?? (end - start)
        precondition(unsafe text.keys == end - start || canLookOnly(length: end - start), "see canLookOnly")
        guard let crew else {
          for piece in 0..<pieces { unsafe text.attend(piece, 0) }
          continue
        }
        unsafe crew.share(pieces, text) { text, piece, place in
          unsafe text.assumingMemoryBound(to: AttentionRun.self).pointee.attend(piece, place)
        }
      }
    }
  }

  /// Whether tokens at the end of a text of this length may be ones that only look: where no distance counts.
  package func canLookOnly(length: Int) -> Bool {
    bias == nil && disentangled == nil && (window.before ?? length) >= length - 1
      && (window.after ?? length) >= length - 1
  }

  /// Whether the heads of an average text take a thread some microseconds.
  private func isWorthSharing(_ starts: [Int]) -> Bool {
    let squares = zip(starts, starts.dropFirst()).reduce(0) { $0 + ($1.1 - $1.0) * ($1.1 - $1.0) }
    return squares * headDimension * heads / (starts.count - 1) > 1 << 15
  }
}

/// The heads of one text, for threads to take.
@unsafe private struct AttentionRun {
  let kernel:
    @convention(c) (
      UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, Int, Float, Float, UnsafePointer<Float>?, Int,
      Int, UnsafeMutablePointer<Float>, Int, Int, Int, UnsafeMutablePointer<Float>
    ) -> Void
  let heads: Int
  let keyValueHeads: Int
  /// Groups of heads.
  let pieces: Int
  let headDimension: Int
  let scale: Float
  let cap: Float
  let limits: (before: Int, after: Int)
  let projected: UnsafeMutablePointer<Float>
  let output: UnsafeMutablePointer<Float>
  let bias: UnsafePointer<Float>?
  let biasLength: Int
  /// One piece for each thread that may compute.
  let scratch: UnsafeMutablePointer<Float>
  let scratchLength: Int
  /// The text's rows.
  var rows = 0..<0
  /// How many of them, the first, are keys and values.
  var keys = 0

  /// Attends with the heads of a group.
  func attend(_ piece: Int, _ place: Int) {
    for head in unsafe heads * piece / pieces..<heads * (piece + 1) / pieces { unsafe self.head(head, place) }
  }

  private func head(_ head: Int, _ thread: Int) {
    let (width, keyWidth) = unsafe (heads * headDimension, keyValueHeads * headDimension)
    let stride = width + 2 * keyWidth
    let row = unsafe projected + rows.lowerBound * stride
    let key = unsafe row + width + head * keyValueHeads / heads * headDimension
    let result = unsafe output + rows.lowerBound * width + head * headDimension
    // A shorter text's distances stand in the middle of the longest one's.
    let distances = unsafe bias.map { unsafe $0 + head * biasLength + (biasLength + 1) / 2 - rows.count }
    // As many queries at a time as there are keys; the last ones may come twice, with the same result.
    for first in unsafe Swift.stride(from: 0, to: rows.count, by: keys) {
      let place = unsafe min(first, rows.count - keys)
      unsafe kernel(
        row + place * stride + head * headDimension, key, key + keyWidth, stride, scale, cap, distances, limits.before,
        limits.after, result + place * width, width, keys, headDimension, scratch + thread * scratchLength)
    }
  }
}
