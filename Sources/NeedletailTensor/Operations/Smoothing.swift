/// Moves magnitude from the input features that have much of it to their weights, so that both round well to 8 bits:
/// x · w = (x / f) · (w · f) with f = √(max|x| / max|w|) for each input feature.
///
/// SmoothQuant with α = 0.5 (Xiao and others 2023, arXiv:2211.10438).
package struct Smoothing: Sendable {
  /// 1 / f, `[inputs]`.
  let factors: [Float]
  private let weightFactors: [Float]

  /// - Parameters:
  ///   - magnitudes: The largest absolute value of each input feature, `[inputs]`.
  ///   - weight: `[outputs, inputs]`.
  package init(magnitudes: [Float], weight: FloatTensor) {
    precondition(weight.shape.count == 2 && weight.shape[1] == magnitudes.count, "there is a magnitude for each input")
    var largest = [Float](repeating: 0, count: magnitudes.count)
    for row in 0..<weight.shape[0] {
      for column in 0..<magnitudes.count {
        largest[column] = max(largest[column], abs(unsafe weight.start[row * magnitudes.count + column]))
      }
    }
    // A feature that was never seen, or that nobody reads, is left as it is.
    let ratios = zip(magnitudes, largest).map { input, weight in
      let ratio = (input / weight).squareRoot()
      return ratio.isFinite && ratio > 0 ? ratio : 1
    }
    weightFactors = ratios
    factors = ratios.map { 1 / $0 }
  }

  /// The weight with each input feature's column times f.
  func apply(_ weight: FloatTensor) -> FloatTensor {
    let columns = weightFactors.count
    let values = (0..<weight.count).map { unsafe weight.start[$0] * weightFactors[$0 % columns] }
    return FloatTensor(values, shape: weight.shape)
  }
}
