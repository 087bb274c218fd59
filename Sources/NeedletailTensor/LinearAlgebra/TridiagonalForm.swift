/// A symmetric matrix on its way to diagonal form: A = rowsᵀ · T · rows with T tridiagonal.
///
/// Letters: n is the order. Everything is stored so that inner loops run along rows.
struct TridiagonalForm {
  let order: Int
  /// The diagonal of T; after ``diagonalize()`` the eigenvalues.
  var diagonal: [Double]
  /// The subdiagonal of T: `subdiagonal[i]` couples i − 1 and i; the first is 0.
  var subdiagonal: [Double]
  /// The orthogonal transformation `[n, n]`; after ``diagonalize()`` row i is the eigenvector of `diagonal[i]`.
  var rows: [Double]

  /// Reduces a matrix `[order, order]` by n − 2 Householder reflections, of which it reads the lower triangle.
  init(of matrix: [Double], order n: Int) {
    order = n
    diagonal = [Double](repeating: 0, count: n)
    subdiagonal = [Double](repeating: 0, count: n)
    rows = [Double](repeating: 0, count: n * n)
    var a = matrix
    for i in 0..<n { for j in 0..<i { a[j * n + i] = a[i * n + j] } }
    var reflections = [Double](repeating: 0, count: n * n)  // row k: the unit vector of reflection k, or zeros
    var product = [Double](repeating: 0, count: n)
    for k in stride(from: 0, to: n - 2, by: 1) {
      guard Self.reflection(of: a, column: k, order: n, to: &reflections) else { continue }
      let v = reflections[(k * n)..<((k + 1) * n)]
      Self.apply(v, from: k + 1, to: &a, order: n, scratch: &product)
    }
    for i in 0..<n { diagonal[i] = a[i * n + i] }
    for i in stride(from: 1, to: n, by: 1) { subdiagonal[i] = a[i * n + i - 1] }
    accumulate(reflections)
  }

  /// Finds the unit vector v with (I − 2vvᵀ) mapping the part of a column below the subdiagonal to zero.
  private static func reflection(
    of a: [Double], column k: Int, order n: Int, to reflections: inout [Double]
  ) -> Bool {
    var scale = 0.0
    for i in (k + 2)..<n { scale = max(scale, a[i * n + k].magnitude) }
    guard scale > 0 else { return false }
    scale = max(scale, a[(k + 1) * n + k].magnitude)
    var square = 0.0
    for i in (k + 1)..<n {
      let x = a[i * n + k] / scale
      reflections[k * n + i] = x
      square += x * x
    }
    let head = reflections[k * n + k + 1]
    let length = square.squareRoot()
    reflections[k * n + k + 1] = head + (head < 0 ? -length : length)
    let norm = (square - head * head + reflections[k * n + k + 1] * reflections[k * n + k + 1]).squareRoot()
    for i in (k + 1)..<n { reflections[k * n + i] /= norm }
    return true
  }

  /// a ← (I − 2vvᵀ) a (I − 2vvᵀ), where v is zero before `first`.
  private static func apply(
    _ v: ArraySlice<Double>, from first: Int, to a: inout [Double], order n: Int, scratch w: inout [Double]
  ) {
    let v = Array(v)
    // w = a·v − (vᵀ·a·v) v, then a −= 2(v wᵀ + w vᵀ); rows and columns before `first` − 1 are untouched.
    let low = first - 1
    var inner = 0.0
    for i in low..<n {
      var sum = 0.0
      for j in first..<n { sum += a[i * n + j] * v[j] }
      w[i] = sum
      inner += sum * v[i]
    }
    for i in first..<n { w[i] -= inner * v[i] }
    for i in low..<n {
      let (vi, wi) = (2 * v[i], 2 * w[i])
      for j in low..<n { a[i * n + j] -= vi * w[j] + wi * v[j] }
    }
  }

  /// rows = (H₀ H₁ …)ᵀ, the last reflection applied first so that each touches a small block.
  private mutating func accumulate(_ reflections: [Double]) {
    let n = order
    for i in 0..<n { rows[i * n + i] = 1 }
    for k in stride(from: n - 3, through: 0, by: -1) {
      let v = Array(reflections[(k * n)..<((k + 1) * n)])
      // rowsᵀ ← H · rowsᵀ, thus rows ← rows · H: each row loses twice its component along v.
      for i in 0..<n {
        var sum = 0.0
        for j in (k + 1)..<n { sum += rows[i * n + j] * v[j] }
        if sum == 0 { continue }
        for j in (k + 1)..<n { rows[i * n + j] -= 2 * sum * v[j] }
      }
    }
  }

  /// Drives the subdiagonal to zero by implicit QL steps with Wilkinson's shift; `false` if it does not converge.
  mutating func diagonalize() -> Bool {
    let n = order
    for i in stride(from: 1, to: n, by: 1) { subdiagonal[i - 1] = subdiagonal[i] }
    subdiagonal[n - 1] = 0
    // Measured by the largest row of all: a matrix of low rank has rows of mere rounding, which have no scale.
    let negligible = .ulpOfOne * (0..<n).reduce(0.0) { max($0, diagonal[$1].magnitude + subdiagonal[$1].magnitude) }
    for l in 0..<n {
      var steps = 0
      while true {
        let m = split(from: l, negligible: negligible)
        if m == l { break }
        guard steps < 60 else { return false }
        steps += 1
        implicitStep(from: l, to: m)
      }
    }
    return true
  }

  /// The first m ≥ l whose coupling to m + 1 is negligible.
  private func split(from l: Int, negligible: Double) -> Int {
    (l..<(order - 1)).first { subdiagonal[$0].magnitude <= negligible } ?? order - 1
  }

  private mutating func implicitStep(from l: Int, to m: Int) {
    let spread = (diagonal[l + 1] - diagonal[l]) / (2 * subdiagonal[l])
    let root = Self.hypotenuse(spread, 1)
    var g = diagonal[m] - diagonal[l] + subdiagonal[l] / (spread + (spread < 0 ? -root : root))
    var (sine, cosine, shift) = (1.0, 1.0, 0.0)
    for i in stride(from: m - 1, through: l, by: -1) {
      let f = sine * subdiagonal[i]
      let b = cosine * subdiagonal[i]
      let r = Self.hypotenuse(f, g)
      subdiagonal[i + 1] = r
      if r == 0 {
        diagonal[i + 1] -= shift
        subdiagonal[m] = 0
        return
      }
      (sine, cosine) = (f / r, g / r)
      g = diagonal[i + 1] - shift
      let t = (diagonal[i] - g) * sine + 2 * cosine * b
      shift = sine * t
      diagonal[i + 1] = g + shift
      g = cosine * t - b
      rotate(i, sine: sine, cosine: cosine)
    }
    diagonal[l] -= shift
    subdiagonal[l] = g
    subdiagonal[m] = 0
  }

  private mutating func rotate(_ i: Int, sine: Double, cosine: Double) {
    let (lower, upper) = (i * order, (i + 1) * order)
    for k in 0..<order {
      let f = rows[upper + k]
      rows[upper + k] = sine * rows[lower + k] + cosine * f
      rows[lower + k] = cosine * rows[lower + k] - sine * f
    }
  }

  private static func hypotenuse(_ a: Double, _ b: Double) -> Double {
    let (large, small) = (max(a.magnitude, b.magnitude), min(a.magnitude, b.magnitude))
    guard large > 0 else { return 0 }
    let ratio = small / large
    return large * (1 + ratio * ratio).squareRoot()
  }
}
