#if Server
  internal import NeedletailTensor

  /// How alike two vectors are.
  enum Cosine {
    /// −1 to 1; 0 where one of them has no length.
    static func of(_ first: ArraySlice<Float>, _ second: ArraySlice<Float>, _ kernels: Kernels) -> Float {
      let lengths = (kernels.dot(first, first) * kernels.dot(second, second)).squareRoot()
      guard lengths > 0 else { return 0 }
      return min(1, max(-1, kernels.dot(first, second) / lengths))
    }
  }
#endif
