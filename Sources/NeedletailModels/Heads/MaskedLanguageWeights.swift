internal import NeedletailJSON
internal import NeedletailTensor

/// Finds the weights of a masked-language head in the checkpoint of its encoder.
struct MaskedLanguageWeights: Sendable {
  let configuration: TransformerConfiguration
  let family: MaskedLanguageFamily
  let store: TensorStore
  let kernels: Kernels
  private let changes: WeightChanges
  let precision: Precision
  let activation: Activation
  let hasDenseBias: Bool
  let hasDecoderBias: Bool
  /// Whether the decoder is the word table where the checkpoint leaves it out.
  let isTied: Bool

  /// - Parameters:
  ///   - json: The `config.json` that `configuration` was read from.
  ///   - subject: Its name in errors.
  init(
    _ json: JSON, subject: String, configuration: TransformerConfiguration, store: TensorStore,
    adapters: [LowRankAdapter], kernels: Kernels, precision: Precision
  ) throws {
    let families = MaskedLanguageFamily.all.filter { $0.modelTypes.contains(configuration.modelType) }
    let isLegacy = try json.boolean("legacy", default: true)
    guard let family = families.first(where: { $0.isLegacy == isLegacy }) ?? families.first else {
      throw ModelError(
        .unsupported, subject,
        "model_type \"\(configuration.modelType)\" has no masked-language head that is supported; supported are "
          + Set(MaskedLanguageFamily.all.flatMap(\.modelTypes)).sorted().joined(separator: ", "))
    }
    self.configuration = configuration
    self.family = family
    self.store = store
    self.kernels = kernels
    changes = WeightChanges(adapters: adapters, prefixes: configuration.family.prefixes, kernels: kernels)
    self.precision = precision
    activation =
      switch family.activation {
      case .gelu: .gelu
      case .encoder: configuration.activation
      case .key(let key):
        try TransformerConfiguration.activation(json.string(key, default: "gelu"), key, subject: subject)
      }
    hasDenseBias = try family.denseBias.map { try json.boolean($0.key, default: $0.usual) } ?? true
    hasDecoderBias = try family.decoderHasBias.map { try json.boolean($0.key, default: $0.usual) } ?? true
    isTied = family.isAlwaysTied || configuration.isTied
  }

  /// From the states to what the vocabulary is multiplied with, `[embeddingSize]`; `nil` where there is no such product.
  func transform() throws(ModelError) -> Linear? {
    guard let dense = family.dense else { return nil }
    let (inputs, outputs) = (configuration.hiddenSize, configuration.embeddingSize)
    return Linear(
      weight: try tensor(dense + ".weight", [outputs, inputs]),
      bias: hasDenseBias ? try tensor(dense + ".bias", [outputs]) : nil, activation: activation,
      precision: precision, kernels: kernels)
  }

  /// The normalisation before it.
  func inputNorm() -> Normalization? {
    family.normalizesPlainly
      ? Normalization(features: configuration.hiddenSize, epsilon: configuration.epsilon) : nil
  }

  /// The normalisation after it; checkpoints converted from TensorFlow call its weights gamma and beta.
  func norm() throws(ModelError) -> Normalization? {
    guard !family.normalizesPlainly else {
      return Normalization(features: configuration.embeddingSize, epsilon: configuration.epsilon)
    }
    guard !family.norm.isEmpty else { return nil }
    let names = family.norm.flatMap { [($0 + ".weight", $0 + ".bias"), ($0 + ".gamma", $0 + ".beta")] }
    let (gamma, beta) = names.first { store.contains($0.0) } ?? names[0]
    return Normalization(
      gamma: try tensor(gamma, [configuration.embeddingSize]),
      beta: configuration.biases.norm ? try tensor(beta, [configuration.embeddingSize]) : nil,
      epsilon: configuration.epsilon)
  }

  /// The product with the vocabulary, `width` ids at a time.
  ///
  /// - Throws: ``ModelError`` with code `.weights`, also where a weight is not a number: a maximum over tokens would
  ///   hide it.
  func decoder(width: Int, team: ComputeTeam) async throws -> [Linear] {
    let count = configuration.vocabularySize
    let (weightName, weight) = try decoderWeight()
    let bias = hasDecoderBias ? try decoderBias() : nil
    return try await team.map((count + width - 1) / width) { block in
      let ids = block * width..<min((block + 1) * width, count)
      let part = weight.rows(ids)
      let partBias = bias?.rows(ids)
      guard part.values.allSatisfy(\.isFinite), partBias?.values.allSatisfy(\.isFinite) ?? true else {
        throw ModelError(
          .weights, "\(store.path): tensor \(weightName)", "it or its bias holds a value that is not a number")
      }
      return Linear(weight: part, bias: partBias, precision: precision, kernels: kernels)
    }
  }

  /// What the checkpoint holds wins over what the configuration says is tied.
  private func decoderWeight() throws(ModelError) -> (name: String, weight: FloatTensor) {
    let shape = [configuration.vocabularySize, configuration.embeddingSize]
    let own = family.decoder + ".weight"
    guard isTied, !store.contains(own) else { return (own, try tensor(own, shape)) }
    let words = configuration.family.weights.words
    let name = ([""] + configuration.family.prefixes).map { $0 + words }.first(where: store.contains) ?? own
    return (name, try stored(name, shape))
  }

  private func decoderBias() throws(ModelError) -> FloatTensor {
    let own = family.decoder + ".bias"
    guard let other = family.decoderBias, isTied, !store.contains(own) else {
      return try tensor(own, [configuration.vocabularySize])
    }
    return try tensor(other, [configuration.vocabularySize])
  }

  private func tensor(_ name: String, _ shape: [Int?]) throws(ModelError) -> FloatTensor {
    try changes.applied(to: stored(name, shape), of: name)
  }

  /// A tensor without the changes.
  private func stored(_ name: String, _ shape: [Int?]) throws(ModelError) -> FloatTensor {
    do { return try store.floats(name, shape: shape, kernels: kernels) } catch {
      guard error.code == .missing else { throw ModelError(.weights, error.subject, error.message) }
      throw ModelError(
        .weights, error.subject, "\(error.message); was the model saved with its masked-language head?")
    }
  }
}
