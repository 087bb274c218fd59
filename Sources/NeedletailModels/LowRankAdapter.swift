public import NeedletailJSON
public import NeedletailTensor

/// A low-rank change of a model's weights, W + scale · B · A, as PEFT saves it (LoRA: Hu and others 2022,
/// arXiv:2106.09685; with scale = α/√r where the configuration says so: Kalajdzievski 2023, arXiv:2312.03732).
///
/// The change is added to the weights when they are packed, so that a model with adapters is as fast as one without; or
/// it is computed beside them, so that each call chooses. Several may be stacked.
public struct LowRankAdapter: Sendable {
  /// How much of the change is added; 1 for all of it.
  public let weight: Float
  private let store: TensorStore
  private let rule: Rule
  /// The path of each changed module, to what the file calls its two tensors.
  private let modules: [String: Names]
  /// The path of each weight that is stored whole, to what the file calls it: those of `modules_to_save`, and those of
  /// tables that the change stands on.
  private let whole: [String: String]

  private struct Names: Sendable {
    let down: String
    let up: String
  }

  /// What the configuration says about the scale.
  private struct Rule: Sendable {
    let alpha: Double
    let isRankStabilised: Bool
    /// α of the modules whose paths end so.
    let alphas: [String: Double]
    /// The modules that were trained whole.
    let saved: [String]

    /// Whether a weight is of a module that was trained whole.
    func saves(_ path: String) -> Bool { saved.contains { ".\(path)".contains(".\($0).") } }

    func scale(rank: Int, module: String) -> Double {
      let alpha = alphas.first { module == $0.key || module.hasSuffix("." + $0.key) }?.value ?? alpha
      return alpha / (isRankStabilised ? Double(rank).squareRoot() : Double(rank))
    }
  }

  /// Reads an adapter.
  ///
  /// - Parameters:
  ///   - json: The object in `adapter_config.json`.
  ///   - subject: The file that errors name.
  ///   - store: The tensors of `adapter_model.safetensors`.
  ///   - weight: How much of the change is added.
  /// - Throws: ``ModelError`` with code `.unsupported` for other kinds of adapters and options that would change the
  ///   result, `.weights` for tensors that are no low-rank change.
  public init(_ json: JSON, subject: String, store: TensorStore, weight: Float = 1) throws(ModelError) {
    self.weight = weight
    self.store = store
    do { rule = try Self.rule(json, subject: subject) } catch let error as ModelError { throw error } catch {
      throw ModelError(.configuration, error, subject: subject)
    }
    var modules: [String: Names] = [:]
    var whole: [String: String] = [:]
    for name in store.names {
      let path = name.hasPrefix("base_model.model.") ? String(name.dropFirst("base_model.model.".count)) : name
      // PEFT writes no name of the adapter here; older files have "default".
      guard let range = path.ranges(of: ".lora_A.").last ?? path.ranges(of: ".lora_embedding_A").last else {
        if path.contains(".base_layer.") {
          whole[path.replacing(".base_layer.", with: ".")] = name
        } else if !path.contains(".lora_B."), !path.contains(".lora_embedding_B") {
          guard rule.saves(path) else {
            throw ModelError(.unsupported, "\(store.path): tensor \(name)", "is no part of a low-rank change")
          }
          guard weight == 1 else {
            throw ModelError(
              .unsupported, "\(store.path): tensor \(name)",
              "is a weight in place of the model's, by modules_to_save; it can only be taken whole, not to \(weight)")
          }
          whole[path] = name
        }
        continue
      }
      let module = String(path[..<range.lowerBound])
      let up = name.replacing(".lora_A.", with: ".lora_B.").replacing(".lora_embedding_A", with: ".lora_embedding_B")
      guard store.contains(up) else {
        throw ModelError(.weights, "\(store.path): tensor \(name)", "has no counterpart \(up)")
      }
      modules[module] = Names(down: name, up: up)
    }
    self.modules = modules
    self.whole = whole
  }

  private static func rule(_ json: JSON, subject: String) throws -> Rule {
    let kind = try json.string("peft_type")
    guard kind == "LORA" else {
      throw ModelError(.unsupported, subject, "peft_type \"\(kind)\" is not supported, only \"LORA\"")
    }
    for key in ["use_dora", "lora_bias", "use_qalora"] where try json.boolean(key, default: false) {
      throw ModelError(.unsupported, subject, "\(key) is true, which is not supported")
    }
    let bias = try json.string("bias", default: "none")
    guard bias == "none" else {
      throw ModelError(.unsupported, subject, "bias \"\(bias)\" is not supported, only \"none\"")
    }
    // These change more than what is added, or when it is added.
    for key in [
      "layer_replication", "trainable_token_indices", "target_parameters", "alora_invocation_tokens",
      "arrow_config", "kasa_config", "monteclora_config", "use_bdlora",
    ] {
      guard let value = json.optional(key), value.count > 0 else { continue }
      throw ModelError(.unsupported, subject, "\(key) is set, which is not supported")
    }
    // Others, as PiSSA, take what they begin with from the base's weights, which the file does not say.
    if let start = json.optional("init_lora_weights")?.string, !["gaussian", "eva", "orthogonal"].contains(start) {
      throw ModelError(
        .unsupported, subject,
        "init_lora_weights \"\(start)\" changes the base; save the adapter as a plain one, which PEFT can convert it to"
      )
    }
    let saved = try json.optional("modules_to_save")?.expect(.array, "modules_to_save").elements.map { (name) throws in
      guard let name = name.string else { throw name.error(.wrongType, "modules_to_save should hold names") }
      return name
    }
    var alphas: [String: Double] = [:]
    for member in json.optional("alpha_pattern").map({ Array($0.members) }) ?? [] {
      let (name, value) = (String(decoding: member.key, as: UTF8.self), member.value)
      guard name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }), let alpha = value.double else {
        throw ModelError(.unsupported, subject, "alpha_pattern has \"\(name)\"; only plain names are supported")
      }
      alphas[name] = alpha
    }
    return Rule(
      alpha: try json.double("lora_alpha"), isRankStabilised: try json.boolean("use_rslora", default: false),
      alphas: alphas, saved: saved ?? [])
  }

  /// The file that errors name.
  var path: String { store.path }

  /// The weights that are changed, sorted.
  var paths: [String] { (modules.keys.map { $0 + ".weight" } + whole.keys).sorted() }

  /// The weights that stand in place of the model's, sorted.
  var wholePaths: [String] { whole.keys.sorted() }

  /// The module that changes a weight, or `nil`.
  ///
  /// - Parameters:
  ///   - name: The weight's, without the checkpoint's prefix.
  ///   - prefixes: Those that the family's checkpoints put before it.
  func module(of name: String, prefixes: [String]) -> String? {
    guard name.hasSuffix(".weight") else { return nil }
    let path = String(name.dropLast(".weight".count))
    return ([""] + prefixes).map { $0 + path }.first { modules[$0] != nil }
  }

  /// The weight that stands in place of another, or `nil`.
  ///
  /// - Parameters:
  ///   - name: That of the other, without the checkpoint's prefix.
  ///   - prefixes: Those that the family's checkpoints put before it.
  func replacement(of name: String, prefixes: [String]) -> String? {
    ([""] + prefixes).map { $0 + name }.first { whole[$0] != nil }
  }

  /// A weight that stands in place of another of this shape.
  func replaced(_ path: String, shape: [Int], kernels: Kernels) throws(ModelError) -> FloatTensor {
    guard let name = whole[path] else { preconditionFailure("a replacement was found before") }
    return try store.weight(name, shape: shape, kernels: kernels)
  }

  /// A weight with the module's change.
  ///
  /// - Parameter isTransposed: Whether the weight has a row for each feature that goes in.
  func apply(
    _ module: String, to tensor: FloatTensor, isTransposed: Bool, kernels: Kernels
  ) throws(ModelError) -> FloatTensor {
    guard let names = modules[module] else { return tensor }
    guard tensor.shape.count == 2 else {
      throw ModelError(
        .unsupported, store.path,
        "changes \(module), whose weight has the shape \(tensor.shape); only matrices are changed")
    }
    let isTurned = isTransposed || names.down.contains(".lora_embedding_A")
    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
    do {
      // An embedding's change is stored turned as well: A is [r, words], B is [features, r].
      let down = try store.floats(names.down, shape: [nil, isTurned ? rows : columns], kernels: kernels)
      let rank = down.shape[0]
      let up = try store.floats(names.up, shape: [isTurned ? columns : rows, rank], kernels: kernels)
      let scale = weight * Float(rule.scale(rank: max(rank, 1), module: module))
      let (left, right) = isTurned ? (try down.transposed(for: module), try up.transposed(for: module)) : (up, down)
      return try tensor.adding(left, right, scale: scale, for: module)
    } catch { throw ModelError(.weights, error.subject, error.message) }
  }

  /// The two matrices of a module's change, which is `up` · `down`.
  ///
  /// - Parameters:
  ///   - inputs: Features that go into the module's product; rows of its table.
  ///   - outputs: Features that come out, or of a row.
  ///   - isTable: Whether the module is a table of rows.
  /// - Returns: `down`, `[r, inputs]`, and `up`, `[outputs, r]`, times the scale and the adapter's weight.
  func matrices(
    of module: String, inputs: Int, outputs: Int, isTable: Bool, kernels: Kernels
  ) throws(ModelError) -> (down: FloatTensor, up: FloatTensor) {
    guard let names = modules[module] else { preconditionFailure("the module is one of these") }
    guard names.down.contains(".lora_embedding_A") == isTable else {
      throw ModelError(
        .weights, "\(store.path): tensor \(names.down)", "\(module) is \(isTable ? "a table of rows" : "a product")")
    }
    do {
      let down = try store.floats(names.down, shape: [nil, inputs], kernels: kernels)
      let rank = down.shape[0]
      guard rank > 0 else { throw ModelError(.weights, "\(store.path): tensor \(names.down)", "has no rows") }
      let up = try store.floats(names.up, shape: [outputs, rank], kernels: kernels)
      let scale = weight * Float(rule.scale(rank: rank, module: module))
      return (down, FloatTensor(up.values.map { scale * $0 }, shape: up.shape))
    } catch let error as TensorError { throw ModelError(.weights, error.subject, error.message) } catch let error
      as ModelError
    { throw error } catch { throw ModelError(.weights, store.path, "\(error)") }
  }

  /// Whether a weight is changed, by its whole name.
  package func changes(_ weight: String) -> Bool { paths.contains(weight) }

  /// Checks that the model has every weight that is changed.
  func check(_ contains: (_ weight: String) -> Bool, prefixes: [String]) throws(ModelError) {
    for path in paths {
      let names = prefixes.filter { path.hasPrefix($0) }.map { String(path.dropFirst($0.count)) } + [path]
      guard !names.contains(where: contains) else { continue }
      throw ModelError(.weights, store.path, "changes \(path), which the model does not have")
    }
  }
}
