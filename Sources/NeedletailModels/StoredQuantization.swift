internal import NeedletailJSON

/// What `quantization_config` says of weights that are stored in 8 bits.
///
/// The tensors themselves say how they are read; here is refused what they would not show. Activations are never
/// quantised as it asks: products multiply what their weights stand for with what the layer before gives.
enum StoredQuantization {
  private static let advice =
    "load the model with the library that quantised it and save it without quantization, or take the checkpoint it was "
    + "made from"

  /// Where configurations have had it.
  private static let keys = ["quantization_config", "compression_config"]

  /// Whether the weights are quantised.
  ///
  /// - Parameters:
  ///   - json: The whole of `config.json`.
  ///   - isTransposed: Whether the family stores its products turned.
  /// - Throws: ``ModelError`` with code `.unsupported` naming the method, format or setting that is not read.
  static func check(_ json: JSON, isTransposed: Bool, subject: String) throws -> Bool {
    guard let found = keys.compactMap({ key in json.optional(key).map { (key: key, settings: $0) } }).first else {
      return false
    }
    let settings = try found.settings.expect(.object, found.key)
    func refuse(_ what: String) throws -> Never {
      throw ModelError(.unsupported, subject, "\(found.key): \(what) is not supported; \(advice)")
    }
    let isOlder = settings.optional("quant_method") == nil && settings.optional("load_in_8bit") != nil
    let method = try settings.string("quant_method", default: isOlder ? "bitsandbytes" : "compressed-tensors")
    switch method {
    case "bitsandbytes":
      guard try settings.boolean("load_in_8bit", default: false) else {
        try refuse("quant_method \"bitsandbytes\" without load_in_8bit")
      }
      // It stores such products as if they were not turned, which the shape of a square one does not show.
      if isTransposed { try refuse("quant_method \"bitsandbytes\" of this family") }
    case "compressed-tensors": try checkCompressed(settings, refuse: refuse)
    default:
      try refuse("quant_method \"\(method)\" (only bitsandbytes and compressed-tensors are, with 8 bits)")
    }
    return true
  }

  private static func checkCompressed(_ settings: JSON, refuse: (String) throws -> Never) throws {
    let formats: Set = ["int-quantized", "naive-quantized", "float-quantized", "pack-quantized"]
    let format = try settings.string("format")
    guard formats.contains(format) || format == "mixed-precision" else { try refuse("format \"\(format)\"") }
    let status = try settings.string("quantization_status", default: "compressed")
    guard status == "compressed" else { try refuse("quantization_status \"\(status)\"") }
    for key in ["sparsity_config", "transform_config"] {
      guard let other = settings.optional(key), other.count > 0 else { continue }
      let name = try other.string("format", default: "other")
      if name != "dense" { try refuse("\(key)") }
    }
    for (name, group) in try settings.value("config_groups").expect(.object, "config_groups").members {
      // A name of a preset stands for its settings.
      guard group.kind == .object else {
        try refuse("config_groups \"\(String(decoding: name, as: UTF8.self))\" without settings of its own")
      }
      let own = try group.string("format", default: format)
      guard formats.contains(own) else { try refuse("format \"\(own)\"") }
      guard let weights = group.optional("weights") else { continue }
      let bits = try weights.integer("num_bits", default: 8)
      guard bits == 8 else { try refuse("num_bits \(bits)") }
      let strategy = try weights.string("strategy", default: "group")
      guard ["tensor", "channel", "group"].contains(strategy) else { try refuse("strategy \"\(strategy)\"") }
      if let order = weights.optional("actorder")?.string, !["weight", "static"].contains(order) {
        try refuse("actorder \"\(order)\"")
      }
    }
  }
}
