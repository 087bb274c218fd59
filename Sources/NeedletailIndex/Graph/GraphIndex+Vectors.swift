public import NeedletailTensor

extension GraphIndex {
  /// Lets the best hits of searches be compared by the vectors of a file, which is read as they are asked for.
  ///
  /// - Parameter file: The vectors by position, as float32 in a `.npy` file.
  /// - Throws: ``IndexError`` with code `.dimensionMismatch` where its vectors are fewer than ``positions``, of another
  ///   dimension or stored otherwise.
  public mutating func compare(with file: VectorFile) throws(IndexError) {
    guard file.columns == dimension, file.rows >= positions, let region = file.region(0..<file.rows) else {
      throw IndexError(
        .dimensionMismatch, file.path,
        "has \(file.rows) vectors of \(file.columns) \(file.type.rawValue) values; float32 of \(dimension) are expected"
      )
    }
    let vectors = try MappedVectors(region, norms: nil, dimension: dimension, metric: metric, kernels: kernels)
    exactValues = { query, positions in vectors.values(query, at: positions) }
  }
}
