internal import NeedletailTensor

/// The weights of one layer of T5's decoder, and the steps that do not depend on how its tokens attend.
struct TextDecoderLayer: Sendable {
  private let selfNorm: Normalization
  /// What is wanted of queries, keys and values of the token itself, side by side.
  private let selfProjection: Linear
  private let selfOutput: Linear
  private let crossNorm: Normalization
  private let queries: Linear
  /// Keys, then values.
  private let memory: Linear
  private let crossOutput: Linear
  private let outputNorm: Normalization
  private let up: Linear
  private let gating: Gating?
  private let down: Linear

  /// Reads a layer, in float32.
  ///
  /// - Parameters:
  ///   - index: Which, from 0.
  ///   - own: What is wanted for the attention to the decoder's own tokens: "q", "k" and "v", or some of them.
  ///   - encoder: The sizes, those of the encoder.
  /// - Throws: ``ModelError`` with code `.weights` naming the tensor that is missing or does not fit.
  init(
    _ index: Int, own: [String], _ encoder: TransformerConfiguration, _ reader: TransformerWeights
  ) throws(ModelError) {
    let (hidden, wide) = (encoder.hiddenSize, encoder.intermediateSize)
    let inner = encoder.heads * encoder.headDimension
    let name = "decoder.block.\(index).layer."
    let product = { (names: [String], inputs: Int, outputs: Int, activation: Activation) throws(ModelError) in
      try reader.linear(
        names.map { name + $0 }, inputs, names.map { _ in outputs }, activation, hasBias: false, precision: .float32)
    }
    let isGated = encoder.isGated
    selfNorm = try reader.norm(name + "0.layer_norm", features: hidden)
    selfProjection = try product(own.map { "0.SelfAttention.\($0)" }, hidden, inner, .identity)
    selfOutput = try product(["0.SelfAttention.o"], inner, hidden, .identity)
    crossNorm = try reader.norm(name + "1.layer_norm", features: hidden)
    queries = try product(["1.EncDecAttention.q"], hidden, inner, .identity)
    memory = try product(["1.EncDecAttention.k", "1.EncDecAttention.v"], hidden, inner, .identity)
    crossOutput = try product(["1.EncDecAttention.o"], inner, hidden, .identity)
    outputNorm = try reader.norm(name + "2.layer_norm", features: hidden)
    up = try product(
      isGated ? ["2.DenseReluDense.wi_0", "2.DenseReluDense.wi_1"] : ["2.DenseReluDense.wi"], hidden, wide,
      isGated ? .identity : encoder.activation)
    gating = isGated ? Gating(activation: encoder.activation) : nil
    down = try product(["2.DenseReluDense.wo"], wide, hidden, .identity)
  }

  /// Passes the rows through the layer, in place.
  ///
  /// - Parameters:
  ///   - rows: `[rows, hiddenSize]`.
  ///   - states: The encoder's, `[tokens, hiddenSize]`.
  ///   - attend: Makes of what is wanted of the rows themselves what they take from one another,
  ///     `[rows, heads · headDimension]`.
  ///   - look: Makes of queries, `[rows, heads · headDimension]`, and of keys and values,
  ///     `[tokens, 2 · heads · headDimension]`, what the rows take from the states.
  func forward(
    _ rows: Block, _ states: Block, in workspace: Workspace, attend: (_ projected: Block) -> Block,
    look: (_ queries: Block, _ memory: Block) -> Block
  ) {
    workspace.scoped {
      let projected = project(normalized(rows, selfNorm, in: workspace), selfProjection, in: workspace)
      selfOutput.forward(attend(projected), to: rows, residual: rows, in: workspace)
    }
    workspace.scoped {
      let asked = project(normalized(rows, crossNorm, in: workspace), queries, in: workspace)
      let context = look(asked, project(states, memory, in: workspace))
      crossOutput.forward(context, to: rows, residual: rows, in: workspace)
    }
    workspace.scoped {
      let wide = project(normalized(rows, outputNorm, in: workspace), up, in: workspace)
      let gated = gating == nil ? wide : workspace.allocate(rows: rows.rows, columns: down.inputs)
      gating?.forward(wide, to: gated, in: workspace)
      down.forward(gated, to: rows, residual: rows, in: workspace)
    }
  }

  private func normalized(_ rows: Block, _ norm: Normalization, in workspace: Workspace) -> Block {
    let input = workspace.allocate(rows: rows.rows, columns: rows.columns)
    norm.forward(rows, to: input, in: workspace)
    return input
  }

  private func project(_ rows: Block, _ product: Linear, in workspace: Workspace) -> Block {
    let output = workspace.allocate(rows: rows.rows, columns: product.outputs)
    product.forward(rows, to: output, in: workspace)
    return output
  }
}
