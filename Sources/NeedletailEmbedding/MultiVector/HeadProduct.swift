internal import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The products that BGE-M3 keeps in files of their own: `weight` and `bias` of one layer.
enum HeadProduct {
  /// Reads `name.safetensors` of a folder.
  ///
  /// - Parameters:
  ///   - outputs: How many features come out; `nil` for any.
  /// - Throws: ``EmbeddingError`` with code `.unreadable` that names the file, also where there is one of another kind.
  static func read(
    _ name: String, in folder: ModelFolder, inputs: Int, outputs: Int?, activation: Activation = .identity,
    precision: Precision, kernels: Kernels
  ) throws(EmbeddingError) -> Linear {
    guard let file = ["\(name).safetensors", "\(name).pt"].first(where: folder.has).map(folder.file) else {
      throw EmbeddingError(
        .unreadable, folder.file("\(name).safetensors").path,
        "is missing, and so is \(name).pt; the model needs it beside its encoder")
    }
    let weight: FloatTensor
    let bias: FloatTensor
    do {
      let store = try TensorStore(file: file)
      weight = try store.floats("weight", shape: [outputs, inputs], kernels: kernels)
      bias = try store.floats("bias", shape: [weight.shape[0]], kernels: kernels)
    } catch { throw EmbeddingError(error.code == .missing ? .unreadable : .malformed, error.subject, error.message) }
    // An activation may hide what is not a number.
    guard weight.values.allSatisfy(\.isFinite), bias.values.allSatisfy(\.isFinite) else {
      throw EmbeddingError(.malformed, file.path, "holds a value that is not a number; fetch the model again")
    }
    return Linear(weight: weight, bias: bias, activation: activation, precision: precision, kernels: kernels)
  }
}
