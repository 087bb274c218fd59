internal import NeedletailTensor
internal import NeedletailTokenizers

/// How large the inputs of a layer's products become, feature by feature, seen on one text of arbitrary tokens.
///
/// The features that stand out do so for every text, because the weights make them; so any tokens show them.
struct LayerCalibration: Sendable {
  /// Tokens of the text.
  private static let length = 64

  /// Largest absolute values of the inputs of query, key and value, `[hiddenSize]`.
  private(set) var projection: [Float] = []
  /// The same of the feed-forward block's first product.
  private(set) var up: [Float] = []

  /// The states that enter the first layer.
  static func states(_ embeddings: InputEmbeddings, _ configuration: TransformerConfiguration, _ kernels: Kernels)
    -> Matrix
  {
    let length = min(Self.length, configuration.maximumLength)
    var tokens = PackedTokens()
    tokens.append(ids: ids(length, of: configuration.vocabularySize))
    let workspace = Workspace(kernels: kernels)
    let states = workspace.allocate(rows: length, columns: configuration.hiddenSize)
    embeddings.forward(tokens, to: states, in: workspace)
    return Matrix(rows: states.rows, columns: states.columns, values: workspace.values(of: states))
  }

  /// Tokens that are spread over the vocabulary, as different as it allows.
  private static func ids(_ count: Int, of vocabularySize: Int) -> [Int32] {
    func multiples(of step: UInt64) -> [Int32] { (0..<count).map { Int32(UInt64($0) * step % UInt64(vocabularySize)) } }
    // The part of 2³² that is the golden ratio, which shares the factors 3 and 89 with some sizes; a prime beside it
    // shares none.
    let ids = multiples(of: 2_654_435_769)
    return Set(ids).count == min(count, vocabularySize) ? ids : multiples(of: 2_654_435_761)
  }

  /// Takes the states through a float32 layer.
  ///
  /// - Parameter states: Those before the layer; afterwards those after it.
  init(_ layer: TransformerLayer, _ states: inout Matrix, _ kernels: Kernels) {
    let workspace = Workspace(kernels: kernels)
    let block = workspace.allocate(states)
    var magnitudes: [TransformerLayer.Product: [Float]] = [:]
    layer.forward(block, starts: [0, states.rows], in: workspace) { product, input in
      magnitudes[product] = Self.magnitudes(workspace.values(of: input), columns: input.columns)
    }
    projection = magnitudes[.projection] ?? []
    up = magnitudes[.up] ?? []
    states.values = workspace.values(of: block)
  }

  private static func magnitudes(_ values: [Float], columns: Int) -> [Float] {
    var largest = [Float](repeating: 0, count: columns)
    for (index, value) in values.enumerated() { largest[index % columns] = max(largest[index % columns], abs(value)) }
    return largest
  }
}
