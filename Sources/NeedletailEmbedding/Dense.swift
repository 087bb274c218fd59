internal import NeedletailJSON
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// activation(x · weightᵀ + bias), with the input added to it where the module is residual.
struct Dense: Sendable {
  /// What is added to the activations.
  enum Residual: Sendable {
    case none
    /// The input, of as many features as the output.
    case input
    /// The input through a product of its own.
    case projected(Linear)
  }

  let linear: Linear
  let residual: Residual

  /// Reads a Dense module that takes `dimension` features.
  init(_ module: ModelFolder, dimension: Int, kernels: Kernels) throws {
    let path = module.file("config.json").path
    guard let json = try module.json("config.json") else {
      throw EmbeddingError(.unreadable, path, "the dense module has no config.json")
    }
    let inputs = try json.integer("in_features", in: 1...1_048_576)
    let outputs = try json.integer("out_features", in: 1...1_048_576)
    guard inputs == dimension else {
      throw EmbeddingError(.malformed, path, "in_features is \(inputs), but the module before gives \(dimension)")
    }
    let name = try json.string("activation_function", default: "torch.nn.modules.activation.Tanh")
    guard let activation = Self.activation(name) else {
      throw EmbeddingError(.unsupported, path, "activation_function \"\(name)\" is not supported")
    }
    let store = try module.weights()
    let hasBias = try json.boolean("bias", default: true)
    linear = Linear(
      weight: try store.floats("linear.weight", shape: [outputs, inputs], kernels: kernels),
      bias: hasBias ? try store.floats("linear.bias", shape: [outputs], kernels: kernels) : nil,
      activation: activation, kernels: kernels)
    if try !json.boolean("use_residual", default: false) {
      residual = .none
    } else if inputs == outputs {
      residual = .input
    } else {
      let weight = try store.floats("residual.weight", shape: [outputs, inputs], kernels: kernels)
      residual = .projected(Linear(weight: weight, bias: nil, kernels: kernels))
    }
  }

  /// Reads the product of colbert-ai's checkpoints, which stands beside the encoder's weights, without a bias.
  init(inline folder: ModelFolder, inputs: Int, kernels: Kernels) throws {
    let weight = try folder.weights().floats("linear.weight", shape: [nil, inputs], kernels: kernels)
    self.init(Linear(weight: weight, bias: nil, kernels: kernels))
  }

  /// A product alone.
  init(_ linear: Linear) {
    self.linear = linear
    residual = .none
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

  /// Applies the module to every row, into a new block.
  func forward(_ vectors: Block, in workspace: Workspace) -> Block {
    let output = workspace.allocate(rows: vectors.rows, columns: linear.outputs)
    switch residual {
    case .none: linear.forward(vectors, to: output, in: workspace)
    case .input: linear.forward(vectors, to: output, residual: vectors, in: workspace)
    case .projected(let projection):
      projection.forward(vectors, to: output, in: workspace)
      linear.forward(vectors, to: output, residual: output, in: workspace)
    }
    return output
  }
}
