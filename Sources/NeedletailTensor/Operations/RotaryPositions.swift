#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Positions as rotations of queries and keys: feature `i` of a head and feature `i + d/2` turn by
/// position · base^(−2i/d) (RoFormer: Su and others 2021, arXiv:2104.09864, in the order of features that GPT-NeoX
/// introduced).
package struct RotaryPositions: Sendable {
  /// d, the features of a head.
  package let headDimension: Int
  /// Positions that there are.
  package let positions: Int
  private let frequencies: [Float]
  /// For each of the first positions the cosines of its d/2 angles, then their sines.
  private let table: [Float]
  /// Numbers in the table at most, 4 MB; later positions are computed where they occur.
  private static let mostNumbers = 1 << 20

  /// - Parameters:
  ///   - headDimension: Even.
  ///   - base: What the wavelengths grow with, 10,000 in the paper.
  ///   - positions: How long a text may be.
  package init(headDimension: Int, base: Float, positions: Int) {
    precondition(headDimension % 2 == 0, "features turn in pairs")
    self.headDimension = headDimension
    self.positions = positions
    // Float32 throughout, as the reference computes it.
    let frequencies = stride(from: 0, to: headDimension, by: 2).map { feature in
      1 / powf(base, Float(feature) / Float(headDimension))
    }
    self.frequencies = frequencies
    table = (0..<min(positions, Self.mostNumbers / headDimension)).flatMap { Self.angles($0, frequencies) }
  }

  private static func angles(_ position: Int, _ frequencies: [Float]) -> [Float] {
    frequencies.map { cosf(Float(position) * $0) } + frequencies.map { sinf(Float(position) * $0) }
  }

  /// Turns the first `heads` heads of every row, in place.
  ///
  /// - Parameters:
  ///   - rows: `[tokens, …]`, heads side by side.
  ///   - starts: Where each text's rows start, and where the last one's end.
  package func apply(to rows: Block, heads: Int, starts: [Int], in workspace: Workspace) {
    precondition(rows.columns >= heads * headDimension && starts.last == rows.rows, "shapes fit")
    let values = unsafe workspace.pointer(rows)
    for (start, end) in zip(starts, starts.dropFirst()) {
      precondition(end - start <= positions, "every token has a position")
      for row in start..<end {
        let place = (row - start) * headDimension
        let angles =
          place < table.count
          ? table[place..<place + headDimension] : Self.angles(row - start, frequencies)[...]
        unsafe angles.withUnsafeBufferPointer { angles in
          unsafe turn(values + row * rows.columns, heads: heads, angles)
        }
      }
    }
  }

  private func turn(_ row: UnsafeMutablePointer<Float>, heads: Int, _ angles: UnsafeBufferPointer<Float>) {
    let half = headDimension / 2
    for head in 0..<heads {
      let first = unsafe row + head * headDimension
      for i in 0..<half {
        let (x, y, cosine, sine) = unsafe (first[i], first[i + half], angles[i], angles[i + half])
        unsafe first[i] = x * cosine - y * sine
        unsafe first[i + half] = y * cosine + x * sine
      }
    }
  }
}
