internal import NeedletailJSON

/// What a `config.json` of T5 or mT5 says about its decoder beside the encoder's sizes.
struct TextDecoderConfiguration: Sendable {
  /// The encoder, whose sizes are the decoder's as well.
  let encoder: TransformerConfiguration
  /// Layers of the decoder; as many as the encoder has where nothing is said.
  let layers: Int
  /// The token with which it begins; the padding where nothing is said.
  let startID: Int

  /// - Throws: ``ModelError`` naming the key at fault.
  init(_ json: JSON, of encoder: TransformerConfiguration, subject: String) throws(ModelError) {
    self.encoder = encoder
    do {
      layers = try json.integer("num_decoder_layers", in: 0...1024, default: encoder.layers)
      startID = try json.integer("decoder_start_token_id", in: 0...10_000_000, default: encoder.paddingID)
    } catch { throw ModelError(.configuration, error, subject: subject) }
    guard startID < encoder.vocabularySize else {
      throw ModelError(
        .configuration, subject,
        "decoder_start_token_id, or else pad_token_id, is \(startID): outside the vocabulary of "
          + "\(encoder.vocabularySize)")
    }
  }
}
