internal import NeedletailJSON
internal import NeedletailTensor

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// By how much the pairs of a head's features turn from one position to the next, as a configuration says it.
struct RotaryRule: Sendable, Hashable {
  /// How the turns are stretched over texts that are longer than those of the training.
  enum Scaling: Sendable, Hashable {
    case none
    /// Each divided by the factor (Chen and others 2023, arXiv:2306.15595).
    case linear(factor: Float)
    /// A larger base, and each divided by factor^(2/r) (mGTE: Zhang and others 2024, arXiv:2407.19669).
    case ntk(factor: Float)
    /// The slow ones divided by the factor, the fast ones kept, those between mixed (Peng and others 2024,
    /// arXiv:2309.00071), and cosines and sines multiplied with the scale.
    case yarn(factor: Float, scale: Float, low: Double, high: Double)
    /// The same by wavelength (Grattafiori and others 2024, arXiv:2407.21783).
    case llama3(factor: Float, low: Float, high: Float, original: Float)
    /// A base that grows with a text that is longer than those of the training (dynamic NTK: Peng and others 2024,
    /// arXiv:2309.00071, appendix B.1).
    case dynamic(factor: Float, original: Int)
    /// Each divided by a number of its own, one for texts as long as those of the training and one for longer ones, and
    /// cosines and sines multiplied with the scale (LongRoPE: Ding and others 2024, arXiv:2402.13753).
    case longRope(short: [Float], long: [Float], scale: Float, original: Int)
  }

  let base: Float
  /// How many of a head's features turn: the first.
  let turned: Int
  let scaling: Scaling

  /// Reads `rope_parameters` or `rope_scaling`.
  ///
  /// - Parameters:
  ///   - parameters: That object, or `nil`.
  ///   - base: The base where the object names none.
  ///   - part: The part of a head's features that turn where it names none.
  ///   - headDimension: Features of a head.
  ///   - positions: The longest text, where nothing says how long those of the training were.
  ///   - original: What the configuration says outside of the object of how long those were.
  init(
    _ parameters: JSON?, base: Double, part: Double, headDimension: Int, positions: Int, original: Int?,
    subject: String
  ) throws {
    let base = try parameters?.double("rope_theta", default: base) ?? base
    guard base > 1, base.isFinite else {
      throw ModelError(.configuration, subject, "the base \(base) of rotary positions is not a number over 1")
    }
    let part = try parameters?.double("partial_rotary_factor", default: part) ?? part
    guard part > 0, part <= 1 else {
      throw ModelError(.configuration, subject, "partial_rotary_factor \(part) is outside 0 to 1")
    }
    let turned = Int(Double(headDimension) * part)
    guard turned > 0, turned % 2 == 0 else {
      throw ModelError(
        .configuration, subject, "\(turned) features of a head turn; rotary positions need pairs of them")
    }
    self.base = Float(base)
    self.turned = turned
    let kind = try parameters.map { try $0.string("rope_type", default: $0.string("type", default: "default")) }
    switch kind ?? "default" {
    case "default": scaling = .none
    case "dynamic":
      guard turned > 2 else {
        throw ModelError(.configuration, subject, "rope_type \"dynamic\" needs two pairs of features that turn or more")
      }
      scaling = .dynamic(factor: Float(try Self.number(parameters, "factor", subject)), original: positions)
    // The first releases of Phi-3 called it so.
    case "longrope", "su":
      scaling = try Self.longRope(
        parameters, pairs: turned / 2, positions: positions, original: original, subject: subject)
    case "linear": scaling = .linear(factor: Float(try Self.number(parameters, "factor", subject)))
    case "ntk" where parameters?.optional("mixed_b") == nil:
      scaling = .ntk(factor: Float(try Self.number(parameters, "factor", subject)))
    case "yarn" where parameters?.optional("short_factor") == nil:
      scaling = try Self.yarn(
        parameters, base: base, turned: turned, positions: positions, original: original, subject: subject)
    case "llama3":
      scaling = .llama3(
        factor: Float(try Self.number(parameters, "factor", subject)),
        low: Float(try Self.number(parameters, "low_freq_factor", subject)),
        high: Float(try Self.number(parameters, "high_freq_factor", subject)),
        original: Float(try Self.originalLength(parameters, original, positions)))
    case let kind:
      throw ModelError(
        .unsupported, subject,
        "rope_type \"\(kind)\" is not supported; supported are default, linear, dynamic, ntk, yarn, llama3 and longrope"
      )
    }
  }

  private static func number(_ parameters: JSON?, _ key: String, _ subject: String) throws -> Double {
    let value = try parameters?.double(key, default: .nan) ?? .nan
    guard value > 0, value.isFinite else {
      throw ModelError(.configuration, subject, "\(key) of rotary positions should be a positive number")
    }
    return value
  }

  private static func originalLength(_ parameters: JSON?, _ original: Int?, _ positions: Int) throws -> Int {
    try original
      ?? parameters?.integer("original_max_position_embeddings", in: 1...1_048_576, default: positions) ?? positions
  }

  private static func yarn(
    _ parameters: JSON?, base: Double, turned: Int, positions: Int, original: Int?, subject: String
  ) throws -> Scaling {
    let original = Double(try originalLength(parameters, original, positions))
    let factor =
      parameters?.optional("factor") == nil
      ? Double(positions) / original : try number(parameters, "factor", subject)
    func scale(_ weight: Double) -> Double { factor <= 1 ? 1 : 0.1 * weight * log(factor) + 1 }
    let (weight, allWeight) = (
      try parameters?.double("mscale", default: 0) ?? 0, try parameters?.double("mscale_all_dim", default: 0) ?? 0
    )
    let usual = weight != 0 && allWeight != 0 ? scale(weight) / scale(allWeight) : scale(1)
    let given = try parameters?.double("attention_factor", default: usual) ?? usual
    // The pair that makes so many turns over the texts of the training.
    func pair(_ turns: Double) -> Double {
      Double(turned) * log(original / (turns * 2 * .pi)) / (2 * log(base))
    }
    let fast = pair(try parameters?.double("beta_fast", default: 32) ?? 32)
    let slow = pair(try parameters?.double("beta_slow", default: 1) ?? 1)
    let whole = try parameters?.boolean("truncate", default: true) ?? true
    let low = max(whole ? fast.rounded(.down) : fast, 0)
    let high = min(whole ? slow.rounded(.up) : slow, Double(turned - 1))
    guard low.isFinite, high.isFinite, given.isFinite else {
      throw ModelError(.configuration, subject, "the numbers of rope_type \"yarn\" do not fit each other")
    }
    return .yarn(factor: Float(factor), scale: Float(given), low: low, high: low == high ? high + 0.001 : high)
  }

  private static func longRope(
    _ parameters: JSON?, pairs: Int, positions: Int, original: Int?, subject: String
  ) throws -> Scaling {
    func divisors(_ key: String) throws -> [Float] {
      let values = parameters?.optional(key)?.elements.compactMap(\.double) ?? []
      guard values.count == pairs, values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw ModelError(.configuration, subject, "\(key) should have a positive number for each of \(pairs) pairs")
      }
      return values.map(Float.init)
    }
    let original = try originalLength(parameters, original, positions)
    let factor =
      parameters?.optional("factor") == nil
      ? Double(positions) / Double(original) : try number(parameters, "factor", subject)
    let usual = factor > 1 ? (1 + log(factor) / log(Double(original))).squareRoot() : 1
    let scale = try parameters?.double("attention_factor", default: usual) ?? usual
    guard scale.isFinite else {
      throw ModelError(
        .configuration, subject, "attention_factor \(scale) of rope_type \"longrope\" is not a finite number")
    }
    return .longRope(
      short: try divisors("short_factor"), long: try divisors("long_factor"), scale: Float(scale), original: original)
  }

  /// How long a text may be.
  ///
  /// - Parameter positions: How long without scaling that follows the text.
  func longest(positions: Int) -> Int {
    guard case .dynamic(let factor, _) = scaling else { return positions }
    return max(positions, Int(min(factor * Float(positions), Float(1 << 24))))
  }

  /// Whether a text of `length` tokens turns its first `before` otherwise than they turned when they were all of it.
  ///
  /// A base that grows with the text is no reason: the reference leaves keys in the cache as they were turned.
  func turnsOtherwise(before: Int, length: Int) -> Bool {
    guard case .longRope(_, _, _, let original) = scaling else { return false }
    return before <= original && length > original
  }

  /// The rotations themselves.
  func positions(headDimension: Int, longest: Int) -> RotaryPositions {
    var frequencies = RotaryPositions.frequencies(features: turned, base: base)
    var scale: Float = 1
    var longer: RotaryPositions.Longer?
    switch scaling {
    case .none: break
    case .dynamic(let factor, let original): longer = .growingBase(from: base, factor: factor, over: original)
    case .longRope(let short, let long, let given, let original):
      scale = given
      let divided = { (divisors: [Float]) in
        divisors.enumerated().map { 1 / ($1 * powf(base, Float(2 * $0) / Float(turned))) }
      }
      frequencies = divided(short)
      longer = .frequencies(divided(long), over: original)
    case .ntk(let factor):
      let divisor = powf(factor, 2 / Float(turned))
      frequencies = RotaryPositions.frequencies(features: turned, base: base * factor).map { $0 / divisor }
    case .linear(let factor): frequencies = frequencies.map { $0 / factor }
    case .yarn(let factor, let given, let low, let high):
      scale = given
      // Float32 throughout, as the reference computes it.
      frequencies = frequencies.enumerated().map { index, frequency in
        let slowness = min(max((Float(index) - Float(low)) / Float(high - low), 0), 1)
        let stretched = 1 / (factor * (1 / frequency))
        return stretched * slowness + frequency * (1 - slowness)
      }
    case .llama3(let factor, let low, let high, let original):
      frequencies = frequencies.map { frequency in
        let wavelength = 2 * Float.pi / frequency
        if wavelength < original / high { return frequency }
        if wavelength > original / low { return frequency / factor }
        let mix = (original / wavelength - low) / (high - low)
        return (1 - mix) * frequency / factor + mix * frequency
      }
    }
    return RotaryPositions(
      headDimension: headDimension, frequencies: frequencies, scale: scale, longer: longer, positions: longest)
  }
}
