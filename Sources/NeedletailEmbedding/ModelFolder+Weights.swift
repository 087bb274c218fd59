internal import NeedletailJSON
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension ModelFolder {
  /// The tensors of this folder, or their outlines where they are only surveyed.
  func weights() throws(TensorError) -> TensorStore {
    let store = try TensorStore(folder: url)
    for path in store.paths { record?.note(path) }
    return survey.map { store.surveyed(by: $0) } ?? store
  }

  /// Why a vector is not a number: names the first tensor that holds such a value.
  ///
  /// - Complexity: O(bytes of the weights); only called when a vector was found to be none.
  static func notANumber(_ folder: URL?, kernels: Kernels) -> EmbeddingError {
    guard let folder else {
      return EmbeddingError(.malformed, BundledModel.tableName, "gives a vector that is not a number")
    }
    let files = (try? ModelFiles(folder))?.files ?? []
    for file in files where file.holdsWeights {
      guard let store = try? TensorStore(file: file.url) else { continue }
      for tensor in store.names {
        guard let shape = store.entry(tensor)?.shape,
          let values = try? store.floats(tensor, shape: shape, kernels: kernels).values,
          let value = values.first(where: { !$0.isFinite })
        else { continue }
        return EmbeddingError(
          .malformed, "\(store.path): tensor \(tensor)",
          "holds \(value), which makes vectors that are not a number; fetch or convert the model again")
      }
    }
    return EmbeddingError(
      .malformed, folder.path, "gives a vector that is not a number: its weights are too large for float32")
  }
}
