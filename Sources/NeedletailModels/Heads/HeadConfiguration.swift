public import NeedletailJSON
internal import NeedletailTensor

/// The head that a `config.json` describes: what it makes of an encoder's states, and what its outputs are called.
public struct HeadConfiguration: Sendable {
  /// The states that a head starts from, once the configuration was asked.
  enum Tokens: Sendable, Equatable {
    case each, first, mean, meanOfOutputs
    /// The last that is not this id.
    case last(padding: Int?)
    /// The decoder's at the last that is this id.
    case decoded(end: Int)
  }

  /// A step with all that the configuration says about it.
  enum Step: Sendable {
    case product(String, outputs: Int, activation: Activation, hasBias: Bool, isOfEncoder: Bool)
    case norm(String, hasBias: Bool)
    case plainNorm
  }

  /// What the head is for.
  public let task: HeadTask
  /// The names of the outputs of classifiers and taggers, in their order; empty for other heads.
  public let labels: [String]
  /// What the classifier was trained for, where the file says so.
  public let problemType: ProblemType?
  /// Outputs of a text or token.
  public let outputs: Int
  let tokens: Tokens
  /// What decodes the text before the first step, where something does.
  let decoder: TextDecoderConfiguration?
  let steps: [Step]
  /// Features of the encoder's states, and ε of its normalisations.
  let hiddenSize: Int
  let epsilon: Float
  /// What checkpoints put before the names of the encoder's weights.
  let prefixes: [String]

  /// Whether there is a row of outputs for every token, not one for every text.
  public var isForTokens: Bool { tokens == .each }

  /// Reads a configuration.
  ///
  /// - Parameters:
  ///   - json: The object in `config.json`.
  ///   - encoder: What the same file says about the encoder.
  ///   - task: What the head has to be for; by default what `architectures` names. A pooler is read whatever
  ///     architecture it lies below.
  ///   - subject: The file that errors name.
  /// - Throws: ``ModelError`` with code `.unsupported` naming an architecture that has no known head, or another than
  ///   was asked for; and naming the key at fault.
  public init(
    _ json: JSON, of encoder: TransformerConfiguration, task: HeadTask? = nil, subject: String
  ) throws(ModelError) {
    do { try self.init(reading: json, encoder, task, subject) } catch let error as ModelError { throw error } catch {
      throw ModelError(.configuration, error, subject: subject)
    }
  }

  private init(reading json: JSON, _ encoder: TransformerConfiguration, _ wanted: HeadTask?, _ subject: String) throws {
    let (task, rule) = try Self.rule(json, encoder, wanted, subject)
    self.task = task
    hiddenSize = encoder.hiddenSize
    epsilon = encoder.epsilon
    prefixes = encoder.family.prefixes
    let hasLabels = task == .sequenceClassification || task == .tokenClassification
    labels = hasLabels ? try Self.labels(json) : []
    let outputs =
      switch task {
      case .sequenceClassification, .tokenClassification: labels.count
      case .questionAnswering: 2
      case .replacedTokens: 1
      case .pooling: encoder.hiddenSize
      }
    self.outputs = outputs
    problemType = try json.optional("problem_type").map { value in
      guard let type = value.string.flatMap(ProblemType.init(rawValue:)) else {
        throw value.error(.outOfRange, "the problem_type is none of \(ProblemType.allCases.map(\.rawValue))")
      }
      return type
    }
    tokens = try Self.tokens(rule.tokens, json, subject)
    if case .decoded = tokens {
      decoder = try TextDecoderConfiguration(json, of: encoder, subject: subject)
    } else {
      decoder = nil
    }
    steps = try rule.steps.map { try Self.step($0, json, encoder, outputs: outputs, subject) }
  }

  private static func rule(
    _ json: JSON, _ encoder: TransformerConfiguration, _ wanted: HeadTask?, _ subject: String
  ) throws -> (HeadTask, HeadRule) {
    let family = HeadFamily.all.first { $0.modelType == encoder.modelType }
    if wanted == .pooling {
      guard let rule = family?.rules[.pooling] else {
        throw ModelError(.unsupported, subject, "models of the type \"\(encoder.modelType)\" have no pooler")
      }
      return (.pooling, rule)
    }
    guard let architecture = json.optional("architectures")?.elements.first(where: { _ in true }) else {
      throw ModelError(.configuration, subject, "architectures is missing or empty, so that the head is not known")
    }
    guard let name = architecture.string else {
      throw architecture.error(.wrongType, "an architecture should be a string, found \(architecture.kind)")
    }
    let known = family?.rules.filter { wanted == nil || $0.key == wanted } ?? [:]
    let found = family.flatMap { family in
      known.first { rule in family.names.contains { $0 + rule.key.suffix == name } }
    }
    if let found { return found }
    let names = family?.names.flatMap { name in known.keys.map { name + $0.suffix } }.sorted() ?? []
    throw ModelError(
      .unsupported, subject,
      "the architecture \"\(name)\" has no head that can be used here; "
        + (names.isEmpty
          ? "there is none for the model type \"\(encoder.modelType)\""
          : "supported are \(names.joined(separator: ", "))"))
  }

  private static func tokens(_ tokens: HeadRule.Tokens, _ json: JSON, _ subject: String) throws -> Tokens {
    switch tokens {
    case .each: return .each
    case .first: return .first
    case .mean: return .mean
    case .meanOfOutputs: return .meanOfOutputs
    case .last(let usual):
      return .last(padding: json["pad_token_id"].map(\.integer) ?? usual)
    case .decoded: return .decoded(end: try json.integer("eos_token_id", default: 1))
    case .chosen(let key, let usual, let known):
      let name = try json.string(key, default: usual)
      guard let chosen = known[name] else {
        throw ModelError(
          .unsupported, subject,
          "\(key) \"\(name)\" is not supported; supported are \(known.keys.sorted().joined(separator: ", "))")
      }
      return try self.tokens(chosen, json, subject)
    }
  }

  private static func step(
    _ step: HeadRule.Step, _ json: JSON, _ encoder: TransformerConfiguration, outputs: Int, _ subject: String
  ) throws -> Step {
    switch step {
    case .dense(let name, let function, let biasKey):
      let activation: Activation =
        switch function {
        case .always(let activation): activation
        case .encoders: encoder.activation
        case .named(let key, let usual):
          try TransformerConfiguration.activation(json.string(key, default: usual), key, subject: subject)
        }
      return .product(
        name, outputs: encoder.hiddenSize, activation: activation,
        hasBias: try biasKey.map { try json.boolean($0, default: false) } ?? true, isOfEncoder: false)
    case .pooler(let name):
      return .product(name, outputs: encoder.hiddenSize, activation: .tanh, hasBias: true, isOfEncoder: true)
    case .norm(let name, let biasKey): return .norm(name, hasBias: try json.boolean(biasKey, default: false))
    case .plainNorm: return .plainNorm
    case .outputs(let name, let hasBias):
      return .product(name, outputs: outputs, activation: .identity, hasBias: hasBias, isOfEncoder: false)
    }
  }
}
