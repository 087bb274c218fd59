/// The same numbers in another order, as the weights of some checkpoints need it.
extension FloatTensor {
  /// A matrix with rows and columns exchanged.
  package func transposed(for subject: String) throws(TensorError) -> FloatTensor {
    precondition(shape.count == 2, "a matrix has two dimensions")
    let (rows, columns) = (shape[0], shape[1])
    guard !isOutline else { return outlined([columns, rows]) }
    let memory = try AlignedFloats(zeros: count, for: subject)
    for row in 0..<rows {
      for column in 0..<columns { unsafe memory.start[column * rows + row] = start[row * columns + column] }
    }
    return unsafe FloatTensor(shape: [columns, rows], start: UnsafePointer(memory.start), owner: memory)
  }

  /// Some of the rows of a matrix, or of the numbers of a vector, in place.
  package func rows(_ range: Range<Int>) -> FloatTensor {
    precondition(
      shape.first.map { range.lowerBound >= 0 && range.upperBound <= $0 } ?? false, "the rows lie in the tensor")
    guard !isOutline else { return outlined([range.count] + shape.dropFirst()) }
    let columns = shape.dropFirst().reduce(1, *)
    return unsafe FloatTensor(
      shape: [range.count] + shape.dropFirst(), start: start + range.lowerBound * columns, owner: owner)
  }

  /// The outermost rows in another order: row `i` of the result is row `order[i]`.
  package func rows(_ order: [Int], for subject: String) throws(TensorError) -> FloatTensor {
    precondition(!shape.isEmpty && order.allSatisfy { (0..<shape[0]).contains($0) }, "the rows exist")
    guard !isOutline else { return outlined([order.count] + shape.dropFirst()) }
    let width = shape.dropFirst().reduce(1, *)
    let memory = try AlignedFloats(zeros: order.count * width, for: subject)
    for (place, row) in order.enumerated() {
      unsafe (memory.start + place * width).update(from: start + row * width, count: width)
    }
    return unsafe FloatTensor(
      shape: [order.count] + shape.dropFirst(), start: UnsafePointer(memory.start), owner: memory)
  }
}

extension FloatTensor {
  /// This matrix plus a product of two, in double precision inside.
  ///
  /// - Parameters:
  ///   - left: `[rows, r]`.
  ///   - right: `[r, columns]`.
  ///   - scale: What the product is multiplied with.
  package func adding(
    _ left: FloatTensor, _ right: FloatTensor, scale: Float, for subject: String
  ) throws(TensorError) -> FloatTensor {
    precondition(shape == [left.shape[0], right.shape[1]] && left.shape[1] == right.shape[0], "shapes fit")
    guard !isOutline else { return self }
    let (rows, columns, rank) = (shape[0], shape[1], left.shape[1])
    let memory = try AlignedFloats(zeros: count, for: subject)
    var sums = [Double](repeating: 0, count: columns)
    for row in 0..<rows {
      for column in 0..<columns { sums[column] = 0 }
      for depth in 0..<rank {
        let factor = unsafe Double(left.start[row * rank + depth])
        for column in 0..<columns { sums[column] += factor * Double(unsafe right.start[depth * columns + column]) }
      }
      for column in 0..<columns {
        unsafe memory.start[row * columns + column] = start[row * columns + column] + scale * Float(sums[column])
      }
    }
    return unsafe FloatTensor(shape: shape, start: UnsafePointer(memory.start), owner: memory)
  }
}
