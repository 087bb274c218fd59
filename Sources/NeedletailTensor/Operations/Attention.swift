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
  private let rotary: RotaryPositions?

  /// - Parameters:
  ///   - heads: How many heads.
  ///   - headDimension: Features of one head.
  ///   - window: Which tokens each token sees.
  ///   - relativeBias: Added to the scaled scores, or `nil`.
  ///   - rotary: How positions turn queries and keys, or `nil`.
  package init(
    heads: Int, headDimension: Int, window: AttentionWindow = .bidirectional,
    relativeBias: RelativePositionBias? = nil, rotary: RotaryPositions? = nil
  ) {
    self.heads = heads
    self.headDimension = headDimension
    self.window = window
    self.scale = 1 / Float(headDimension).squareRoot()
    self.relativeBias = relativeBias
    self.rotary = rotary
  }

  /// Attends within each text, to its first ``Workspace/attended`` tokens where that says so.
  ///
  /// - Parameters:
  ///   - projected: `[tokens, 3 · heads · headDimension]`: query, key and value of each token side by side; overwritten
  ///     where positions turn them.
  ///   - starts: Where each text's rows start, and where the last one's end.
  ///   - output: `[tokens, heads · headDimension]`.
  package func forward(_ projected: Block, starts: [Int], to output: Block, in workspace: Workspace) {
    let hidden = heads * headDimension
    precondition(projected.columns == 3 * hidden && output.columns == hidden, "shapes fit")
    precondition(projected.rows == output.rows && starts.last == output.rows, "the texts cover all rows")
    let longest = zip(starts, starts.dropFirst()).map { $1 - $0 }.max() ?? 0
    guard longest > 0 else { return }
    rotary?.apply(to: projected, heads: 2 * heads, starts: starts, in: workspace)
    workspace.profile?.count(
      operations: 4 * hidden * zip(starts, starts.dropFirst()).reduce(0) { $0 + window.pairs(length: $1.1 - $1.0) },
      bytes: (projected.rows * projected.columns + output.rows * output.columns) * 4)
    workspace.scoped {
      let crew = isWorthSharing(starts) ? workspace.crew : nil
      let pieces = min(heads, (crew?.threads ?? 1) * 2)
      let needed = unsafe workspace.kernels.table.attention_scratch_count(longest, headDimension)
      let scratch = workspace.allocate(rows: crew?.threads ?? 1, columns: (needed + 15) & ~15)
      let bias = relativeBias?.forward(length: longest, in: workspace)
      let run = unsafe AttentionRun(
        kernel: workspace.kernels.table.attention_f32, heads: heads, pieces: pieces, headDimension: headDimension,
        scale: scale, limits: window.limits, projected: workspace.pointer(projected), output: workspace.pointer(output),
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
    relativeBias == nil && (window.before ?? length) >= length - 1 && (window.after ?? length) >= length - 1
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
      UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, Int, Float, UnsafePointer<Float>?, Int, Int,
      UnsafeMutablePointer<Float>, Int, Int, Int, UnsafeMutablePointer<Float>
    ) -> Void
  let heads: Int
  /// Groups of heads.
  let pieces: Int
  let headDimension: Int
  let scale: Float
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

  private func head(_ head: Int, _ place: Int) {
    let hidden = unsafe heads * headDimension
    let query = unsafe projected + rows.lowerBound * 3 * hidden + head * headDimension
    let result = unsafe output + rows.lowerBound * hidden + head * headDimension
    // A shorter text's distances stand in the middle of the longest one's.
    let distances = unsafe bias.map { unsafe $0 + head * biasLength + (biasLength + 1) / 2 - rows.count }
    // As many queries at a time as there are keys; the last ones may come twice, with the same result.
    for first in unsafe stride(from: 0, to: rows.count, by: keys) {
      let row = unsafe min(first, rows.count - keys)
      unsafe kernel(
        query + row * 3 * hidden, query + hidden, query + 2 * hidden, 3 * hidden, scale, distances, limits.before,
        limits.after, result + row * hidden, hidden, keys, headDimension, scratch + place * scratchLength)
    }
  }
}
