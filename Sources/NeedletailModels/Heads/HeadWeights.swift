internal import NeedletailTensor

/// Finds the weights of a head in a store.
struct HeadWeights: Sendable {
  let store: TensorStore
  let kernels: Kernels
  let changes: WeightChanges

  /// A product, always of float32: a head is small beside its encoder.
  ///
  /// - Parameter isOfEncoder: Whether the encoder's prefix stands before the name, whatever it is in this checkpoint.
  func linear(
    _ name: String, inputs: Int, outputs: Int, activation: Activation, hasBias: Bool, isOfEncoder: Bool
  ) throws(ModelError) -> Linear {
    let name = isOfEncoder ? try prefixed(name) : name
    return Linear(
      weight: try tensor(name + ".weight", [outputs, inputs]),
      bias: hasBias ? try tensor(name + ".bias", [outputs]) : nil, activation: activation, kernels: kernels)
  }

  func norm(_ name: String, features: Int, epsilon: Float, hasBias: Bool) throws(ModelError) -> Normalization {
    Normalization(
      gamma: try tensor(name + ".weight", [features]), beta: hasBias ? try tensor(name + ".bias", [features]) : nil,
      epsilon: epsilon)
  }

  /// The one name in the store that ends in this one.
  private func prefixed(_ name: String) throws(ModelError) -> String {
    if store.contains(name + ".weight") { return name }
    let found = store.names.filter { $0.hasSuffix(".\(name).weight") }
    guard let only = found.first, found.count == 1 else {
      throw ModelError(
        .weights, store.path,
        found.isEmpty
          ? "has no tensor \(name).weight, which the head needs"
          : "has several tensors for \(name).weight: \(found.joined(separator: ", "))")
    }
    return String(only.dropLast(".weight".count))
  }

  private func tensor(_ name: String, _ shape: [Int?]) throws(ModelError) -> FloatTensor {
    try changes.applied(to: store.weight(name, shape: shape, kernels: kernels), of: name)
  }
}
