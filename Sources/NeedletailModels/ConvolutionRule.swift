internal import NeedletailJSON
internal import NeedletailTensor

/// A convolution of the embeddings that is added to what the first layer gives, as `config.json` says it.
struct ConvolutionRule: Sendable, Equatable {
  /// Tokens that one token sees, itself in the middle.
  let width: Int
  let activation: Activation

  /// Reads `conv_kernel_size`, `conv_groups` and `conv_act`; `nil` where there is none.
  init?(_ json: JSON, subject: String) throws {
    width = try json.integer("conv_kernel_size", in: 0...1023, default: 0)
    guard width > 0 else { return nil }
    guard width % 2 == 1 else {
      throw ModelError(.unsupported, subject, "conv_kernel_size is \(width); only odd numbers are supported")
    }
    if case let groups = try json.integer("conv_groups", in: 1...65_536, default: 1), groups != 1 {
      throw ModelError(.unsupported, subject, "conv_groups is \(groups); only 1 is supported")
    }
    activation = try TransformerConfiguration.activation(
      json.string("conv_act", default: "tanh"), "conv_act", subject: subject)
  }
}
