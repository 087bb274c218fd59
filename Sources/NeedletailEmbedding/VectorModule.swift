internal import FoundationEssentials
internal import NeedletailJSON
internal import NeedletailTensor

/// A module that comes after pooling: it takes a block of vectors and gives another.
enum VectorModule: Sendable {
  case dense(Linear)
  case normalize
  case layerNorm(LayerNormalization)

  /// Reads a module, or `nil` for one that does nothing at inference.
  init?(_ entry: ModuleEntry, in folder: ModelFolder, dimension: Int, kernels: Kernels) throws(EmbeddingError) {
    let module = try folder.module(entry.path)
    do {
      switch entry.kind {
      case .dense: self = .dense(try Self.dense(module, dimension: dimension, kernels: kernels))
      case .normalize:
        try Self.expectSentenceInput(module)
        self = .normalize
      case .layerNorm:
        let store = try TensorStore(folder: module.url)
        self = .layerNorm(
          LayerNormalization(
            gamma: try store.floats("norm.weight", shape: [dimension], kernels: kernels),
            beta: try store.floats("norm.bias", shape: [dimension], kernels: kernels), epsilon: 1e-5))
      case .dropout: return nil
      case .transformer, .staticEmbedding, .pooling:
        throw EmbeddingError(.unsupported, module.url.path, "a \(entry.kind.rawValue) module cannot stand here")
      }
    } catch let error as EmbeddingError { throw error } catch let error as TensorError {
      throw EmbeddingError(.malformed, error.subject, error.message)
    } catch { throw EmbeddingError(.malformed, module.file("config.json").path, "\(error)") }
  }

  private static func dense(_ module: ModelFolder, dimension: Int, kernels: Kernels) throws -> Linear {
    let path = module.file("config.json").path
    guard let json = try module.json("config.json") else {
      throw EmbeddingError(.unreadable, path, "the dense module has no config.json")
    }
    try expectSentenceInput(module)
    if try json.boolean("use_residual", default: false) {
      throw EmbeddingError(.unsupported, path, "use_residual is true, which is not supported")
    }
    let inputs = try json.integer("in_features", in: 1...1_048_576)
    let outputs = try json.integer("out_features", in: 1...1_048_576)
    guard inputs == dimension else {
      throw EmbeddingError(.malformed, path, "in_features is \(inputs), but the module before gives \(dimension)")
    }
    let name = try json.string("activation_function", default: "torch.nn.modules.activation.Tanh")
    guard let activation = activation(name) else {
      throw EmbeddingError(.unsupported, path, "the activation \"\(name)\" is not supported")
    }
    let store = try TensorStore(folder: module.url)
    let hasBias = try json.boolean("bias", default: true)
    return Linear(
      weight: try store.floats("linear.weight", shape: [outputs, inputs], kernels: kernels),
      bias: hasBias ? try store.floats("linear.bias", shape: [outputs], kernels: kernels) : nil,
      activation: activation, kernels: kernels)
  }

  /// Modules that read or write other features than the sentence's vector are not executed here.
  private static func expectSentenceInput(_ module: ModelFolder) throws {
    guard let json = try module.json("config.json") else { return }
    for key in ["module_input_name", "module_output_name"] {
      let name = try json.string(key, default: "sentence_embedding")
      guard name == "sentence_embedding" else {
        throw EmbeddingError(
          .unsupported, module.file("config.json").path, "\(key) \"\(name)\" is not supported, only sentence_embedding")
      }
    }
  }

  private static func activation(_ name: String) -> Activation? {
    switch name {
    case "torch.nn.modules.linear.Identity": .identity
    case "torch.nn.modules.activation.Tanh": .tanh
    case "torch.nn.modules.activation.ReLU": .relu
    case "torch.nn.modules.activation.GELU": .gelu
    case "torch.nn.modules.activation.SiLU": .silu
    case "torch.nn.modules.activation.Sigmoid": .sigmoid
    default: nil
    }
  }

  /// Features of the result.
  func dimension(_ inputs: Int) -> Int {
    if case .dense(let linear) = self { linear.outputs } else { inputs }
  }

  /// Applies the module to every row, in place where it can.
  func forward(_ vectors: Block, in workspace: Workspace) -> Block {
    switch self {
    case .dense(let linear):
      let output = workspace.allocate(rows: vectors.rows, columns: linear.outputs)
      linear.forward(vectors, to: output, in: workspace)
      return output
    case .normalize: workspace.normalizeRows(vectors)
    case .layerNorm(let norm): norm.forward(vectors, to: vectors, in: workspace)
    }
    return vectors
  }
}
