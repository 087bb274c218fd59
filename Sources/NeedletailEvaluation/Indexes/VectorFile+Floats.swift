internal import NeedletailTensor

extension VectorFile {
  /// The vectors where they lie in the file.
  ///
  /// - Throws: `TensorError` with code `.mismatch` where they are too few, of another dimension or no float32.
  func floats(dimension: Int, atLeast count: Int) throws(TensorError) -> MappedRegion {
    guard columns == dimension, rows >= count, let region = region(0..<rows) else {
      throw TensorError(
        .mismatch, path,
        "has \(rows) vectors of \(columns) \(type.rawValue) values; \(count) and more of \(dimension) as float32 in a "
          + ".npy file are expected")
    }
    return region
  }
}
