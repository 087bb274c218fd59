internal import NeedletailTensor

/// Which modules of adapters belong to which weights: checkpoints may store a product otherwise than the modules that
/// other programs make of it, query, key and value in one for instance.
extension TransformerWeights {
  /// What weights may be called: as in this checkpoint, and as the family's modules are called in other programs.
  private var allNames: [TransformerFamily.WeightNames] {
    let family = configuration.family
    return [names] + [family.weights, family.otherWeights].compactMap(\.self).filter { $0.layer != names.layer }
  }

  /// Each way to name one of a layer's four products, that of this checkpoint first.
  func productWeights(_ place: Int, of layer: Int) -> [ProductWeight] {
    allNames.map { productWeight(place, of: layer, others: $0) }
  }

  /// How many of a layer's four products it has; the others are its experts'.
  func products(of layer: Int) -> Int { configuration.expertLayers[layer] ? 2 : 4 }

  /// The module of an adapter that changes a weight, or `nil`.
  func module(_ adapter: LowRankAdapter, _ weight: String) -> String? {
    adapter.module(of: weight, prefixes: configuration.family.prefixes)
  }

  /// The modules of an adapter that change a weight of this checkpoint.
  func modules(_ adapter: LowRankAdapter, of name: String) -> [String] {
    if let module = module(adapter, name) { return [module] }
    return renamed(name)?.weights.flatMap(\.names).compactMap { module(adapter, $0 + ".weight") } ?? []
  }

  /// Checks that the model has every weight that an adapter changes, by whatever name.
  func check(_ adapter: LowRankAdapter) throws(ModelError) {
    let renamed = Set(
      (0..<configuration.layerGroups).flatMap { layer in
        (0..<products(of: layer)).flatMap { productWeights($0, of: layer).dropFirst().flatMap(\.names) }
      })
    try adapter.check(
      { store.contains(prefix + $0) || store.contains($0) || renamed.contains(String($0.dropLast(".weight".count))) },
      prefixes: configuration.family.prefixes)
  }

  /// What an adapter adds to a stored weight, up · down, where it calls the product's modules otherwise; `nil` for
  /// nothing.
  func renamedChange(
    _ adapter: LowRankAdapter, of name: String
  ) throws(ModelError) -> (down: FloatTensor, up: FloatTensor)? {
    guard let (weights, rows) = renamed(name) else { return nil }
    for weight in weights {
      if let (down, up) = try matrices(adapter, weight) { return (down, up.rows(rows)) }
    }
    return nil
  }

  /// The other names of the product that a stored weight is of, and which of the product's rows it has.
  private func renamed(_ name: String) -> (weights: ArraySlice<ProductWeight>, rows: Range<Int>)? {
    guard configuration.family.otherWeights != nil, name.hasPrefix(names.layer), name.hasSuffix(".weight"),
      let layer = name.dropFirst(names.layer.count).split(separator: ".").first.flatMap({ Int($0) }),
      (0..<configuration.layerGroups).contains(layer)
    else { return nil }
    for place in 0..<products(of: layer) {
      let weights = productWeights(place, of: layer)
      guard let part = weights[0].names.firstIndex(of: String(name.dropLast(".weight".count))) else { continue }
      let first = weights[0].outputs[..<part].reduce(0, +)
      return (weights.dropFirst(), first..<first + weights[0].outputs[part])
    }
    return nil
  }

  /// The two matrices of an adapter's change of a product, up · down; `nil` where it changes none of its modules.
  ///
  /// - Returns: `down`, `[r, inputs]`, and `up`, `[outputs, r]`, its rows as this checkpoint's product has them.
  func matrices(
    _ adapter: LowRankAdapter, _ weight: ProductWeight
  ) throws(ModelError) -> (down: FloatTensor, up: FloatTensor)? {
    var downs: [FloatTensor] = []
    var ups: [(firstRow: Int, matrix: FloatTensor)] = []
    var rows = 0
    for (name, outputs) in zip(weight.names, weight.outputs) {
      if let module = module(adapter, name + ".weight") {
        let (down, up) = try adapter.matrices(
          of: module, inputs: weight.inputs, outputs: outputs, isTable: false, kernels: kernels)
        downs.append(down)
        ups.append((rows, up))
      }
      rows += outputs
    }
    guard !downs.isEmpty else { return nil }
    do {
      var up = Self.sideBySide(ups, rows: rows)
      if let order = weight.order { up = try up.rows(order, for: weight.names[0]) }
      return (try .stacked(downs), up)
    } catch { throw ModelError(.weights, error.subject, error.message) }
  }

  /// One matrix of several, each with rows and columns of its own, zero elsewhere.
  private static func sideBySide(_ parts: [(firstRow: Int, matrix: FloatTensor)], rows: Int) -> FloatTensor {
    let columns = parts.reduce(0) { $0 + $1.matrix.shape[1] }
    var values = [Float](repeating: 0, count: rows * columns)
    var column = 0
    for (firstRow, matrix) in parts {
      let (width, numbers) = (matrix.shape[1], matrix.values)
      for (index, value) in numbers.enumerated() {
        values[(firstRow + index / width) * columns + column + index % width] = value
      }
      column += width
    }
    return FloatTensor(values, shape: [rows, columns])
  }
}
