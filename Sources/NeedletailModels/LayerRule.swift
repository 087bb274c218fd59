internal import NeedletailJSON
internal import NeedletailTensor

/// What one layer's attention sees, and how positions turn its queries and keys.
struct LayerRule: Sendable, Equatable {
  var window = AttentionWindow.bidirectional
  /// The base of its rotary positions, or `nil` where positions are rows of a table.
  var rotaryBase: Float?

  /// The rules of all layers.
  static func rules(_ json: JSON, family: TransformerFamily, layers: Int, subject: String) throws -> [LayerRule] {
    guard family.positions == .rotary else { return Array(repeating: LayerRule(), count: layers) }
    if json.optional("rope_scaling") != nil {
      throw ModelError(.unsupported, subject, "rope_scaling is set; only rotary positions without it are supported")
    }
    guard let usual = family.rotaryBase else { return try mixed(json, layers: layers, subject: subject) }
    let base = try base(json.optional("rope_parameters"), older: json.double("rope_theta", default: usual), subject)
    return Array(repeating: LayerRule(rotaryBase: base), count: layers)
  }

  /// Layers that see everything and others that see a window, each kind with rotary positions of its own.
  ///
  /// Reads `layer_types` and `rope_parameters`, or the keys that came before them: `global_attn_every_n_layers`,
  /// `global_rope_theta` and `local_rope_theta`.
  private static func mixed(_ json: JSON, layers: Int, subject: String) throws -> [LayerRule] {
    // A window of 128 reaches 64 tokens to each side.
    let reach = try json.integer("local_attention", in: 0...1_048_576, default: 128) / 2
    let every = try json.integer("global_attn_every_n_layers", in: 1...1024, default: 3)
    let types = try json.optional("layer_types")?.elements.map { type in
      guard let name = type.string else {
        throw ModelError(.configuration, subject, "layer_types has an entry that is no text")
      }
      return name
    }
    if let types, types.count != layers {
      throw ModelError(.configuration, subject, "layer_types has \(types.count) entries for \(layers) layers")
    }
    let rope = json.optional("rope_parameters")
    let full = try base(
      rope?.optional("full_attention"), older: json.double("global_rope_theta", default: 160_000), subject)
    let local = try base(
      rope?.optional("sliding_attention"), older: json.double("local_rope_theta", default: 10_000), subject)
    return try (0..<layers).map { layer in
      switch types?[layer] ?? (layer % every == 0 ? "full_attention" : "sliding_attention") {
      case "full_attention": return LayerRule(rotaryBase: full)
      case "sliding_attention": return LayerRule(window: .sliding(before: reach, after: reach), rotaryBase: local)
      case let type: throw ModelError(.unsupported, subject, "layer_types has \"\(type)\", which is not supported")
      }
    }
  }

  private static func base(_ parameters: JSON?, older: Double, _ subject: String) throws -> Float {
    let kind = try parameters?.string("rope_type", default: "default") ?? "default"
    guard kind == "default" else {
      throw ModelError(.unsupported, subject, "rope_type \"\(kind)\" is not supported, only \"default\"")
    }
    let base = try parameters?.double("rope_theta", default: older) ?? older
    guard base > 0, base.isFinite else {
      throw ModelError(.configuration, subject, "the base \(base) of rotary positions is not a positive number")
    }
    return Float(base)
  }
}
