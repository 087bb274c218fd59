#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What logits say about the next token.
enum Probabilities {
  /// log softmax of one logit, in double precision inside.
  static func logarithm(of token: Int, _ logits: some Collection<Float>) -> Float {
    let highest = Double(logits.max() ?? 0)
    let total = logits.reduce(0) { $0 + exp(Double($1) - highest) }
    let logit = logits[logits.index(logits.startIndex, offsetBy: token)]
    return Float(Double(logit) - highest - log(total))
  }

  /// softmax of one logit.
  static func share(of token: Int, _ logits: some Collection<Float>) -> Float {
    let highest = logits.max() ?? 0
    let total = logits.reduce(0) { $0 + expf($1 - highest) }
    return expf(logits[logits.index(logits.startIndex, offsetBy: token)] - highest) / total
  }

  /// The token with the highest logit, the first of several.
  static func likeliest(_ logits: [Float]) -> Int {
    var best = 0
    for token in logits.indices where logits[token] > logits[best] { best = token }
    return best
  }

  /// Draws a token.
  ///
  /// - Parameter point: Where in the sum of all probabilities the token lies, 0 to 1.
  static func draw(_ logits: [Float], _ rule: GenerationSettings.Sampling, _ point: Double) -> Int {
    let order = logits.indices.sorted { logits[$0] > logits[$1] || logits[$0] == logits[$1] && $0 < $1 }
    let kept = rule.top > 0 ? order.prefix(rule.top) : order[...]
    let highest = Double(logits[order[0]])
    let temperature = Double(max(rule.temperature, 1e-6))
    let weights = kept.map { exp((Double(logits[$0]) - highest) / temperature) }
    let total = weights.reduce(0, +)
    var (count, sum) = (0, 0.0)
    // The token that completes the wanted probability still belongs to it.
    while count < weights.count, count == 0 || sum < Double(rule.nucleus) * total {
      sum += weights[count]
      count += 1
    }
    var left = point * sum
    for (token, weight) in zip(kept, weights.prefix(count)) {
      left -= weight
      if left < 0 { return token }
    }
    return kept[kept.startIndex + count - 1]
  }
}
