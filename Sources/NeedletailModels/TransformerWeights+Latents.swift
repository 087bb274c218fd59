internal import NeedletailTensor

/// What NV-Embed has after its language model.
extension TransformerWeights {
  /// The block, or `nil` where the family has no latents.
  ///
  /// Their keys and values do not depend on texts and are computed here.
  func latentBlock(precision: Precision) throws(ModelError) -> LatentBlock? {
    guard let rule = configuration.latents else { return nil }
    let hidden = configuration.hiddenSize
    let (looking, feeding) = ("cross_attend_blocks.0.", "cross_attend_blocks.1.")
    let inner = rule.heads * rule.headDimension
    let query = try latentTensor(looking + "fn.to_q.weight", [inner, hidden])
    let both = Linear(
      weight: try latentTensor(looking + "fn.to_kv.weight", [2 * inner, hidden]), bias: nil, kernels: kernels)
    let output = try latentTensor(looking + "fn.to_out.weight", [hidden, inner])
    let norm = try latentNorm(looking + "norm_context")
    let latents = try latentTensor("latents", [rule.latents, hidden])
    let projected = applied(to: latents, columns: 2 * inner) { input, output, workspace in
      norm.forward(input, to: input, in: workspace)
      both.forward(input, to: output, in: workspace)
    }
    let attention: LatentAttention
    do {
      let columns = try projected.transposed(for: "latents")
      attention = try LatentAttention(
        query: query, keys: columns.rows(0..<inner).transposed(for: "latents"),
        values: columns.rows(inner..<2 * inner).transposed(for: "latents"), output: output, heads: rule.heads,
        precision: precision, kernels: kernels)
    } catch { throw ModelError(.weights, error.subject, error.message) }
    return LatentBlock(
      attentionNorm: try latentNorm(looking + "norm"), attention: attention,
      outputNorm: try latentNorm(feeding + "norm"),
      up: try latentLinear(feeding + "fn.net.0", hidden, 8 * hidden, precision),
      gating: Gating(activation: .gelu, isGateFirst: true),
      down: try latentLinear(feeding + "fn.net.2", 4 * hidden, hidden, precision))
  }

  private func latentLinear(
    _ name: String, _ inputs: Int, _ outputs: Int, _ precision: Precision
  ) throws(ModelError) -> Linear {
    Linear(
      weight: try latentTensor(name + ".weight", [outputs, inputs]), bias: try latentTensor(name + ".bias", [outputs]),
      precision: precision, kernels: kernels)
  }

  private func latentNorm(_ name: String) throws(ModelError) -> Normalization {
    Normalization(
      gamma: try latentTensor(name + ".weight", [configuration.hiddenSize]),
      beta: try latentTensor(name + ".bias", [configuration.hiddenSize]), epsilon: 1e-5)
  }

  /// A tensor beside those of the language model.
  private func latentTensor(_ name: String, _ shape: [Int?]) throws(ModelError) -> FloatTensor {
    let name = "latent_attention_model." + name
    return try tensor(name, changedAs: name, shape)
  }
}
