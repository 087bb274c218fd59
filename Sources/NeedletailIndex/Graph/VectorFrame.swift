internal import NeedletailTensor

/// How vectors of a metric become rotated rows whose inner products rank them, and scores become values of the metric.
///
/// Rows are taken from their mean before they are rotated: what all have in common tells none from another and would
/// take bits of the codes.
struct VectorFrame: Sendable {
  let metric: Metric
  let rotation: CodeRotation
  /// `[dimension]`, in the space of the vectors; after normalising for cosine.
  let mean: [Float]
  /// The largest length that rows are expected to have, for inner products.
  let longest: Float
  private let meanSquare: Float
  private let kernels: Kernels

  /// A row and what its codes do not hold.
  struct Row {
    let rotated: [Float]
    let bias: Float
    let height: Float
  }

  init(metric: Metric, mean: [Float], longest: Float, kernels: Kernels) {
    self.metric = metric
    self.mean = mean
    self.longest = longest
    self.kernels = kernels
    rotation = CodeRotation(dimension: mean.count)
    meanSquare = kernels.dot(mean[...], mean[...])
  }

  /// A frame for vectors like those of a sample.
  ///
  /// - Parameter sample: At least one finite vector.
  init(metric: Metric, sample: Matrix, kernels: Kernels) {
    var mean = [Float](repeating: 0, count: sample.columns)
    var longest: Float = 0
    for row in 0..<sample.rows {
      let vector = Self.scaled(sample[row: row], metric, kernels)
      for index in mean.indices { mean[index] += vector[index] / Float(sample.rows) }
      longest = max(longest, kernels.dot(vector[...], vector[...]).squareRoot())
    }
    self.init(metric: metric, mean: mean, longest: longest, kernels: kernels)
  }

  /// The base of the distance of two rows: what it has beside their products and biases.
  var base: Float { metric == .innerProduct ? 2 * (longest * longest - meanSquare) : 0 }

  /// Whether rows have heights: inner products rank as distances do once every vector has the same length, which a
  /// further feature gives it (Bachrach and others 2014, doi:10.1145/2645710.2645741).
  var hasHeights: Bool { metric == .innerProduct }

  /// A vector as a row.
  func row(_ vector: ArraySlice<Float>) -> Row {
    let scaled = Self.scaled(vector, metric, kernels)
    let centred = centred(scaled)
    let rotated = rotation.rotate(centred, kernels: kernels)
    let square = kernels.dot(scaled[...], scaled[...])
    guard metric == .innerProduct else {
      // A vector of zeros is similar to none, not at the distance 1 from all of length one.
      let missing: Float = metric == .cosine && square == 0 ? 0.5 : 0
      return Row(rotated: rotated, bias: -kernels.dot(centred[...], centred[...]) / 2 - missing, height: 0)
    }
    return Row(
      rotated: rotated, bias: kernels.dot(scaled[...], mean[...]) - meanSquare,
      height: max(0, longest * longest - square).squareRoot())
  }

  /// A query, rotated like the rows, and what turns scores into values of the metric.
  func query(_ vector: ArraySlice<Float>) -> (rotated: [Float], values: Values) {
    let scaled = Self.scaled(vector, metric, kernels)
    let centred = centred(scaled)
    let constant: Float
    switch metric {
    case .innerProduct: constant = kernels.dot(scaled[...], mean[...])
    case .cosine, .squaredL2: constant = kernels.dot(centred[...], centred[...])
    }
    let isZero = metric == .cosine && !scaled.contains { $0 != 0 }
    return (rotation.rotate(centred, kernels: kernels), Values(metric: metric, constant: constant, isZero: isZero))
  }

  /// Turns scores of codes into values of the metric.
  struct Values: Sendable {
    let metric: Metric
    let constant: Float
    /// Whether the query is all zeros, to which every cosine is 0.
    let isZero: Bool

    func callAsFunction(_ score: Float) -> Float {
      if isZero { return 0 }
      return switch metric {
      case .innerProduct: score + constant
      case .cosine: min(1, max(-1, 1 + score - constant / 2))
      case .squaredL2: max(0, constant - 2 * score)
      }
    }
  }

  private func centred(_ vector: [Float]) -> [Float] {
    var result = [Float](repeating: 0, count: rotation.codeDimension)
    for index in vector.indices { result[index] = vector[index] - mean[index] }
    return result
  }

  /// A vector, at length one for cosine; one of zeros stays as it is.
  private static func scaled(_ vector: ArraySlice<Float>, _ metric: Metric, _ kernels: Kernels) -> [Float] {
    guard metric == .cosine else { return Array(vector) }
    let inverse = VectorNorms.inverse(vector, kernels)
    return vector.map { $0 * inverse }
  }
}
