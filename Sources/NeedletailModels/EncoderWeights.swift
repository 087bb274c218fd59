internal import NeedletailTensor

/// Finds the weights of an encoder in a store, under whatever prefix the checkpoint gave them.
struct EncoderWeights: Sendable {
  let configuration: EncoderConfiguration
  let store: TensorStore
  let kernels: Kernels
  let prefix: String

  private var names: EncoderFamily.WeightNames { configuration.family.weights }

  init(configuration: EncoderConfiguration, store: TensorStore, kernels: Kernels) throws(ModelError) {
    let words = configuration.family.weights.words
    guard let prefix = ([""] + configuration.family.prefixes).first(where: { store.contains($0 + words) }) else {
      throw ModelError(
        .weights, store.path, "has no tensor \(words); is it a \(configuration.modelType) checkpoint?")
    }
    self.configuration = configuration
    self.store = store
    self.kernels = kernels
    self.prefix = prefix
  }

  func embeddings() throws(ModelError) -> EncoderEmbeddings {
    let hidden = configuration.hiddenSize
    let segments =
      configuration.segments > 0
      ? LookupTable(try tensor(names.segments, [configuration.segments, hidden])) : nil
    return EncoderEmbeddings(
      words: LookupTable(try tensor(names.words, [configuration.vocabularySize, hidden])),
      positions: LookupTable(try tensor(names.positions, [configuration.maximumPositions, hidden])),
      segments: segments,
      norm: try norm(names.embeddingNorm),
      positionRule: configuration.family.positions,
      paddingID: Int32(configuration.paddingID))
  }

  /// Packs layers, one matrix product an item.
  ///
  /// - Parameter calibration: How large the inputs of the only layer's products become, for int8.
  func layers(
    _ indices: Range<Int>, precision: Precision, calibration: LayerCalibration? = nil, team: ComputeTeam
  ) async throws -> [EncoderLayer] {
    let bias = try relativeBias()
    let products = try await team.map(indices.count * 4) { item in
      let layer = "\(names.layer)\(indices.lowerBound + item / 4)."
      let hidden = configuration.hiddenSize
      let wide = configuration.intermediateSize
      switch item % 4 {
      case 0: return try projection(layer, precision, calibration?.projection)
      case 1: return try linear(layer + names.attentionOutput, hidden, hidden, precision: precision)
      case 2:
        return try linear(
          layer + names.up, hidden, wide, configuration.activation, precision: precision, magnitudes: calibration?.up)
      default: return try linear(layer + names.down, wide, hidden, precision: precision)
      }
    }
    return try indices.enumerated().map { position, index in
      let layer = "\(names.layer)\(index)."
      return EncoderLayer(
        projection: products[position * 4],
        attention: Attention(
          heads: configuration.heads, headDimension: configuration.hiddenSize / configuration.heads,
          relativeBias: bias),
        attentionOutput: products[position * 4 + 1], attentionNorm: try norm(layer + names.attentionNorm),
        up: products[position * 4 + 2], down: products[position * 4 + 3],
        outputNorm: try norm(layer + names.outputNorm))
    }
  }

  /// Packs all layers in int8, each calibrated on what the float32 layers before it give.
  func calibratedLayers(_ embeddings: EncoderEmbeddings, team: ComputeTeam) async throws -> [EncoderLayer] {
    var layers: [EncoderLayer] = []
    var states = LayerCalibration.states(embeddings, configuration, kernels)
    for index in 0..<configuration.layers {
      let exact = try await self.layers(index..<index + 1, precision: .float32, team: team)[0]
      let calibration = LayerCalibration(exact, &states, kernels)
      layers += try await self.layers(index..<index + 1, precision: .int8, calibration: calibration, team: team)
    }
    return layers
  }

  /// Query, key and value as one product.
  private func projection(
    _ layer: String, _ precision: Precision, _ magnitudes: [Float]?
  ) throws(ModelError) -> Linear {
    let hidden = configuration.hiddenSize
    var weights: [FloatTensor] = []
    var biases: [FloatTensor] = []
    for name in [names.query, names.key, names.value] {
      weights.append(try tensor(layer + name + ".weight", [hidden, hidden]))
      biases.append(try tensor(layer + name + ".bias", [hidden]))
    }
    do {
      let weight = try FloatTensor.stacked(weights)
      return Linear(
        weight: weight, bias: try .stacked(biases), precision: precision,
        smoothing: magnitudes.map { Smoothing(magnitudes: $0, weight: weight) }, kernels: kernels)
    } catch { throw ModelError(.weights, "\(store.path): layer \(layer)", error.message) }
  }

  private func linear(
    _ name: String, _ inputs: Int, _ outputs: Int, _ activation: Activation = .identity, precision: Precision,
    magnitudes: [Float]? = nil
  ) throws(ModelError) -> Linear {
    let weight = try tensor(name + ".weight", [outputs, inputs])
    return Linear(
      weight: weight, bias: try tensor(name + ".bias", [outputs]), activation: activation, precision: precision,
      smoothing: magnitudes.map { Smoothing(magnitudes: $0, weight: weight) }, kernels: kernels)
  }

  /// A normalisation; checkpoints converted from TensorFlow call its weights gamma and beta.
  private func norm(_ name: String) throws(ModelError) -> LayerNormalization {
    let old = store.contains(prefix + name + ".gamma")
    return LayerNormalization(
      gamma: try tensor(name + (old ? ".gamma" : ".weight"), [configuration.hiddenSize]),
      beta: try tensor(name + (old ? ".beta" : ".bias"), [configuration.hiddenSize]),
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
