internal import NeedletailTensor

extension TensorStore {
  /// A tensor of a model, in float32.
  ///
  /// - Parameter shape: What it should be; `nil` for any size.
  /// - Throws: ``ModelError`` with code `.weights` naming the tensor that is missing or does not fit.
  func weight(_ name: String, shape: [Int?], kernels: Kernels) throws(ModelError) -> FloatTensor {
    do { return try floats(name, shape: shape, kernels: kernels) } catch {
      throw ModelError(.weights, error.subject, error.message)
    }
  }
}
