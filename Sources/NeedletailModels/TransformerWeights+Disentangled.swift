internal import NeedletailTensor

/// What DeBERTa has besides what other families have.
extension TransformerWeights {
  /// The table of positions, and which of its rows belongs to a distance.
  struct Distances: Sendable {
    let rows: RelativeDistances
    /// `[2 · span, hiddenSize]`, normalised where the configuration says so; `nil` where nothing looks at positions.
    let table: FloatTensor?
  }

  func distances() throws(ModelError) -> Distances? {
    guard let rule = configuration.disentangled else { return nil }
    let longest = configuration.maximumPositions
    let rows =
      rule.buckets > 0
      ? RelativeDistances(buckets: rule.buckets, maximumDistance: rule.maximumDistance, longest: longest)
      : RelativeDistances(span: rule.span, longest: longest)
    guard rule.contentToPosition || rule.positionToContent else { return Distances(rows: rows, table: nil) }
    let stored = try tensor("encoder.rel_embeddings.weight", [2 * rule.span, configuration.hiddenSize])
    guard rule.normalizesTable else { return Distances(rows: rows, table: stored) }
    let norm = try norm("encoder.LayerNorm", features: configuration.hiddenSize)
    let table = applied(to: stored, columns: configuration.hiddenSize) { norm.forward($0, to: $1, in: $2) }
    return Distances(rows: rows, table: table)
  }

  /// The attention of a layer: its projections of the positions depend on weights alone, so they are computed here.
  func disentangled(_ layer: String, _ distances: Distances) throws(ModelError) -> DisentangledAttention? {
    guard let rule = configuration.disentangled else { return nil }
    let projected = { (name: String, hasBias: Bool) throws(ModelError) -> FloatTensor? in
      guard let table = distances.table else { return nil }
      let features = configuration.heads * configuration.headDimension
      let product = try linear(
        [layer + name], configuration.hiddenSize, [features], hasBias: hasBias, precision: .float32)
      return applied(to: table, columns: features) { product.forward($0, to: $1, in: $2) }
    }
    let shared = rule.sharesProjections
    return DisentangledAttention(
      heads: configuration.heads, headDimension: configuration.headDimension, parts: rule.parts,
      distances: distances.rows,
      positionKeys: rule.contentToPosition
        ? try projected(shared ? names.projection[1] : names.positionKey, shared || names.positionKeyHasBias) : nil,
      positionQueries: rule.positionToContent
        ? try projected(shared ? names.projection[0] : names.positionQuery, true) : nil,
      kernels: kernels)
  }

  /// The bias of queries, keys and values where checkpoints store it apart from their product.
  func projectionBias(_ layer: String) throws(ModelError) -> FloatTensor? {
    guard !names.projectionBiases.isEmpty else { return nil }
    let features = configuration.heads * configuration.headDimension
    var values: [Float] = []
    for name in names.projectionBiases {
      if let name {
        values += try tensor(layer + name, [features]).values
      } else {
        values += [Float](repeating: 0, count: features)
      }
    }
    return FloatTensor(values, shape: [values.count])
  }

  /// What follows the first layer.
  func convolution() throws(ModelError) -> LayerConvolution? {
    guard let rule = configuration.convolution else { return nil }
    let hidden = configuration.hiddenSize
    return LayerConvolution(
      product: TokenConvolution(
        weight: try tensor("encoder.conv.conv.weight", [hidden, hidden, rule.width]),
        bias: try tensor("encoder.conv.conv.bias", [hidden]), activation: rule.activation, kernels: kernels),
      norm: try norm("encoder.conv.LayerNorm", features: hidden))
  }

  /// An operation on the rows of a table.
  private func applied(
    to table: FloatTensor, columns: Int, _ operation: (_ input: Block, _ output: Block, _ workspace: Workspace) -> Void
  ) -> FloatTensor {
    guard !table.isOutline else { return table.outlined([table.shape[0], columns]) }
    let workspace = Workspace(kernels: kernels)
    let input = workspace.allocate(
      Matrix(rows: table.shape[0], columns: table.shape[1], values: table.values))
    let output = workspace.allocate(rows: input.rows, columns: columns)
    operation(input, output, workspace)
    return FloatTensor(workspace.values(of: output), shape: [output.rows, columns])
  }
}
