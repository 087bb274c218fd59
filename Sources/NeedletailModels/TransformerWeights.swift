internal import NeedletailTensor

/// Finds the weights of a transformer in a store, under whatever prefix the checkpoint gave them.
struct TransformerWeights: Sendable {
  let configuration: TransformerConfiguration
  let store: TensorStore
  let kernels: Kernels
  let prefix: String
  /// Changes of the weights, in the order in which they are added.
  let adapters: [LowRankAdapter]
  /// The rotary positions of each rule; layers of one kind share them.
  private let rotary: [RotaryRule: RotaryPositions]

  let names: TransformerFamily.WeightNames

  init(
    configuration: TransformerConfiguration, store: TensorStore, adapters: [LowRankAdapter] = [], kernels: Kernels
  ) throws(ModelError) {
    let words = configuration.family.weights.words
    guard let prefix = ([""] + configuration.family.prefixes).first(where: { store.contains($0 + words) }) else {
      throw ModelError(
        .weights, store.path, "has no tensor \(words); is it a \(configuration.modelType) checkpoint?")
    }
    self.configuration = configuration
    self.store = store
    self.kernels = kernels
    self.prefix = prefix
    self.adapters = adapters
    let family = configuration.family
    names =
      [family.weights, family.otherWeights].compactMap(\.self).first { names in
        [names.attentionOutput, names.down].allSatisfy {
          store.contains("\(prefix)\(names.layer)0\(names.afterLayer)\($0).weight")
        }
      } ?? family.weights
    rotary = Set(configuration.rules.compactMap(\.rotary)).reduce(into: [:]) { tables, rule in
      tables[rule] = rule.positions(
        headDimension: configuration.headDimension, longest: configuration.maximumLength)
    }
    for adapter in adapters { try check(adapter) }
  }

  func embeddings() throws(ModelError) -> InputEmbeddings {
    let size = configuration.embeddingSize
    let isLast = configuration.family.normalizesProjected && size != configuration.hiddenSize
    let features = isLast ? configuration.hiddenSize : size
    let last = try names.embeddingNorm.map { (name) throws(ModelError) in try norm(name, features: features) }
    let table = { (name: String, rows: Int) throws(ModelError) in
      rows > 0 ? LookupTable(try tensor(name, [rows, size])) : nil
    }
    return InputEmbeddings(
      words: LookupTable(try tensor(names.words, [configuration.vocabularySize, size])),
      wordScale: configuration.family.scalesWords ? Float(configuration.hiddenSize).squareRoot() : 1,
      positions: try table(names.positions, configuration.hasPositionTable ? configuration.maximumPositions : 0),
      segments: try table(names.segments, configuration.segments),
      tasks: try table(names.tasks ?? "", configuration.tasks),
      norm: isLast ? nil : last,
      // ALBERT has it even where the two have one size.
      projection: size == configuration.hiddenSize && !store.contains(prefix + names.embeddingProjection + ".weight")
        ? nil
        : try linear(
          [names.embeddingProjection], size, [configuration.hiddenSize],
          hasBias: !configuration.family.normalizesProjected, precision: .float32),
      projectedNorm: isLast ? last : nil,
      positionRule: configuration.family.positions,
      paddingID: Int32(configuration.paddingID))
  }

  /// The normalisation after the last layer.
  func finalNorm() throws(ModelError) -> Normalization? {
    guard let name = names.finalNorm else { return nil }
    return try norm(name, features: configuration.hiddenSize)
  }

  /// The product that gives logits of words; where the checkpoint has none and ties it, the words' own rows.
  ///
  /// - Parameter ids: The words that are wanted, each in the vocabulary; all by default.
  func languageHead(of ids: [Int]? = nil, precision: Precision) throws(ModelError) -> Linear {
    guard let name = names.head, configuration.family.isCausal else {
      throw ModelError(
        .unsupported, store.path, "a \(configuration.modelType) model gives no numbers for the next word")
    }
    let (words, hidden) = (configuration.vocabularySize, configuration.hiddenSize)
    var weight: FloatTensor
    var bias: FloatTensor?
    if store.contains(name + ".weight") {
      weight = try tensor(name + ".weight", changedAs: name + ".weight", [words, hidden])
      if store.contains(name + ".bias") { bias = try tensor(name + ".bias", changedAs: name + ".bias", [words]) }
    } else {
      guard configuration.isTied else { throw ModelError(.weights, store.path, "has no tensor \(name).weight") }
      // A change of the words' table is none of the head's, as in PEFT.
      weight = try store.weight(prefix + names.words, shape: [words, hidden], kernels: kernels)
    }
    if let ids {
      do {
        weight = try weight.rows(ids, for: name)
        bias = try bias?.rows(ids, for: name)
      } catch { throw ModelError(.weights, error.subject, error.message) }
    }
    return Linear(weight: weight, bias: bias, precision: precision, kernels: kernels)
  }

  /// Packs those layers that have weights of their own, one matrix product an item.
  ///
  /// - Parameter calibration: How large the inputs of the only layer's products become, for int8.
  func layers(
    _ indices: Range<Int>, precision: Precision, calibration: LayerCalibration? = nil, team: ComputeTeam
  ) async throws -> [TransformerLayer] {
    let bias = try distanceBias()
    let distances = try distances()
    let attentions = try await team.map(indices.count) { item in
      let layer = indices.lowerBound + item
      return try attention(of: layer, rule: configuration.rules[layer], bias: bias, distances: distances)
    }
    let products = try await team.map(indices.count * 4) { item in
      let index = indices.lowerBound + item / 4
      // What experts have instead is read below.
      guard item % 4 < 2 || !configuration.expertLayers[index] else { return nil as Linear? }
      return try product(item % 4, of: index, precision: precision, calibration: calibration)
    }
    var experts: [Int: Experts] = [:]
    for index in indices where configuration.expertLayers[index] {
      experts[index] = try await self.experts(of: index, precision: precision, calibration: calibration, team: team)
    }
    return try indices.enumerated().map { position, index in
      guard let projection = products[position * 4], let attentionOutput = products[position * 4 + 1] else {
        preconditionFailure("every layer has these products")
      }
      let layer = "\(names.layer)\(index)\(names.afterLayer)"
      let hidden = configuration.hiddenSize
      let sumNorm = { (name: String?) throws(ModelError) in
        try name.map { (name) throws(ModelError) in try norm(layer + name, features: hidden) }
      }
      return TransformerLayer(
        order: configuration.order, projection: projection, attention: attentions[position],
        attentionOutput: attentionOutput,
        attentionNorm: index > 0 || configuration.family.normalizesFirst
          ? try norm(layer + names.attentionNorm, features: hidden) : nil,
        attentionSumNorm: try sumNorm(names.attentionSumNorm), attentionSumHasResidual: names.attentionSumHasResidual,
        experts: experts[index], up: products[position * 4 + 2],
        gating: configuration.isGated
          ? Gating(activation: configuration.activation, isGateFirst: names.isGateFirst) : nil,
        gatedNorm: try names.gatedNorm.map { (name) throws(ModelError) in
          try norm(layer + name, features: configuration.intermediateSize)
        },
        down: products[position * 4 + 3], outputNorm: try sumNorm(names.outputNorm),
        outputSumNorm: try sumNorm(names.outputSumNorm), convolution: index == 0 ? try convolution() : nil)
    }
  }

  /// Where a layer's product stands in the checkpoint.
  struct ProductWeight {
    /// Without their ending; several where their outputs stand side by side.
    let names: [String]
    let inputs: Int
    /// Of each.
    let outputs: [Int]
    /// Where the rows of the product stand in the checkpoint, if not as they are wanted.
    var order: [Int]?
  }

  /// - Parameters:
  ///   - place: 0 for queries, keys and values, 1 for what follows attention, 2 and 3 for the feed-forward block.
  ///   - others: Names that the product may have elsewhere than in this checkpoint.
  func productWeight(
    _ place: Int, of index: Int, others: TransformerFamily.WeightNames? = nil
  ) -> ProductWeight {
    let stored = others ?? names
    let layer = "\(stored.layer)\(index)\(stored.afterLayer)"
    let hidden = configuration.hiddenSize
    let wide = configuration.intermediateSize
    let queries = configuration.heads * configuration.headDimension
    let keys = configuration.keyValueHeads * configuration.headDimension
    switch place {
    case 0:
      return ProductWeight(
        names: stored.projection.map { layer + $0 }, inputs: hidden,
        outputs: stored.projection.count == 1
          ? [queries + 2 * keys] : stored.projection.count == 2 ? [queries + keys, keys] : [queries, keys, keys],
        order: stored.projectionLayout == .byHead ? (0..<3).flatMap { headOrder(part: $0, of: 3) } : nil)
    case 1: return ProductWeight(names: [layer + stored.attentionOutput], inputs: queries, outputs: [hidden])
    case 2:
      let up = configuration.isGated && !stored.gatedUp.isEmpty ? stored.gatedUp : stored.up
      let outputs = configuration.isGated ? 2 * wide : wide
      return ProductWeight(
        names: up.map { layer + $0 }, inputs: hidden, outputs: up.map { _ in outputs / up.count },
        order: stored.isGateFirst == names.isGateFirst ? nil : Array(wide..<outputs) + Array(0..<wide))
    default: return ProductWeight(names: [layer + stored.down], inputs: wide, outputs: [hidden])
    }
  }

  /// What the product after attention multiplies.
  ///
  /// Where what attention gives is normalised before it is added, it counts as much as all that came before it, and
  /// scores of normalised queries differ so much that the rounding of queries and keys shows. With few codes a row that
  /// would be too much together with the rounding of this product, the least of the layer's.
  private func attentionOutputPrecision(_ precision: Precision) -> Precision {
    let countsMuch = configuration.order == .normalizedAround && configuration.normalizesQueries
    return precision == .int8 && countsMuch && kernels.hasCoarseRows ? .bfloat16 : precision
  }

  /// One of a layer's four products.
  private func product(
    _ place: Int, of index: Int, precision: Precision, calibration: LayerCalibration?
  ) throws(ModelError) -> Linear {
    let weight = productWeight(place, of: index)
    let biases = configuration.biases
    return try linear(
      weight.names, weight.inputs, weight.outputs,
      place == 2 && !configuration.isGated ? configuration.activation : .identity,
      hasBias: [biases.projection, biases.attentionOutput, biases.up, biases.down][place],
      precision: place == 1 ? attentionOutputPrecision(precision) : precision,
      magnitudes: place == 0 ? calibration?.projection : place == 2 ? calibration?.up : nil, order: weight.order,
      bias: place == 0 ? projectionBias("\(names.layer)\(index)\(names.afterLayer)") : nil)
  }

  /// The experts of a layer; all of them lie in one weight, those of `down` turned.
  private func experts(
    of index: Int, precision: Precision, calibration: LayerCalibration?, team: ComputeTeam
  ) async throws -> Experts {
    let layer = "\(names.layer)\(index)\(names.afterLayer)"
    let (hidden, wide) = (configuration.hiddenSize, configuration.intermediateSize)
    let (count, name) = (configuration.experts, layer + names.expertsUp)
    let up = try tensor(name, [count * wide, hidden])
    let down = try tensor(layer + names.expertsDown, [count * wide, hidden])
    let products = try await team.map(2 * count) { item in
      let rows = Array(item / 2 * wide..<(item / 2 + 1) * wide)
      let weight =
        item % 2 == 0
        ? try up.rows(rows, for: name) : try down.rows(rows, for: name).transposed(for: name)
      return Linear(
        weight: weight, bias: nil, activation: item % 2 == 0 ? configuration.activation : .identity,
        precision: precision,
        smoothing: item % 2 == 0 ? calibration.map { Smoothing(magnitudes: $0.up, weight: weight) } : nil,
        kernels: kernels)
    }
    return Experts(
      router: try linear(
        [layer + names.router], hidden, [count], hasBias: false, precision: .float32),
      up: (0..<count).map { products[2 * $0] }, down: (0..<count).map { products[2 * $0 + 1] },
      bias: try tensor(layer + names.expertsBias, [hidden]), taken: configuration.expertsTaken)
  }

  /// Where the rows of queries, keys or values stand that are stored head by head.
  func headOrder(part: Int, of parts: Int) -> [Int] {
    let size = configuration.headDimension
    return (0..<configuration.heads).flatMap { head in (0..<size).map { (head * parts + part) * size + $0 } }
  }

  private func attention(
    of index: Int, rule: LayerRule, bias: DistanceBias?, distances: Distances?
  ) throws(ModelError) -> Attention {
    let layer = "\(names.layer)\(index)\(names.afterLayer)"
    let headNorm = { (name: String?, heads: Int) throws(ModelError) in
      guard configuration.normalizesQueries, let name else { return nil as Normalization? }
      let together = names.normalizesHeadsTogether ? heads : 1
      return try norm(layer + name, features: together * configuration.headDimension)
    }
    return Attention(
      heads: configuration.heads, keyValueHeads: configuration.keyValueHeads,
      headDimension: configuration.headDimension, scale: configuration.scoreScale, cap: configuration.scoreCap,
      window: rule.window, bias: bias, rotary: rule.rotary.flatMap { rotary[$0] },
      queryNorm: try headNorm(names.queryNorm, configuration.heads),
      keyNorm: try headNorm(names.keyNorm, configuration.keyValueHeads),
      disentangled: try distances.flatMap { (distances) throws(ModelError) in try disentangled(layer, distances) })
  }

  /// Packs them in int8, each calibrated on what the float32 layers before it give where it is first used.
  func calibratedLayers(_ embeddings: InputEmbeddings, team: ComputeTeam) async throws -> [TransformerLayer] {
    var layers: [TransformerLayer] = []
    var states = LayerCalibration.states(embeddings, configuration, kernels)
    for index in 0..<configuration.layerGroups {
      let exact = try await self.layers(index..<index + 1, precision: .float32, team: team)[0]
      let calibration = LayerCalibration(exact, &states, kernels)
      layers += try await self.layers(index..<index + 1, precision: .int8, calibration: calibration, team: team)
      guard index + 1 < configuration.layerGroups else { break }
      for _ in 1..<configuration.uses { _ = LayerCalibration(exact, &states, kernels) }
    }
    return layers
  }

  /// A product whose outputs are those of several weights side by side, or of one.
  ///
  /// - Parameters:
  ///   - order: Where the rows of the result stand in the checkpoint, if not as they are wanted.
  ///   - bias: That of the result, where it is not stored with the weights.
  func linear(
    _ names: [String], _ inputs: Int, _ outputs: [Int], _ activation: Activation = .identity, hasBias: Bool,
    precision: Precision, magnitudes: [Float]? = nil, order: [Int]? = nil, bias: FloatTensor? = nil
  ) throws(ModelError) -> Linear {
    var weights: [FloatTensor] = []
    var biases: [FloatTensor] = []
    do {
      for (name, outputs) in zip(names, outputs) {
        weights.append(
          self.names.isTransposed
            ? try tensor(name + ".weight", [inputs, outputs]).transposed(for: name)
            : try tensor(name + ".weight", [outputs, inputs]))
        if hasBias { biases.append(try tensor(name + ".bias", [outputs])) }
      }
      var weight = names.count == 1 ? weights[0] : try .stacked(weights)
      var stacked = hasBias ? try FloatTensor.stacked(biases) : nil
      if let order {
        weight = try weight.rows(order, for: names[0])
        stacked = try stacked?.rows(order, for: names[0])
      }
      return Linear(
        weight: weight, bias: bias ?? stacked, activation: activation, precision: precision,
        smoothing: magnitudes.map { Smoothing(magnitudes: $0, weight: weight) }, kernels: kernels)
    } catch let error as TensorError {
      throw ModelError(.weights, "\(store.path): \(names[0])", error.message)
    } catch let error as ModelError { throw error } catch { throw ModelError(.weights, store.path, "\(error)") }
  }

  /// A normalisation; checkpoints converted from TensorFlow call its weights gamma and beta.
  func norm(_ name: String, features: Int) throws(ModelError) -> Normalization {
    guard !names.normsWithoutWeights.contains(where: name.hasSuffix) else {
      return Normalization(configuration.family.norm, features: features, epsilon: configuration.epsilon)
    }
    let old = store.contains(prefix + name + ".gamma")
    let stored = try tensor(name + (old ? ".gamma" : ".weight"), [features])
    return Normalization(
      configuration.family.norm,
      gamma: configuration.family.normsCountFromOne
        ? FloatTensor(stored.values.map { 1 + $0 }, shape: stored.shape) : stored,
      beta: configuration.biases.norm && configuration.family.norm == .layer
        ? try tensor(name + (old ? ".beta" : ".bias"), [features]) : nil,
      epsilon: configuration.epsilon)
  }

  private func distanceBias() throws(ModelError) -> DistanceBias? {
    if configuration.family.positions == .linearBias { return .linear(LinearPositionBias(heads: configuration.heads)) }
    guard configuration.relativeBuckets > 0 else { return nil }
    return .learned(
      RelativePositionBias(
        table: try tensor(names.relativeBias, [configuration.relativeBuckets, configuration.heads]),
        maximumDistance: configuration.relativeDistance))
  }

  func tensor(_ name: String, _ shape: [Int?]) throws(ModelError) -> FloatTensor {
    try tensor(prefix + name, changedAs: name, shape)
  }

  /// - Parameters:
  ///   - stored: What the checkpoint calls it.
  ///   - name: What adapters call it, with or without a prefix of the family's.
  func tensor(_ stored: String, changedAs name: String, _ shape: [Int?]) throws(ModelError) -> FloatTensor {
    try changed(store.weight(stored, shape: shape, kernels: kernels), name)
  }

  /// A weight with the adapters' changes.
  ///
  /// - Parameter name: What adapters call it, with or without a prefix of the family's.
  func changed(_ tensor: FloatTensor, _ name: String) throws(ModelError) -> FloatTensor {
    // Tables and heads are stored as everywhere.
    let isTransposed = names.isTransposed && name.hasPrefix(names.layer)
    return try WeightChanges(adapters: adapters, prefixes: configuration.family.prefixes, kernels: kernels)
      .applied(to: tensor, of: name, isTransposed: isTransposed) { (adapter) throws(ModelError) in
        try renamedChange(adapter, of: name)
      }
  }
}
