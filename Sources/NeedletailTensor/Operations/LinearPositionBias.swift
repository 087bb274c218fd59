#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A bias that falls with the distance of two tokens, −slope · |j − i|, with a slope for each head (ALiBi: Press, Smith
/// and Lewis 2022, arXiv:2108.12409; both ways, as JinaBERT has it).
///
/// A causal reference that adds slope · j instead adds the same number to every key of a query, which softmax does not
/// see.
package struct LinearPositionBias: Sendable {
  private let slopes: [Float]

  /// - Parameter heads: How many heads; where that is no power of two, the paper's rule for the rest is followed.
  package init(heads: Int) {
    precondition(heads > 0, "there is a head")
    let power = 1 << (Int.bitWidth - 1 - heads.leadingZeroBitCount)
    slopes = Self.slopes(power) + (0..<heads - power).map { Self.slopes(2 * power)[2 * $0] }
  }

  /// 2^(−8/n), its square, …, for n a power of two.
  private static func slopes(_ heads: Int) -> [Float] {
    (1...heads).map { Float(pow(2, -8 * Double($0) / Double(heads))) }
  }

  /// The bias of one head for key position minus query position.
  package func value(head: Int, distance: Int) -> Float { -slopes[head] * Float(abs(distance)) }

  /// The bias of every head, a row each; element `j − i + length − 1` belongs to query `i` and key `j`.
  func forward(length: Int, in workspace: Workspace) -> Block {
    let output = workspace.allocate(rows: slopes.count, columns: 2 * length - 1)
    let values = unsafe workspace.pointer(output)
    for head in slopes.indices {
      for column in 0..<output.columns {
        unsafe values[head * output.columns + column] = value(head: head, distance: column - (length - 1))
      }
    }
    return output
  }
}
