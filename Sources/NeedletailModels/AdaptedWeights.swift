package import NeedletailTensor

/// The tensors of a checkpoint as adapters change them, for one who stores them instead of computing with them.
package struct AdaptedWeights: Sendable {
  private let weights: TransformerWeights
  /// The tensors that change, to what adapters call them.
  private let changed: [String: String]

  /// Finds what changes.
  ///
  /// - Parameters:
  ///   - configuration: What `config.json` says.
  ///   - store: The tensors of the base.
  ///   - adapters: Changes of the weights, added in their order.
  ///   - kernels: What widens float16 and bfloat16.
  /// - Throws: ``ModelError`` with code `.weights` that names a module which the model does not have, `.unsupported` for
  ///   quantised weights.
  package init(
    configuration: TransformerConfiguration, store: TensorStore, adapters: [LowRankAdapter], kernels: Kernels
  ) throws(ModelError) {
    guard !configuration.isQuantized else {
      throw ModelError(
        .unsupported, store.path,
        "has quantised weights, which cannot be stored with changes; merge into float weights")
    }
    weights = try TransformerWeights(
      configuration: configuration, store: store, adapters: adapters, kernels: kernels)
    let prefix = weights.prefix
    var changed: [String: String] = [:]
    var found = adapters.map { _ in Set<String>() }
    for stored in store.names {
      let name = stored.hasPrefix(prefix) ? String(stored.dropFirst(prefix.count)) : stored
      // With the prefix there is another of this name, which is the one that the model reads.
      guard stored.hasPrefix(prefix) || !store.contains(prefix + stored) else { continue }
      for (index, adapter) in adapters.enumerated() {
        var paths = weights.modules(adapter, of: name).map { $0 + ".weight" }
        if let path = adapter.replacement(of: name, prefixes: configuration.family.prefixes) { paths.append(path) }
        for path in paths {
          changed[stored] = name
          found[index].insert(path)
        }
      }
    }
    for (adapter, found) in zip(adapters, found) {
      guard let path = adapter.paths.first(where: { !found.contains($0) }) else { continue }
      throw ModelError(.weights, adapter.path, "changes \(path), which the model does not have")
    }
    self.changed = changed
  }

  /// Whether the table of words changes that is the only one of its shape, so that a head would be tied to it.
  package var changesTiedWords: Bool {
    let words = weights.prefix + weights.names.words
    let shape = weights.store.entry(words)?.shape
    let isAlone = weights.store.names.filter { weights.store.entry($0)?.shape == shape }.count == 1
    return changed[words] != nil && weights.configuration.isTied && isAlone
  }

  /// The sum of a tensor and its changes in float32; `nil` where nothing changes it.
  ///
  /// - Parameter name: One of the store's.
  package func tensor(_ name: String) throws(ModelError) -> FloatTensor? {
    guard let called = changed[name], let shape = weights.store.entry(name)?.shape else { return nil }
    return try weights.changed(weights.store.weight(name, shape: shape, kernels: weights.kernels), called)
  }
}
