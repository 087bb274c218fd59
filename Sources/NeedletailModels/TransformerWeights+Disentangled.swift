internal import NeedletailTensor

/// What disentangled attention has besides what other families have.
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
    let stored = try table(rule, release: configuration.family.disentangled)
    guard rule.normalizesTable else { return Distances(rows: rows, table: stored) }
    let norm = try norm(names.distancesNorm, features: configuration.hiddenSize)
    let table = applied(to: stored, columns: configuration.hiddenSize) { norm.forward($0, to: $1, in: $2) }
    return Distances(rows: rows, table: table)
  }

  /// The table of positions, `[2 · span, hiddenSize]`.
  private func table(_ rule: DisentangledRule, release: DisentangledRule.Release?) throws(ModelError) -> FloatTensor {
    let count = release == .shared ? 2 * rule.span - 1 : 2 * rule.span
    let stored = try tensor(names.distances, [count, configuration.hiddenSize])
    guard release == .shared else { return stored }
    // Both directions end in a bucket that all farther distances share; here the last keys' is stored once.
    do { return try stored.rows([0] + Array(0..<count), for: names.distances) } catch {
      throw ModelError(.weights, error.subject, error.message)
    }
  }

  /// The attention of a layer: its projections of the positions depend on weights alone, so they are computed here.
  func disentangled(_ layer: String, _ distances: Distances) throws(ModelError) -> DisentangledAttention? {
    guard let rule = configuration.disentangled else { return nil }
    let features = configuration.heads * configuration.headDimension
    // Of a product that gives queries and keys, the part is 0 for queries and 1 for keys.
    let isOne = names.projection.count == 2
    let projected = { (name: String, hasBias: Bool, part: Int) throws(ModelError) -> FloatTensor? in
      guard let table = distances.table else { return nil }
      let product = try linear(
        [layer + (isOne ? names.projection[0] : name)], configuration.hiddenSize, [isOne ? 2 * features : features],
        hasBias: hasBias, precision: .float32, order: isOne ? order(of: part) : nil)
      return applied(to: table, columns: features) { product.forward($0, to: $1, in: $2) }
    }
    let shared = rule.sharesProjections
    return DisentangledAttention(
      heads: configuration.heads, headDimension: configuration.headDimension, parts: rule.parts,
      distances: distances.rows,
      positionKeys: rule.contentToPosition
        ? try projected(shared ? names.projection[1] : names.positionKey, shared || names.positionKeyHasBias, 1) : nil,
      positionQueries: rule.positionToContent
        ? try projected(shared ? names.projection[0] : names.positionQuery, true, 0) : nil,
      kernels: kernels)
  }

  /// Where the rows of a product of query and key stand that give one of them for a row of the table.
  private func order(of part: Int) -> [Int] {
    switch names.distancesLayout {
    case .stacked:
      let features = configuration.heads * configuration.headDimension
      return Array(part * features..<(part + 1) * features)
    case .byHead: return headOrder(part: part, of: 2)
    }
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
  func applied(
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
