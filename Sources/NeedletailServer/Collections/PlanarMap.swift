#if Server
  package import NeedletailTensor

  /// Vectors laid out in a plane so that as much of their spread as possible is seen: their two principal components
  /// (Pearson 1901, doi:10.1080/14786440109462720), found by orthogonal iteration from a fixed start.
  package struct PlanarMap: Sendable {
    /// A place for each vector, each coordinate −1…1; both axes have the same scale.
    package private(set) var points: [(x: Float, y: Float)] = []
    /// The part of the variance along each axis.
    package private(set) var explained: [Double] = [0, 0]

    /// Vectors that are iterated together; those beyond the second make it converge faster.
    private static let block = 4
    private static let mostRounds = 60
    /// The change of a round, relative to the variance, after which nothing is seen any more.
    private static let tolerance = 1e-6

    /// - Parameters:
    ///   - vectors: All of one length, finite.
    ///   - check: Called between rounds; throws to end early.
    package init(_ vectors: [[Float]], _ kernels: Kernels, check: () throws -> Void = {}) rethrows {
      points = Array(repeating: (0, 0), count: vectors.count)
      guard let d = vectors.first?.count, vectors.count > 1, d > 0 else { return }
      let data = Centred(vectors, d, kernels)
      guard data.variance > 0, data.variance.isFinite else { return }
      let k = min(Self.block, d, vectors.count)
      var axes = Self.start(k, d)
      Self.orthonormalize(&axes)
      var (known, spread) = (0.0, [[Float]]())
      for _ in 0..<Self.mostRounds {
        try check()
        spread = axes.map { data.times($0) }
        let seen = spread.prefix(2).reduce(0) { $0 + $1.reduce(0.0) { $0 + Double($1) * Double($1) } }
        if abs(seen - known) <= Self.tolerance * data.variance { break }
        known = seen
        axes = spread.map { data.transposedTimes($0) }
        Self.orthonormalize(&axes)
      }
      spread = axes.map { data.times($0) }
      place(spread, data.variance)
    }

    /// Turns what the iteration found so that its axes are those of the variance.
    private mutating func place(_ spread: [[Float]], _ variance: Double) {
      let k = spread.count
      let products = (0..<k * k).map { index in
        zip(spread[index / k], spread[index % k]).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      }
      guard let turn = SymmetricEigendecomposition(of: products, order: k) else { return }
      let axes = (0..<min(2, k)).map { axis -> [Double] in
        let weights = Array(turn.vector(axis))
        var places = points.indices.map { point in
          (0..<k).reduce(0.0) { $0 + weights[$1] * Double(spread[$1][point]) }
        }
        // An axis has no direction of its own: the farthest point is on its positive side.
        if let far = places.max(by: { abs($0) < abs($1) }), far < 0 { places = places.map { -$0 } }
        return places
      }
      let largest = axes.joined().reduce(0) { max($0, abs($1)) }
      guard largest > 0 else { return }
      for point in points.indices {
        points[point] = (
          Float(axes[0][point] / largest), axes.count > 1 ? Float(axes[1][point] / largest) : 0
        )
      }
      explained = (0..<2).map { $0 < k ? min(1, max(0, turn.values[$0] / variance)) : 0 }
    }

    private static func start(_ count: Int, _ d: Int) -> [[Float]] {
      var state: UInt64 = 0x9E37_79B9_7F4A_7C15
      return (0..<count).map { _ in
        (0..<d).map { _ in
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(1 << 31)
        }
      }
    }

    /// Gram and Schmidt's way, in double precision; what is no direction of its own becomes zeros.
    private static func orthonormalize(_ axes: inout [[Float]]) {
      var done: [[Double]] = []
      for index in axes.indices {
        var axis = axes[index].map(Double.init)
        let before = axis.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for _ in 0..<2 {
          for other in done {
            let part = zip(axis, other).reduce(0) { $0 + $1.0 * $1.1 }
            for place in axis.indices { axis[place] -= part * other[place] }
          }
        }
        let length = axis.reduce(0) { $0 + $1 * $1 }.squareRoot()
        axis = length > 1e-7 * before ? axis.map { $0 / length } : axis.map { _ in 0 }
        done.append(axis)
        axes[index] = axis.map { Float($0) }
      }
    }
  }

  /// Vectors less their mean, by rows and by columns.
  private struct Centred {
    private let rows: [Float]
    private let columns: [Float]
    private let (n, d): (Int, Int)
    private let kernels: Kernels
    /// The sum of all squares.
    let variance: Double

    init(_ vectors: [[Float]], _ d: Int, _ kernels: Kernels) {
      let n = vectors.count
      var means = [Double](repeating: 0, count: d)
      for vector in vectors { for column in 0..<d { means[column] += Double(vector[column]) } }
      for column in 0..<d { means[column] /= Double(n) }
      var rows = [Float](repeating: 0, count: n * d)
      var columns = rows
      var variance = 0.0
      for row in 0..<n {
        for column in 0..<d {
          let value = Float(Double(vectors[row][column]) - means[column])
          rows[row * d + column] = value
          columns[column * n + row] = value
          variance += Double(value) * Double(value)
        }
      }
      (self.rows, self.columns, self.n, self.d) = (rows, columns, n, d)
      (self.kernels, self.variance) = (kernels, variance)
    }

    func times(_ axis: [Float]) -> [Float] {
      var result = [Float](repeating: 0, count: n)
      kernels.dots(axis[...], rows[...], to: &result)
      return result
    }

    func transposedTimes(_ spread: [Float]) -> [Float] {
      var result = [Float](repeating: 0, count: d)
      kernels.dots(spread[...], columns[...], to: &result)
      return result
    }
  }
#endif
