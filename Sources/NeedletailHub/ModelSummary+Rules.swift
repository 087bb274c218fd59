import NeedletailJSON

/// The rules by which a folder's descriptions are read; the loader (`NeedletailEmbedding`) follows the same.
extension ModelSummary {
  /// The modes of one pooling module, in the order that their results are joined.
  static func poolingModes(_ config: JSON) -> [String] {
    if let mode = config.optional("pooling_mode") {
      return (mode.kind == .array ? Array(mode.elements) : [mode]).compactMap(\.string)
    }
    let names = [
      ("pooling_mode_cls_token", "cls"), ("pooling_mode_max_tokens", "max"), ("pooling_mode_mean_tokens", "mean"),
      ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"),
      ("pooling_mode_weightedmean_tokens", "weightedmean"), ("pooling_mode_lasttoken", "lasttoken"),
    ]
    let modes = names.filter { config[$0.0]?.boolean == true }.map(\.1)
    return modes.isEmpty ? ["mean"] : modes
  }

  /// How many numbers a pooling module takes from each token.
  static func pooledWidth(_ config: JSON) -> Int? {
    (config["word_embedding_dimension"] ?? config["embedding_dimension"])?.integer
  }

  /// The most tokens that are read of a text: what the folder states, but never more than there are positions.
  ///
  /// - Parameter core: The folder of the transformer or table inside the model folder.
  static func maximumLength(_ reader: ModelFolder, _ core: String, _ config: JSON?, isStatic: Bool) throws -> Int? {
    let start = core.isEmpty ? "" : core + "/"
    guard !isStatic else {
      return try reader.description("\(start)tokenizer.json")?.optional("truncation")?["max_length"]?.integer
    }
    let positions = config.flatMap(positions)
    let known =
      if let stated = try statedLength(reader, start) {
        [stated, config.flatMap { config in positions.map { scaled($0, config) } }]
      } else {
        [try reader.description("\(start)tokenizer_config.json")?["model_max_length"]?.integer, positions]
      }
    return known.compactMap(\.self).filter { $0 > 0 && $0 < 1 << 30 }.min()
  }

  /// `model_max_length` of `processor_kwargs` wins, then `max_seq_length`.
  private static func statedLength(_ reader: ModelFolder, _ start: String) throws -> Int? {
    for name in ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"] {
      guard let file = try reader.description("\(start)sentence_\(name)_config.json") else { continue }
      for key in ["processor_kwargs", "tokenizer_args"] {
        if let length = file.optional(key)?.optional("model_max_length")?.integer { return length }
      }
      if let length = file.optional("max_seq_length")?.integer { return length }
      break
    }
    return nil
  }

  /// How many positions a folder may ask for: more than there are where their scaling follows the text.
  private static func scaled(_ positions: Int, _ config: JSON) -> Int {
    let scaling = config.optional("rope_parameters") ?? config.optional("rope_scaling")
    guard let kind = scaling?["rope_type"] ?? scaling?["type"], kind.string == "dynamic",
      let factor = scaling?["factor"]?.double, factor > 1
    else { return positions }
    return Int(min(factor * Double(positions), Double(1 << 30)))
  }

  /// The positions that a text may use; families that count from the padding id lose those before it.
  private static func positions(_ config: JSON) -> Int? {
    guard let count = config["max_position_embeddings"]?.integer else { return nil }
    let family = config["model_type"]?.string ?? ""
    guard ["roberta", "xlm-roberta", "camembert", "mpnet"].contains(family) else { return count }
    let padding = config.optional("pad_token_id")?.integer ?? 1
    return (0..<count).contains(padding) ? count - padding - 1 : nil
  }
}
