internal import NeedletailTensor

/// One layer: attention, then the feed-forward block, each with its residual and its normalisations.
struct TransformerLayer: Sendable {
  /// Where a layer normalises.
  enum Order: Sendable {
    /// The sum of a block and its residual (post-norm).
    case normalizedAfter
    /// What a block takes, and not its residual (pre-norm).
    case normalizedBefore
    /// What a block takes, and what it gives before it is added (sandwich).
    case normalizedAround
    /// What a block takes; both blocks take the states before the layer.
    case parallel
  }

  /// The products whose inputs somebody may want to see.
  enum Product {
    case projection
    case up
  }

  let order: Order
  let projection: Linear
  let attention: Attention
  let attentionOutput: Linear
  /// `nil` for none.
  let attentionNorm: Normalization?
  /// Of what attention gives, before it is added.
  let attentionSumNorm: Normalization?
  /// Whether that takes the sum with the states, to which it is then added.
  let attentionSumHasResidual: Bool
  /// What stands in the place of the feed-forward block's products, where a token takes some of several.
  let experts: Experts?
  /// `nil` where there are experts.
  let up: Linear?
  /// What follows the first product where it gives what is activated and what gates it.
  let gating: Gating?
  /// Of what the gate lets through.
  let gatedNorm: Normalization?
  let down: Linear?
  /// `nil` where the feed-forward block takes what attention takes.
  let outputNorm: Normalization?
  /// Of what the feed-forward block gives, before it is added.
  let outputSumNorm: Normalization?
  /// What follows the layer and sees the states before it.
  let convolution: LayerConvolution?

  /// Rows of the feed-forward block that are computed at a time, so that the wide activations between its two products
  /// stay in the cache; a multiple of every kernel's tile.
  private static let feedForwardRows = 192

  /// Replaces the states by those after this layer.
  ///
  /// - Parameters:
  ///   - starts: Where each text's rows start, and where the last one's end.
  ///   - cache: What came before the rows, which are of one text then.
  ///   - changes: What is added to its products.
  ///   - seen: Called with what a product takes.
  func forward(
    _ states: Block, starts: [Int], cache: KeyValueCache? = nil, changes: LayerChanges = .init(),
    in workspace: Workspace, seen: ((Product, Block) -> Void)? = nil
  ) {
    guard let convolution else {
      return transform(states, starts: starts, cache: cache, changes, in: workspace, seen: seen)
    }
    workspace.scoped {
      let before = workspace.allocate(rows: states.rows, columns: states.columns)
      workspace.copy(states, to: before)
      transform(states, starts: starts, cache: cache, changes, in: workspace, seen: seen)
      workspace.spending(on: .other) {
        convolution.product.forward(before, starts: starts, to: states, residual: states, in: workspace)
      }
      normalize(states, convolution.norm, to: states, in: workspace)
    }
  }

  /// Replaces the states by those after both blocks.
  private func transform(
    _ states: Block, starts: [Int], cache: KeyValueCache?, _ changes: LayerChanges, in workspace: Workspace,
    seen: ((Product, Block) -> Void)?
  ) {
    workspace.scoped {
      let input = input(states, attentionNorm, in: workspace)
      guard order == .parallel else {
        attend(input, to: states, starts: starts, cache: cache, changes, in: workspace, seen: seen)
        return
      }
      let second = outputNorm == nil ? input : self.input(states, outputNorm, in: workspace)
      attend(input, to: states, starts: starts, cache: cache, changes, in: workspace, seen: seen)
      feedForward(second, to: states, changes, in: workspace, seen: seen)
    }
    if order == .normalizedAfter, let attentionNorm { normalize(states, attentionNorm, to: states, in: workspace) }
    if order != .parallel { feedForward(nil, to: states, changes, in: workspace, seen: seen) }
  }

  /// Adds what attention gives for `input` to the states.
  private func attend(
    _ input: Block, to states: Block, starts: [Int], cache: KeyValueCache?, _ changes: LayerChanges,
    in workspace: Workspace, seen: ((Product, Block) -> Void)?
  ) {
    workspace.scoped {
      seen?(.projection, input)
      let projected = workspace.allocate(rows: states.rows, columns: projection.outputs)
      workspace.spending(on: .projection) {
        projection.forward(input, to: projected, changes: changes.projection, in: workspace)
      }
      let context = workspace.allocate(rows: states.rows, columns: attention.queryFeatures)
      workspace.spending(on: .attention) {
        attention.forward(projected, starts: starts, to: context, cache: cache, in: workspace)
      }
      add(
        context, attentionOutput, changes.attentionOutput, attentionSumNorm, hasResidual: attentionSumHasResidual,
        .attentionOutput, to: states, in: workspace)
    }
  }

  /// Adds what the feed-forward block gives to the states.
  ///
  /// - Parameter input: What it takes; `nil` for the states themselves, normalised as the order says.
  private func feedForward(
    _ input: Block?, to states: Block, _ changes: LayerChanges, in workspace: Workspace,
    seen: ((Product, Block) -> Void)?
  ) {
    for first in stride(from: 0, to: states.rows, by: Self.feedForwardRows) {
      let range = first..<min(first + Self.feedForwardRows, states.rows)
      let rows = states.rows(range)
      workspace.scoped {
        let some = input?.rows(range) ?? self.input(rows, outputNorm, in: workspace)
        seen?(.up, some)
        if let experts { experts.forward(some, to: rows, in: workspace) }
        guard let up, let down else { return }
        let wide = workspace.allocate(rows: rows.rows, columns: up.outputs)
        workspace.spending(on: .up) { up.forward(some, to: wide, changes: changes.up, in: workspace) }
        let gated = gating == nil ? wide : workspace.allocate(rows: rows.rows, columns: down.inputs)
        workspace.spending(on: .gating) { gating?.forward(wide, to: gated, in: workspace) }
        if let gatedNorm { normalize(gated, gatedNorm, to: gated, in: workspace) }
        add(gated, down, changes.down, outputSumNorm, .down, to: rows, in: workspace)
      }
      if order == .normalizedAfter, let outputNorm { normalize(rows, outputNorm, to: rows, in: workspace) }
    }
  }

  /// What a block takes.
  private func input(_ states: Block, _ norm: Normalization?, in workspace: Workspace) -> Block {
    guard order != .normalizedAfter, let norm else { return states }
    let input = workspace.allocate(rows: states.rows, columns: states.columns)
    normalize(states, norm, to: input, in: workspace)
    return input
  }

  /// Adds a product, normalised where `norm` is given, to the states.
  ///
  /// - Parameter hasResidual: Whether the states are part of what is normalised.
  private func add(
    _ input: Block, _ product: Linear, _ changes: [Weighted<LowRankProduct>], _ norm: Normalization?,
    hasResidual: Bool = false, _ part: Profile.Part, to states: Block, in workspace: Workspace
  ) {
    guard let norm else {
      workspace.spending(on: part) {
        product.forward(input, to: states, residual: states, changes: changes, in: workspace)
      }
      return
    }
    let sum = workspace.allocate(rows: states.rows, columns: states.columns)
    workspace.spending(on: part) {
      product.forward(input, to: sum, residual: hasResidual ? states : nil, changes: changes, in: workspace)
    }
    normalize(sum, norm, to: sum, in: workspace)
    workspace.add(sum, to: states)
  }

  private func normalize(_ input: Block, _ norm: Normalization, to output: Block, in workspace: Workspace) {
    workspace.spending(on: .normalization) { norm.forward(input, to: output, in: workspace) }
  }
}

/// A convolution of the states before a layer, added to those after it, and the normalisation of the sum.
struct LayerConvolution: Sendable {
  let product: TokenConvolution
  let norm: Normalization
}
