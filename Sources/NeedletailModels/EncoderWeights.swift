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

  /// Packs all layers, one matrix product an item.
  func layers(team: ComputeTeam) async throws -> [EncoderLayer] {
    let bias = try relativeBias()
    let products = try await team.map(configuration.layers * 4) { item in
      let layer = "\(names.layer)\(item / 4)."
      switch item % 4 {
      case 0: return try projection(layer)
      case 1:
        return try linear(layer + names.attentionOutput, configuration.hiddenSize, configuration.hiddenSize, .identity)
      case 2:
        return try linear(
          layer + names.up, configuration.hiddenSize, configuration.intermediateSize, configuration.activation)
      default:
        return try linear(layer + names.down, configuration.intermediateSize, configuration.hiddenSize, .identity)
      }
    }
    return try (0..<configuration.layers).map { index in
      let layer = "\(names.layer)\(index)."
      return EncoderLayer(
        projection: products[index * 4],
        attention: Attention(
          heads: configuration.heads, headDimension: configuration.hiddenSize / configuration.heads,
          relativeBias: bias),
        attentionOutput: products[index * 4 + 1], attentionNorm: try norm(layer + names.attentionNorm),
        up: products[index * 4 + 2], down: products[index * 4 + 3], outputNorm: try norm(layer + names.outputNorm))
    }
  }

  /// Query, key and value as one product.
  private func projection(_ layer: String) throws(ModelError) -> Linear {
    let hidden = configuration.hiddenSize
    var weights: [FloatTensor] = []
    var biases: [FloatTensor] = []
    for name in [names.query, names.key, names.value] {
      weights.append(try tensor(layer + name + ".weight", [hidden, hidden]))
      biases.append(try tensor(layer + name + ".bias", [hidden]))
    }
    do {
      return Linear(weight: try .stacked(weights), bias: try .stacked(biases), kernels: kernels)
    } catch { throw ModelError(.weights, "\(store.path): layer \(layer)", error.message) }
  }

  private func linear(
    _ name: String, _ inputs: Int, _ outputs: Int, _ activation: Activation
  ) throws(ModelError) -> Linear {
    Linear(
      weight: try tensor(name + ".weight", [outputs, inputs]), bias: try tensor(name + ".bias", [outputs]),
      activation: activation, kernels: kernels)
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
