internal import NeedletailJSON
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// How the states of a text's tokens become one vector: one or several reductions, joined in the order that
/// sentence-transformers joins them.
struct Pooling: Sendable {
  enum Mode: String, Sendable, CaseIterable {
    case cls
    case max
    case mean
    case meanSquareRootLength = "mean_sqrt_len_tokens"
    case weightedMean = "weightedmean"
    case lastToken = "lasttoken"

    /// The key of this mode in configurations before sentence-transformers 5.
    var legacyKey: String {
      switch self {
      case .cls: "pooling_mode_cls_token"
      case .max: "pooling_mode_max_tokens"
      case .mean: "pooling_mode_mean_tokens"
      case .meanSquareRootLength: "pooling_mode_mean_sqrt_len_tokens"
      case .weightedMean: "pooling_mode_weightedmean_tokens"
      case .lastToken: "pooling_mode_lasttoken"
      }
    }
  }

  let modes: [Mode]
  /// Whether the tokens of a prompt take part.
  let includesPrompt: Bool

  static let mean = Pooling(modes: [.mean], includesPrompt: true)

  init(modes: [Mode], includesPrompt: Bool) {
    self.modes = modes
    self.includesPrompt = includesPrompt
  }

  /// Reads a pooling module's `config.json`, of the old form (a flag for each mode) or the new (`pooling_mode`).
  init(_ folder: ModelFolder, hiddenSize: Int) throws(EmbeddingError) {
    let path = folder.file("config.json").path
    guard let json = try folder.json("config.json") else {
      throw EmbeddingError(.unreadable, path, "the pooling module has no config.json")
    }
    do {
      let old = json["word_embedding_dimension"] != nil
      let dimension = try json.integer(old ? "word_embedding_dimension" : "embedding_dimension", in: 1...1_048_576)
      guard dimension == hiddenSize else {
        throw json.error(.outOfRange, "pooling is for \(dimension) features, the encoder gives \(hiddenSize)")
      }
      includesPrompt = try json.boolean("include_prompt", default: true)
      modes = try Self.modes(json)
    } catch { throw EmbeddingError(.malformed, error, subject: path) }
  }

  private static func modes(_ json: JSON) throws(JSONError) -> [Mode] {
    for (key, value) in json.members {
      let name = String(decoding: key, as: UTF8.self)
      if name.hasPrefix("pooling_mode_"), !Mode.allCases.contains(where: { $0.legacyKey == name }),
        value.boolean != false
      {
        throw value.error(.outOfRange, "the pooling mode \"\(name)\" is not supported")
      }
    }
    if let value = json.optional("pooling_mode") {
      let names = value.kind == .array ? Array(value.elements) : [value]
      var modes: [Mode] = []
      for name in names {
        guard let mode = name.string.flatMap(Mode.init(rawValue:)) else {
          throw name.error(.outOfRange, "the pooling mode \"\(name.string ?? "?")\" is not supported")
        }
        modes.append(mode)
      }
      guard !modes.isEmpty else { throw value.error(.outOfRange, "pooling_mode is empty") }
      return modes
    }
    var modes: [Mode] = []
    for mode in Mode.allCases where try json.boolean(mode.legacyKey, default: false) { modes.append(mode) }
    return modes.isEmpty ? [.mean] : modes
  }

  /// Features of the result.
  func dimension(hiddenSize: Int) -> Int { hiddenSize * modes.count }

  /// Reduces one text; one without tokens to zeros.
  ///
  /// - Parameters:
  ///   - states: `[tokens, hiddenSize]`.
  ///   - promptLength: How many leading tokens belong to the prompt.
  ///   - output: `[1, dimension(hiddenSize)]`.
  func forward(_ states: Block, promptLength: Int, to output: Block, in workspace: Workspace) {
    guard states.rows > 0 else { return workspace.fill(output, 0) }
    let skipped = includesPrompt ? 0 : min(promptLength, states.rows)
    for (index, mode) in modes.enumerated() {
      let part = Block(slice: output, columns: index * states.columns..<(index + 1) * states.columns)
      reduce(states, mode, skipped: skipped, to: part, in: workspace)
    }
  }

  private func reduce(_ states: Block, _ mode: Mode, skipped: Int, to output: Block, in workspace: Workspace) {
    let kept = states.rows(skipped..<states.rows)
    // A text without tokens, which the reference cannot embed.
    guard states.rows > 0 else { return workspace.fill(output, 0) }
    switch mode {
    case .cls: workspace.copy(states.rows(first(skipped, of: states.rows)), to: output)
    case .lastToken:
      workspace.copy(states.rows(states.rows - 1..<states.rows), to: output)
      if kept.rows == 0 { workspace.fill(output, 0) }
    case .max:
      workspace.maximum(kept, to: output)
      // The reference gives −∞ where a prompt leaves no token.
      if kept.rows == 0 { workspace.fill(output, 0) }
    case .mean, .meanSquareRootLength:
      workspace.weightedSum(kept, to: output)
      let count = max(Float(kept.rows), 1e-9)
      workspace.scale(output, by: 1 / (mode == .mean ? count : count.squareRoot()))
    case .weightedMean:
      let weights = (skipped..<states.rows).map { Float($0 + 1) }
      workspace.weightedSum(kept, weights: weights, to: output)
      workspace.scale(output, by: 1 / max(weights.reduce(0, +), 1e-9))
    }
  }

  /// The first token after the prompt, or the first of all where the prompt is all there is.
  private func first(_ skipped: Int, of rows: Int) -> Range<Int> {
    let index = skipped < rows ? skipped : 0
    return index..<index + 1
  }
}
