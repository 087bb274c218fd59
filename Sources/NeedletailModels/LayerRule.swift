internal import NeedletailJSON
internal import NeedletailTensor

/// What one layer's attention sees, and how positions turn its queries and keys.
struct LayerRule: Sendable, Equatable {
  var window = AttentionWindow.bidirectional
  /// The base of its rotary positions, or `nil` where positions are rows of a table.
  var rotaryBase: Float?

  /// Layers that see everything and others that see a window, each kind with rotary positions of its own.
  ///
  /// Reads `layer_types` and `rope_parameters`, or the keys that came before them: `global_attn_every_n_layers`,
  /// `global_rope_theta` and `local_rope_theta`.
  static func rotary(_ json: JSON, layers: Int, subject: String) throws -> [LayerRule] {
    // A window of 128 reaches 64 tokens to each side.
    let reach = try json.integer("local_attention", in: 0...1_048_576, default: 128) / 2
    let every = try json.integer("global_attn_every_n_layers", in: 1...1024, default: 3)
    let types = json.optional("layer_types")?.elements.map(\.string)
    if let types, types.count != layers {
      throw ModelError(.configuration, subject, "layer_types has \(types.count) entries for \(layers) layers")
    }
    if json.optional("rope_scaling") != nil {
      throw ModelError(.unsupported, subject, "rope_scaling is set; only rotary positions without it are supported")
    }
    let full = try base(json, "full_attention", "global_rope_theta", 160_000, subject: subject)
    let local = try base(json, "sliding_attention", "local_rope_theta", 10_000, subject: subject)
    return try (0..<layers).map { layer in
      switch types?[layer] ?? (layer % every == 0 ? "full_attention" : "sliding_attention") {
      case "full_attention": return LayerRule(rotaryBase: full)
      case "sliding_attention": return LayerRule(window: .sliding(before: reach, after: reach), rotaryBase: local)
      case let type: throw ModelError(.unsupported, subject, "layer_types has \"\(type)\", which is not supported")
      }
    }
  }

  private static func base(
    _ json: JSON, _ type: String, _ older: String, _ usual: Double, subject: String
  ) throws -> Float {
    let parameters = json.optional("rope_parameters")?.optional(type)
    let kind = try parameters?.string("rope_type", default: "default") ?? "default"
    guard kind == "default" else {
      throw ModelError(.unsupported, subject, "rope_type \"\(kind)\" is not supported, only \"default\"")
    }
    let base = try json.double(older, default: usual)
    let result = try parameters?.double("rope_theta", default: base) ?? base
    guard result > 0, result.isFinite else {
      throw ModelError(.configuration, subject, "the base \(result) of rotary positions is not a positive number")
    }
    return Float(result)
  }
}
