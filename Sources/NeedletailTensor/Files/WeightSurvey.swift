internal import Synchronization

/// What a model would read of its tensors, and what memory that would take: a model is built from outlines, which have
/// shapes and no numbers, so that nothing is packed.
package final class WeightSurvey: Sendable {
  /// A tensor that was asked for.
  package struct Reading: Sendable {
    package let name: String
    /// How many numbers it has.
    package let count: Int
  }

  /// A matrix product with a weight.
  private struct Product {
    let outputs: Int
    let inputs: Int
    /// Whether it multiplies what the precision of the model says, and not float32 in any case.
    let isNarrow: Bool
  }

  private struct State {
    var stores: [TensorStore] = []
    /// By the path of the store and the name.
    var readings: [String: [String: Reading]] = [:]
    /// What all tensors take as they are read.
    var bytes = 0
    var products: [Product] = []
  }

  private let state = Mutex(State())

  package init() {}

  func note(_ store: TensorStore) { state.withLock { $0.stores.append(store) } }

  func note(_ name: String, of store: TensorStore, numbers: Int, bytes: Int) {
    state.withLock { state in
      let isNew =
        state.readings[store.path, default: [:]].updateValue(Reading(name: name, count: numbers), forKey: name) == nil
      if isNew { state.bytes += bytes }
    }
  }

  func note(product outputs: Int, _ inputs: Int, _ precision: Precision) {
    state.withLock {
      $0.products.append(Product(outputs: outputs, inputs: inputs, isNarrow: precision != .float32))
    }
  }

  /// The files of tensors that were opened.
  package var stores: [TensorStore] { state.withLock { $0.stores } }

  /// The tensors that were asked for, of every file.
  package var readings: [Reading] { state.withLock { $0.readings.values.flatMap(\.values) } }

  /// Whether a tensor was asked for.
  package func hasRead(_ name: String, of store: TensorStore) -> Bool {
    state.withLock { $0.readings[store.path]?[name] != nil }
  }

  /// The bytes of the weights in memory: those of products packed for the kernels, others as they are read.
  ///
  /// - Parameter precision: That of the products; the survey was made with a narrow one.
  /// - Returns: `nil` where the precision has no such products.
  package func bytes(_ precision: Precision, kernels: Kernels) -> Int? {
    let (all, products) = state.withLock { ($0.bytes, $0.products) }
    if precision == .int8, products.contains(where: { $0.isNarrow && $0.inputs > Linear.mostInt8Inputs }) { return nil }
    return products.reduce(all) { sum, product in
      let packed = Linear.packedBytes(
        outputs: product.outputs, inputs: product.inputs, precision: product.isNarrow ? precision : .float32, kernels)
      return sum + packed - product.outputs * product.inputs * MemoryLayout<Float>.stride
    }
  }
}
