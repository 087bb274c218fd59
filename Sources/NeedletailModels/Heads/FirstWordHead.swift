public import NeedletailJSON
public import NeedletailTensor
package import NeedletailTokenizers

/// The logits of a few words with which the decoder of T5 or mT5 may begin its answer to a text (monoT5: Nogueira and
/// others 2020, arXiv:2003.06713).
///
/// T5 that ties its head to the words divides the decoder's state by the square root of its size; mT5 never does.
public struct FirstWordHead: Sendable {
  private let decoder: FirstDecoderOutput
  private let product: Linear
  /// What the decoder's state is multiplied with.
  private let scale: Float

  /// Builds the decoder, and reads the rows of some words, in float32.
  ///
  /// - Parameters:
  ///   - ids: The words, each in `0..<vocabularySize`.
  ///   - json: The `config.json` that `configuration` was read from.
  ///   - subject: Its name in errors.
  ///   - configuration: What it says about the encoder, of the family T5 or mT5.
  ///   - store: The tensors of the folder.
  ///   - adapters: Changes of the weights, added in their order.
  ///   - kernels: The arithmetic to use.
  /// - Throws: ``ModelError`` with code `.unsupported` for other families, `.configuration` naming the key at fault,
  ///   `.weights` naming the tensor that is missing or does not fit.
  public init(
    of ids: [Int], _ json: JSON, subject: String, configuration: TransformerConfiguration, store: TensorStore,
    adapters: [LowRankAdapter] = [], kernels: Kernels
  ) throws(ModelError) {
    precondition(ids.allSatisfy { (0..<configuration.vocabularySize).contains($0) }, "the words exist")
    decoder = try FirstDecoderOutput(
      json, subject: subject, configuration: configuration, store: store, adapters: adapters, kernels: kernels)
    do {
      // Releases before 5 said "tied", and scaled by that; 5 ties always and has a key for the scale.
      let scales = try json.boolean("scale_decoder_outputs", default: configuration.isTied)
      scale = configuration.modelType == "t5" && scales ? 1 / Float(configuration.hiddenSize).squareRoot() : 1
    } catch { throw ModelError(.configuration, error, subject: subject) }
    let reader = try TransformerWeights(
      configuration: configuration, store: store, adapters: adapters, kernels: kernels)
    // What the checkpoint holds wins over what the configuration says is tied.
    // A change of the words' table is none of the head's, as in PEFT.
    let shape = [configuration.vocabularySize, configuration.hiddenSize]
    let name = reader.prefix + "lm_head.weight"
    let weight =
      store.contains(name)
      ? try reader.tensor("lm_head.weight", shape)
      : try store.weight(reader.prefix + reader.names.words, shape: shape, kernels: kernels)
    do { product = Linear(weight: try weight.rows(ids, for: name), bias: nil, kernels: kernels) } catch {
      throw ModelError(.weights, error.subject, error.message)
    }
  }

  /// The logits of the words at the decoder's first step.
  ///
  /// - Parameters:
  ///   - states: The encoder's last, `[tokens, hiddenSize]`, unchanged.
  ///   - tokens: The texts that they are of.
  /// - Returns: `[texts, words]`; valid until the workspace is used again.
  package func forward(_ states: Block, _ tokens: PackedTokens, in workspace: Workspace) -> Block {
    workspace.spending(on: .pooling) {
      let rows = decoder.forward(states, tokens, in: workspace)
      if scale != 1 { workspace.scale(rows, by: scale) }
      let logits = workspace.allocate(rows: rows.rows, columns: product.outputs)
      product.forward(rows, to: logits, in: workspace)
      return logits
    }
  }
}
