extension FloatTensor {
  /// Some of the rows of a matrix, or of the numbers of a vector, in place.
  package func rows(_ range: Range<Int>) -> FloatTensor {
    precondition(
      shape.first.map { range.lowerBound >= 0 && range.upperBound <= $0 } ?? false, "the rows lie in the tensor")
    let columns = shape.dropFirst().reduce(1, *)
    return unsafe FloatTensor(
      shape: [range.count] + shape.dropFirst(), start: start + range.lowerBound * columns, owner: owner)
  }
}
