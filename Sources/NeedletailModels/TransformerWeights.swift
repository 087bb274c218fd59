internal import NeedletailTensor

/// Finds the weights of an encoder in a store, under whatever prefix the checkpoint gave them.
struct TransformerWeights: Sendable {
  let configuration: TransformerConfiguration
  let store: TensorStore
  let kernels: Kernels
  let prefix: String
  /// The rotary positions of each base; layers of one kind share them.
  private let rotary: [Float: RotaryPositions]

  private let names: TransformerFamily.WeightNames

  init(configuration: TransformerConfiguration, store: TensorStore, kernels: Kernels) throws(ModelError) {
    let words = configuration.family.weights.words
    guard let prefix = ([""] + configuration.family.prefixes).first(where: { store.contains($0 + words) }) else {
      throw ModelError(
        .weights, store.path, "has no tensor \(words); is it a \(configuration.modelType) checkpoint?")
    }
    self.configuration = configuration
    self.store = store
    self.kernels = kernels
    self.prefix = prefix
    let family = configuration.family
    names =
      [family.weights, family.otherWeights].compactMap(\.self).first { names in
        store.contains("\(prefix)\(names.layer)0\(names.afterLayer)\(names.attentionOutput).weight")
      } ?? family.weights
    rotary = Set(configuration.rules.compactMap(\.rotaryBase)).reduce(into: [:]) { tables, base in
      tables[base] = RotaryPositions(
        headDimension: configuration.hiddenSize / configuration.heads, base: base,
        positions: configuration.maximumPositions)
    }
  }

  func embeddings() throws(ModelError) -> InputEmbeddings {
    let size = configuration.embeddingSize
    let table = { (name: String, rows: Int) throws(ModelError) in
      rows > 0 ? LookupTable(try tensor(name, [rows, size])) : nil
    }
    return InputEmbeddings(
      words: LookupTable(try tensor(names.words, [configuration.vocabularySize, size])),
      positions: configuration.family.positions == .rotary
        ? nil : LookupTable(try tensor(names.positions, [configuration.maximumPositions, size])),
      segments: try table(names.segments, configuration.segments),
      tasks: try table(names.tasks ?? "", configuration.tasks),
      norm: try names.embeddingNorm.map { (name) throws(ModelError) in try norm(name, features: size) },
      projection: size == configuration.hiddenSize
        ? nil
        : try linear(
          [names.embeddingProjection], size, configuration.hiddenSize, hasBias: true, precision: .float32),
      positionRule: configuration.family.positions,
      paddingID: Int32(configuration.paddingID))
  }

  /// The normalisation after the last layer.
  func finalNorm() throws(ModelError) -> LayerNormalization? {
    guard let name = names.finalNorm else { return nil }
    return try norm(name, features: configuration.hiddenSize)
  }

  /// Packs those layers that have weights of their own, one matrix product an item.
  ///
  /// - Parameter calibration: How large the inputs of the only layer's products become, for int8.
  func layers(
    _ indices: Range<Int>, precision: Precision, calibration: LayerCalibration? = nil, team: ComputeTeam
  ) async throws -> [TransformerLayer] {
    let bias = try relativeBias()
    let isGated = configuration.family.isGated
    let products = try await team.map(indices.count * 4) { item in
      let layer = "\(names.layer)\(indices.lowerBound + item / 4)\(names.afterLayer)"
      let hidden = configuration.hiddenSize
      let wide = configuration.intermediateSize
      switch item % 4 {
      case 0:
        return try linear(
          names.projection.map { layer + $0 }, hidden, 3 * hidden, hasBias: configuration.biases.attention,
          precision: precision, magnitudes: calibration?.projection)
      case 1:
        return try linear(
          [layer + names.attentionOutput], hidden, hidden, hasBias: configuration.biases.attention, precision: precision
        )
      case 2:
        return try linear(
          names.up.map { layer + $0 }, hidden, isGated ? 2 * wide : wide,
          isGated ? .identity : configuration.activation,
          hasBias: configuration.biases.up, precision: precision, magnitudes: calibration?.up)
      default:
        return try linear(
          [layer + names.down], wide, hidden, hasBias: configuration.biases.down, precision: precision)
      }
    }
    let hidden = configuration.hiddenSize
    return try indices.enumerated().map { position, index in
      let layer = "\(names.layer)\(index)\(names.afterLayer)"
      return TransformerLayer(
        order: configuration.family.order, projection: products[position * 4],
        attention: Attention(
          heads: configuration.heads, headDimension: hidden / configuration.heads,
          window: configuration.rules[index].window, relativeBias: bias,
          rotary: configuration.rules[index].rotaryBase.flatMap { rotary[$0] }),
        attentionOutput: products[position * 4 + 1],
        attentionNorm: index > 0 || configuration.family.normalizesFirst
          ? try norm(layer + names.attentionNorm, features: hidden) : nil,
        up: products[position * 4 + 2],
        gating: isGated ? Gating(activation: configuration.activation, isGateFirst: names.isGateFirst) : nil,
        down: products[position * 4 + 3],
        outputNorm: try norm(layer + names.outputNorm, features: hidden))
    }
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

  /// A product whose outputs are those of several weights of equal size side by side, or of one.
  private func linear(
    _ names: [String], _ inputs: Int, _ outputs: Int, _ activation: Activation = .identity, hasBias: Bool,
    precision: Precision, magnitudes: [Float]? = nil
  ) throws(ModelError) -> Linear {
    var weights: [FloatTensor] = []
    var biases: [FloatTensor] = []
    for name in names {
      weights.append(try tensor(name + ".weight", [outputs / names.count, inputs]))
      if hasBias { biases.append(try tensor(name + ".bias", [outputs / names.count])) }
    }
    do {
      let weight = names.count == 1 ? weights[0] : try .stacked(weights)
      return Linear(
        weight: weight, bias: hasBias ? try .stacked(biases) : nil, activation: activation, precision: precision,
        smoothing: magnitudes.map { Smoothing(magnitudes: $0, weight: weight) }, kernels: kernels)
    } catch { throw ModelError(.weights, "\(store.path): \(names[0])", error.message) }
  }

  /// A normalisation; checkpoints converted from TensorFlow call its weights gamma and beta.
  private func norm(_ name: String, features: Int) throws(ModelError) -> LayerNormalization {
    let old = store.contains(prefix + name + ".gamma")
    return LayerNormalization(
      gamma: try tensor(name + (old ? ".gamma" : ".weight"), [features]),
      beta: configuration.biases.norm ? try tensor(name + (old ? ".beta" : ".bias"), [features]) : nil,
      epsilon: configuration.epsilon)
  }

  private func relativeBias() throws(ModelError) -> RelativePositionBias? {
    guard configuration.relativeBuckets > 0 else { return nil }
    return RelativePositionBias(
      table: try tensor(names.relativeBias, [configuration.relativeBuckets, configuration.heads]), maximumDistance: 128)
  }

  private func tensor(_ name: String, _ shape: [Int?]) throws(ModelError) -> FloatTensor {
    do { return try store.floats(prefix + name, shape: shape, kernels: kernels) } catch {
      throw ModelError(.weights, error.subject, error.message)
    }
  }
}
