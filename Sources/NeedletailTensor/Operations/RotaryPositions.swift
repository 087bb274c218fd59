internal import CNeedletail

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Positions as rotations of queries and keys: feature `i` of a head and feature `i + r/2` turn by position · frequency i
/// (RoFormer: Su and others 2021, arXiv:2104.09864, in the order of features that GPT-NeoX introduced).
package struct RotaryPositions: Sendable {
  /// How the features of texts turn that have more than so many tokens.
  package enum Longer: Sendable {
    /// By other angles, the same for all such texts.
    case frequencies([Float], over: Int)
    /// By a base that grows with the text, to base · (factor · length / limit − factor + 1)^(r/(r−2)), where r is over 2.
    case growingBase(from: Float, factor: Float, over: Int)
  }

  /// d, the features of a head.
  package let headDimension: Int
  /// r, how many of them turn: the first.
  package let turned: Int
  /// Positions that there are.
  package let positions: Int
  private let frequencies: [Float]
  private let scale: Float
  private let longer: Longer?
  /// For each of the first positions the cosines of its r/2 angles, then their sines.
  private let table: [Float]
  /// Numbers in the table at most, 4 MB; later positions are computed where they occur.
  private static let mostNumbers = 1 << 20

  /// - Parameters:
  ///   - headDimension: Features of a head.
  ///   - frequencies: Angles from one position to the next, one for each pair of features that turn.
  ///   - scale: What cosines and sines are multiplied with.
  ///   - longer: Other angles for texts over a length, or `nil`.
  ///   - positions: How long a text may be.
  package init(
    headDimension: Int, frequencies: [Float], scale: Float = 1, longer: Longer? = nil, positions: Int
  ) {
    precondition(!frequencies.isEmpty && 2 * frequencies.count <= headDimension, "features turn in pairs")
    self.headDimension = headDimension
    turned = 2 * frequencies.count
    self.positions = positions
    self.frequencies = frequencies
    self.scale = scale
    self.longer = longer
    table = (0..<min(positions, Self.mostNumbers / turned)).flatMap { Self.angles($0, frequencies, scale) }
  }

  /// All features turn, feature `i` by position · base^(−2i/d).
  package init(headDimension: Int, base: Float, positions: Int) {
    self.init(
      headDimension: headDimension, frequencies: Self.frequencies(features: headDimension, base: base),
      positions: positions)
  }

  /// base^(−2i/r), each computed in float32 as the reference does it.
  package static func frequencies(features: Int, base: Float) -> [Float] {
    stride(from: 0, to: features, by: 2).map { 1 / powf(base, Float($0) / Float(features)) }
  }

  private static func angles(_ position: Int, _ frequencies: [Float], _ scale: Float) -> [Float] {
    frequencies.map { scale * cosf(Float(position) * $0) } + frequencies.map { scale * sinf(Float(position) * $0) }
  }

  /// What texts of a length have instead of the usual angles, `nil` for those.
  private func otherFrequencies(length: Int) -> [Float]? {
    switch longer {
    case .frequencies(let other, let limit) where length > limit: return other
    case .growingBase(let base, let factor, let limit) where length > limit:
      // Float32 throughout, as the reference computes it.
      let stretch = factor * Float(length) / Float(limit) - (factor - 1)
      return Self.frequencies(features: turned, base: base * powf(stretch, Float(turned) / Float(turned - 2)))
    default: return nil
    }
  }

  /// Turns the first `heads` heads of every row, in place.
  ///
  /// Where longer texts turn otherwise, it is each text's own length that counts, with the positions before its rows.
  ///
  /// - Parameters:
  ///   - rows: `[tokens, …]`, heads side by side.
  ///   - starts: Where each text's rows start, and where the last one's end.
  ///   - before: Positions before the first row of each text.
  package func apply(to rows: Block, heads: Int, starts: [Int], before: Int = 0, in workspace: Workspace) {
    precondition(rows.columns >= heads * headDimension && starts.last == rows.rows, "shapes fit")
    let values = unsafe workspace.pointer(rows)
    for (start, end) in zip(starts, starts.dropFirst()) {
      let length = before + end - start
      precondition(length <= positions, "every token has a position")
      let others = otherFrequencies(length: length)
      for row in start..<end {
        let position = before + row - start
        let place = position * turned
        let angles =
          others == nil && place < table.count
          ? table[place..<place + turned] : Self.angles(position, others ?? frequencies, scale)[...]
        unsafe angles.withUnsafeBufferPointer { angles in
          guard let cosines = angles.baseAddress else { return }
          unsafe workspace.kernels.table.turn_f32(
            values + row * rows.columns, headDimension, heads, cosines, cosines + turned / 2, turned / 2)
        }
      }
    }
  }
}
