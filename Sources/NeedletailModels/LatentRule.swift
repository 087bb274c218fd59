internal import NeedletailJSON

/// What follows NV-Embed's language model (Lee and others 2024, arXiv:2405.17428), as `config.json` says it: attention of
/// tokens to learned latents, and what its code makes of texts.
package struct LatentRule: Sendable, Equatable {
  /// Rows of the table of latents.
  let latents: Int
  let heads: Int
  /// Features of a head.
  let headDimension: Int
  /// Whether the tokens of a prompt stay outside the mean where the model pools by itself.
  package let excludesPrompt: Bool
  /// Whether vectors are normalised where the model pools by itself.
  package let normalizes: Bool

  /// Numbers that keys and values may have, or what they become together with the weights around them; 1 GB.
  private static let mostNumbers = 1 << 28

  /// - Parameters:
  ///   - json: The whole of `config.json`.
  ///   - hiddenSize: Features of the language model's states.
  init(_ json: JSON, hiddenSize: Int, subject: String) throws {
    // A configuration without a value means that of NV-Embed itself.
    for (place, key, known) in [
      (json, "mask_type", "b"), (try json.value("text_config"), "model_type", "bidir_mistral"),
    ] {
      let value = try place.string(key, default: known)
      guard value == known else {
        throw ModelError(.unsupported, subject, "\(key) \"\(value)\" is not supported, only \"\(known)\"")
      }
    }
    guard try json.boolean("add_eos", default: true) else {
      throw ModelError(.unsupported, subject, "add_eos is false, which is not supported: every text gets an end")
    }
    let settings = try json.value("latent_attention_config").expect(.object, "latent_attention_config")
    for key in ["latent_dim", "hidden_dim"] {
      let size = try settings.integer(key, in: 1...65_536, default: 4096)
      guard size == hiddenSize else {
        throw ModelError(
          .unsupported, subject, "\(key) is \(size); only that of the states, \(hiddenSize), is supported")
      }
    }
    latents = try settings.integer("num_latents_value", in: 1...65_536, default: 512)
    heads = try settings.integer("num_cross_heads", in: 1...1024, default: 8)
    headDimension = try settings.integer("cross_dim_head", in: 1...65_536, default: 4096)
    guard latents * heads * max(2 * headDimension, hiddenSize) <= Self.mostNumbers else {
      throw ModelError(
        .unsupported, subject,
        "\(heads) heads of \(headDimension) features for \(latents) latents need more than 1 GB; see num_latents_value")
    }
    normalizes = try settings.boolean("output_normalize", default: true)
    // As in the published code, which counts a prompt's tokens from the left.
    excludesPrompt =
      try json.boolean("is_mask_instruction", default: true)
      && json.string("padding_side", default: "right") == "right"
  }
}
