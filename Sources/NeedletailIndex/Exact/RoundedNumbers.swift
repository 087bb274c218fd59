internal import NeedletailTensor

/// A vector as whole numbers from −127 to 127 times a scale.
struct WholeNumbers {
  let codes: [Int8]
  let scale: Float

  init(_ x: ArraySlice<Float>) {
    let most = x.reduce(Float(0)) { max($0, abs($1)) }
    let inverse = 127 / most
    guard most > 0, inverse.isFinite else {
      (codes, scale) = ([Int8](repeating: 0, count: x.count), 0)
      return
    }
    codes = x.map { Int8(min(127, max(-127, ($0 * inverse).rounded(.toNearestOrEven)))) }
    scale = most / 127
  }
}

/// A vector as odd numbers from −15 to 15, which are 2 · code − 15, times a scale.
struct OddNumbers {
  /// From 0 to 15.
  let codes: [UInt8]
  /// The inner product of the vector with its odd numbers.
  let product: Float
  /// What makes the numbers as near to the vector as they can be.
  let scale: Float

  /// Half a step of 16 even steps that lose least of a normal distribution of deviation 1 (Max 1960,
  /// doi:10.1109/TIT.1960.1057548), and wider ones for vectors with values that stand out.
  private static let halfSteps: [Float] = [0.1676, 0.21, 0.26, 0.33]

  /// Rounds the values of a rotated vector, in the steps that lose least of it.
  init(_ x: ArraySlice<Float>, square: Float) {
    let deviation = (square / Float(x.count)).squareRoot()
    var best: (inverse: Float, kept: Float) = (0, 0)
    for halfStep in Self.halfSteps {
      let inverse = 1 / (halfStep * deviation)
      guard inverse.isFinite else { continue }
      let (sum, size) = Self.measure(x, inverse)
      if sum * sum / size > best.kept { best = (inverse, sum * sum / size) }
    }
    let inverse = best.inverse
    guard inverse > 0 else {
      (codes, product, scale) = ([UInt8](repeating: 8, count: x.count), 0, 0)
      return
    }
    let (sum, size) = Self.measure(x, inverse)
    codes = x.map { UInt8(Self.code($0, inverse)) }
    (product, scale) = (sum, sum / size)
  }

  private static func code(_ value: Float, _ inverse: Float) -> Float {
    min(15, max(0, ((value * inverse + 15) * 0.5).rounded(.toNearestOrEven)))
  }

  /// The inner products of the odd numbers with the vector and with themselves.
  private static func measure(_ x: ArraySlice<Float>, _ inverse: Float) -> (product: Float, square: Float) {
    x.reduce(into: (0, 0)) { sums, value in
      let odd = 2 * code(value, inverse) - 15
      sums.0 += value * odd
      sums.1 += odd * odd
    }
  }

  /// Only the signs of a vector: 0 for −1, 1 for 1.
  init(signs x: ArraySlice<Float>) {
    codes = x.map { $0 >= 0 ? 1 : 0 }
    product = x.reduce(0) { $0 + abs($1) }
    scale = product / Float(max(1, x.count))
  }

  /// One bit of each code, 64 a word.
  func bits(_ plane: Int) -> [UInt64] {
    stride(from: 0, to: codes.count, by: 64).map { first in
      codes[first..<first + 64].enumerated().reduce(0) {
        $0 | UInt64($1.element >> UInt8(plane) & 1) << UInt64($1.offset)
      }
    }
  }
}

/// Rounding to bfloat16, ties to even.
enum BrainFloat {
  static func round(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
  }
}

/// Lengths of vectors, and whether they have one.
enum VectorNorms {
  /// 1 / length, also where the squares of tiny values vanish in float32; 0 for a vector of zeros.
  static func inverse(_ vector: ArraySlice<Float>, _ kernels: Kernels) -> Float {
    let square = kernels.dot(vector, vector)
    if square > 1e-30 { return 1 / square.squareRoot() }
    let exact = vector.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard exact > 0 else { return 0 }
    let inverse = Float(1 / exact.squareRoot())
    return inverse.isFinite ? inverse : 0
  }

  /// Checks that rows are finite and can be squared.
  ///
  /// - Parameter name: What errors call a row.
  static func check(_ vectors: Matrix, _ kernels: Kernels, _ name: (Int) -> String) throws(IndexError) {
    for row in 0..<vectors.rows where !kernels.dot(vectors[row: row], vectors[row: row]).isFinite {
      throw IndexError(
        .notFinite, name(row), "holds a value that is not finite, or values too large to square")
    }
  }
}
