internal import NeedletailJSON
internal import NeedletailTensor

/// What one layer's attention sees, and how positions turn its queries and keys.
struct LayerRule: Sendable, Equatable {
  var window = AttentionWindow.bidirectional
  /// `nil` where positions do not turn queries and keys.
  var rotary: RotaryRule?
}

/// Which layers of a family see a window, and by which positions they turn.
enum LayerPattern: Sendable, Equatable {
  /// All see the whole text.
  case uniform
  /// All see `sliding_window` tokens, where there is such a number.
  case windowed
  /// Those from `max_window_layers` on see a window, where `use_sliding_window` asks for it, or those of `layer_types`.
  case qwen
  /// All but each `every`-th see a window, or those of `layer_types`.
  case alternating(every: Int)
  /// All but each sixth see a window and turn by positions of their own, or those of `layer_types`.
  case gemma3
  /// The first of each three sees everything, the others a window both ways, each kind with positions of its own.
  case modernBERT

  /// The kinds of layers, as `layer_types` calls them.
  private enum Kind: String {
    case full = "full_attention"
    case sliding = "sliding_attention"
  }

  /// The rules of all layers.
  ///
  /// - Parameters:
  ///   - json: The configuration.
  ///   - isCausal: Whether a token sees only those before it.
  ///   - rotary: The rule of rotary positions for those parameters of theirs and that base, `nil` where the family has
  ///     none.
  func rules(
    _ json: JSON, layers: Int, isCausal: Bool, subject: String,
    rotary: (_ parameters: JSON?, _ base: Double?) throws -> RotaryRule?
  ) throws -> [LayerRule] {
    let whole = isCausal ? AttentionWindow.causal : .bidirectional
    let kinds = try kinds(json, layers: layers, subject: subject)
    let window = try kinds.contains(.sliding) ? window(json, isCausal: isCausal) : whole
    let parameters = json.optional("rope_scaling") ?? json.optional("rope_parameters")
    let full: RotaryRule?
    let local: RotaryRule?
    switch self {
    case .uniform, .windowed, .qwen, .alternating:
      full = try rotary(parameters, nil)
      local = full
    case .gemma3, .modernBERT:
      let nested = json.optional("rope_parameters")
      let (fullKey, fullBase, localKey, localBase) =
        self == .gemma3
        ? ("rope_theta", 1_000_000.0, "rope_local_base_freq", 10_000.0)
        : ("global_rope_theta", 160_000, "local_rope_theta", 10_000)
      let older = json.optional("rope_scaling")
      if self == .modernBERT, older != nil {
        throw ModelError(.unsupported, subject, "rope_scaling is set, which this family does not know")
      }
      full = try rotary(
        older ?? nested?.optional(Kind.full.rawValue), json.double(fullKey, default: fullBase))
      local = try rotary(nested?.optional(Kind.sliding.rawValue), json.double(localKey, default: localBase))
    }
    return kinds.map { kind in
      kind == .full ? LayerRule(window: whole, rotary: full) : LayerRule(window: window, rotary: local)
    }
  }

  private func window(_ json: JSON, isCausal: Bool) throws -> AttentionWindow {
    if self == .modernBERT {
      // A window of 128 reaches 64 tokens to each side.
      let reach = try json.integer("local_attention", in: 0...1_048_576, default: 128) / 2
      return .sliding(before: reach, after: reach)
    }
    // A window of 128 is the token itself and 127 before it. A model that is made to see both ways reaches 128 to each
    // side; one that always did, 64.
    let size = try json.integer("sliding_window", in: 1...1_048_576, default: 4096)
    if isCausal { return .sliding(before: size - 1, after: 0) }
    let reach = try json.boolean("use_bidirectional_attention", default: false) ? size / 2 : size
    return .sliding(before: reach, after: reach)
  }

  private func kinds(_ json: JSON, layers: Int, subject: String) throws -> [Kind] {
    func repeated(_ isFull: (Int) -> Bool) -> [Kind] { (0..<layers).map { isFull($0) ? .full : .sliding } }
    switch self {
    case .uniform: return repeated { _ in true }
    case .windowed: return repeated { _ in json.optional("sliding_window") == nil }
    case .qwen:
      guard try json.boolean("use_sliding_window", default: false), json.optional("sliding_window") != nil else {
        return repeated { _ in true }
      }
      let first = try json.integer("max_window_layers", in: 0...1024, default: 28)
      return try named(json, layers: layers, subject: subject) ?? repeated { $0 < first }
    case .alternating(let every):
      return try named(json, layers: layers, subject: subject) ?? repeated { ($0 + 1) % every == 0 }
    case .gemma3:
      let every = try json.integer("sliding_window_pattern", in: 1...1024, default: 6)
      return try named(json, layers: layers, subject: subject) ?? repeated { ($0 + 1) % every == 0 }
    case .modernBERT:
      let every = try json.integer("global_attn_every_n_layers", in: 1...1024, default: 3)
      return try named(json, layers: layers, subject: subject) ?? repeated { $0 % every == 0 }
    }
  }

  /// The kinds that `layer_types` names.
  private func named(_ json: JSON, layers: Int, subject: String) throws -> [Kind]? {
    guard let types = json.optional("layer_types") else { return nil }
    let kinds = try types.elements.map { type in
      guard let name = type.string else {
        throw ModelError(.configuration, subject, "layer_types has an entry that is no text")
      }
      guard let kind = Kind(rawValue: name) else {
        throw ModelError(.unsupported, subject, "layer_types has \"\(name)\", which is not supported")
      }
      return kind
    }
    guard kinds.count == layers else {
      throw ModelError(.configuration, subject, "layer_types has \(kinds.count) entries for \(layers) layers")
    }
    return kinds
  }
}
