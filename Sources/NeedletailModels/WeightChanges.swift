internal import NeedletailTensor

/// What adapters make of a model's weights, those of its heads among them.
struct WeightChanges: Sendable {
  /// In the order in which they are added.
  let adapters: [LowRankAdapter]
  /// Those that the family's checkpoints put before the names of the encoder's weights.
  let prefixes: [String]
  let kernels: Kernels

  /// A weight with the adapters' changes.
  ///
  /// - Parameters:
  ///   - name: What the checkpoint calls it, with or without one of the prefixes.
  ///   - isTransposed: Whether the weight has a row for each feature that goes in.
  ///   - renamed: What an adapter adds to the weight by another name, up · down; `nil` for nothing.
  /// - Throws: ``ModelError`` with code `.weights` for changes that do not fit, `.unsupported` where an adapter would
  ///   undo another's change.
  func applied(
    to tensor: FloatTensor, of name: String, isTransposed: Bool = false,
    renamed: (LowRankAdapter) throws(ModelError) -> (down: FloatTensor, up: FloatTensor)? = { _ in nil }
  ) throws(ModelError) -> FloatTensor {
    let prefix = prefixes.filter { name.hasPrefix($0) }.max { $0.count < $1.count } ?? ""
    let name = String(name.dropFirst(prefix.count))
    var tensor = tensor
    var isChanged = false
    for adapter in adapters {
      let module = adapter.module(of: name, prefixes: prefixes)
      if let whole = adapter.replacement(of: name, prefixes: prefixes) {
        guard !isChanged else {
          throw ModelError(
            .unsupported, adapter.path, "replaces \(name), which another adapter has changed; take one of them")
        }
        tensor = try adapter.replaced(whole, shape: tensor.shape, kernels: kernels)
        isChanged = true
      }
      if let module {
        tensor = try adapter.apply(module, to: tensor, isTransposed: isTransposed, kernels: kernels)
        isChanged = true
      } else if let (down, up) = try renamed(adapter) {
        do { tensor = try tensor.adding(up, down, scale: 1, for: name) } catch {
          throw ModelError(.weights, error.subject, error.message)
        }
        isChanged = true
      }
    }
    return tensor
  }
}
