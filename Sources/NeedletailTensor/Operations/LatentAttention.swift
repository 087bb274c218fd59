#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Attention of token states to learned latents, the same for every text (Lee and others 2024, arXiv:2405.17428): the
/// states are queries, the latents keys and values.
///
/// Keys and values do not depend on the text, so that query · key is one product of a state with a matrix made of both
/// weights, and value · output another: a head's row of the first for each latent, and a column of the second. This is
/// what is multiplied here; it is the same sum in another order, and a small part of the work.
package struct LatentAttention: Sendable {
  package let heads: Int
  package let latents: Int
  /// `[heads · latents, features]`: scores, scaled.
  private let scores: Linear
  /// `[features, heads · latents]`.
  private let mix: Linear

  /// Features of a state, and of what comes out.
  package var features: Int { scores.inputs }

  /// - Parameters:
  ///   - query: `[heads · d, features]`, what takes states to queries.
  ///   - keys: `[latents, heads · d]`.
  ///   - values: The same shape.
  ///   - output: `[features, heads · d]`, what takes the heads' sums to states.
  ///   - heads: How many heads; divides the rows of `query`.
  ///   - precision: What the two products multiply.
  ///   - kernels: The set that runs it.
  /// - Throws: ``TensorError`` where there is no memory for the products.
  package init(
    query: FloatTensor, keys: FloatTensor, values: FloatTensor, output: FloatTensor, heads: Int,
    precision: Precision, kernels: Kernels
  ) throws(TensorError) {
    let (inner, features, latents) = (query.shape[0], query.shape[1], keys.shape[0])
    precondition(heads > 0 && inner % heads == 0, "each head has as many features")
    precondition(keys.shape == [latents, inner] && values.shape == keys.shape, "keys and values fit the queries")
    precondition(output.shape == [features, inner], "what comes out has the features of what goes in")
    (self.heads, self.latents) = (heads, latents)
    let size = inner / heads
    guard !query.isOutline else {
      scores = Linear(
        weight: query.outlined([heads * latents, features]), bias: nil, precision: precision, kernels: kernels)
      mix = Linear(
        weight: query.outlined([features, heads * latents]), bias: nil, precision: precision, kernels: kernels)
      return
    }
    let subject = "latent attention"
    var scoreRows: [Float] = []
    scoreRows.reserveCapacity(heads * latents * features)
    var mixColumns: [Float] = []
    mixColumns.reserveCapacity(heads * latents * features)
    let (keyColumns, valueColumns) = (try keys.transposed(for: subject), try values.transposed(for: subject))
    let outputColumns = try output.transposed(for: subject)
    for head in 0..<heads {
      let range = head * size..<(head + 1) * size
      let scale = 1 / Float(size).squareRoot()
      // Σ_d key[latent, d] · query[d, ·], and Σ_d value[latent, d] · output[·, d].
      scoreRows += Self.product(
        try keyColumns.rows(range).transposed(for: subject), try query.rows(range).transposed(for: subject), kernels
      ).map { $0 * scale }
      mixColumns += Self.product(
        try valueColumns.rows(range).transposed(for: subject),
        try outputColumns.rows(range).transposed(for: subject), kernels)
    }
    scores = Linear(
      weight: FloatTensor(scoreRows, shape: [heads * latents, features]), bias: nil, precision: precision,
      kernels: kernels)
    mix = Linear(
      weight: try FloatTensor(mixColumns, shape: [heads * latents, features]).transposed(for: subject), bias: nil,
      precision: precision, kernels: kernels)
  }

  /// left · weightᵀ, a row a latent.
  private static func product(_ left: FloatTensor, _ weight: FloatTensor, _ kernels: Kernels) -> [Float] {
    let linear = Linear(weight: weight, bias: nil, kernels: kernels)
    let workspace = Workspace(kernels: kernels)
    let input = workspace.allocate(Matrix(rows: left.shape[0], columns: left.shape[1], values: left.values))
    let output = workspace.allocate(rows: left.shape[0], columns: linear.outputs)
    linear.forward(input, to: output, in: workspace)
    return workspace.values(of: output)
  }

  /// Adds to `states` what they take from the latents.
  ///
  /// - Parameters:
  ///   - input: `[m, features]`: what is looked at, as a rule the states normalised.
  ///   - states: `[m, features]`.
  package func forward(_ input: Block, addedTo states: Block, in workspace: Workspace) {
    precondition(input.rows == states.rows && states.columns == features, "shapes fit")
    workspace.scoped {
      let weights = workspace.allocate(rows: input.rows, columns: heads * latents)
      scores.forward(input, to: weights, in: workspace)
      for row in 0..<weights.rows {
        for head in 0..<heads { unsafe soften(workspace.pointer(weights) + (row * heads + head) * latents) }
      }
      mix.forward(weights, to: states, residual: states, in: workspace)
    }
  }

  /// Softmax of one head's scores of one token.
  private func soften(_ scores: UnsafeMutablePointer<Float>) {
    var highest = -Float.infinity
    for latent in 0..<latents { highest = unsafe max(highest, scores[latent]) }
    var total: Float = 0
    for latent in 0..<latents {
      unsafe scores[latent] = expf(scores[latent] - highest)
      unsafe total += scores[latent]
    }
    for latent in 0..<latents { unsafe scores[latent] /= total }
  }
}
