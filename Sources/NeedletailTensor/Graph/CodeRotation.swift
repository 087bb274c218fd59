internal import CNeedletail

/// An orthogonal transform that spreads what a vector has over all features, so that few bits hold each of them.
///
/// Signs and a Walsh–Hadamard transform of blocks, an exchange of features between the blocks, and the same again. The
/// lengths and inner products of vectors stay as they are. Features that are missing to a multiple of 64 are zeros.
package struct CodeRotation: Sendable {
  /// Features of a vector before the rotation.
  package let dimension: Int
  /// Features after it: a multiple of 64.
  package let codeDimension: Int
  private let firstSigns: [Float]
  private let secondSigns: [Float]

  package init(dimension: Int) {
    precondition(dimension > 0, "vectors have at least one value")
    self.dimension = dimension
    let padded = (dimension + 63) / 64 * 64
    codeDimension = padded
    firstSigns = Rotation(features: padded).signs
    // Other signs for the second time: those of the features that would come next.
    secondSigns = Array(Rotation(features: 2 * padded).signs[padded...])
  }

  /// Rotates one vector, to which zeros were added to ``codeDimension``.
  package func rotate(_ vector: [Float], kernels: Kernels) -> [Float] {
    precondition(vector.count == codeDimension, "the vector has as many values as its code")
    let count = codeDimension
    var turned = [Float](repeating: 0, count: count)
    var result = [Float](repeating: 0, count: count)
    let block = unsafe kernels.table.rotate_f32(vector, count, firstSigns, &turned, 1, count)
    let blocks = count / block
    let scale = 1 / Float(block)
    // Feature i of the blocks goes to block i % blocks, so that each block gets some of every other.
    var exchanged = [Float](repeating: 0, count: count)
    for first in 0..<blocks {
      for index in 0..<block { exchanged[first * block + index] = turned[index * blocks + first] * scale }
    }
    _ = unsafe kernels.table.rotate_f32(exchanged, count, secondSigns, &result, 1, count)
    return result
  }
}
