/// A map of vectors into another space: a matrix, and then an offset.
package struct AffineMap: Sendable, Equatable {
  /// How many values the vectors have that it takes.
  package let inputs: Int
  /// How many values the vectors have that it gives.
  package let outputs: Int
  /// `[outputs, inputs]`, row-major.
  package let weights: [Float]
  /// `[outputs]`.
  package let offset: [Float]

  /// Puts a map together.
  package init(inputs: Int, outputs: Int, weights: [Float], offset: [Float]) {
    precondition(
      inputs > 0 && weights.count == inputs * outputs && offset.count == outputs, "a map has outputs · inputs weights")
    (self.inputs, self.outputs, self.weights, self.offset) = (inputs, outputs, weights, offset)
  }

  /// Maps a vector.
  ///
  /// - Parameter vector: `[inputs]`.
  /// - Returns: `[outputs]`.
  package func image(of vector: ArraySlice<Float>, _ kernels: Kernels) -> [Float] {
    precondition(vector.count == inputs, "the vector has as many values as the map takes")
    var image = [Float](repeating: 0, count: outputs)
    kernels.dots(vector, weights[...], to: &image)
    for index in image.indices { image[index] += offset[index] }
    return image
  }
}
