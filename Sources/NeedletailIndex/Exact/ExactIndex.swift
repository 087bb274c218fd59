public import NeedletailTensor

/// Exact nearest-neighbour search: every stored vector is compared with the query.
///
///     var index = ExactIndex(dimension: 384, metric: .cosine, kernels: try .preferred())
///     try index.add(vectors)                                  // [count, 384]
///     let hits = try index.search(query, limit: 10)           // best first
///
/// Vectors are held as float32, or in fewer bits, which costs truth of scores and gains speed and memory. A cascade has
/// both: stages in few bits look at all vectors and keep some of them for the next.
///
///     ExactIndex(dimension: 384, metric: .cosine, stages: [SearchStage(.oneBit, keep: 200)], kernels: kernels)
///
/// Only finite vectors are stored or searched for. Where a score still overflows, the vector ranks behind all others.
/// The same vectors added in the same order give the same hits on any number of threads.
public struct ExactIndex: Sendable {
  /// How many values each vector has.
  public let dimension: Int
  /// What "near" means.
  public let metric: Metric
  /// How vectors are held whose scores are returned.
  public let code: VectorCode
  /// What looks at all vectors first; empty if all are compared as they are held.
  public let stages: [SearchStage]
  /// How many positions were given, those of removed vectors included.
  public private(set) var positions = 0
  /// How many vectors a search may find.
  public var count: Int { positions - removedCount }

  let kernels: Kernels
  /// Those of ``stages``, then what returns scores; empty until there is a vector.
  var layers: [Layer] = []
  /// A bit for each position whose vector was removed, 64 a word.
  private(set) var removed: [UInt64] = []
  private(set) var removedCount = 0

  /// All vectors in one form.
  struct Layer: Sendable {
    let coder: VectorCoder
    /// All full but the last.
    var blocks: [CodeBlock] = []
  }

  /// Creates an empty index.
  ///
  /// - Parameters:
  ///   - dimension: How many values each vector has; 1 to 65,536.
  ///   - metric: What "near" means.
  ///   - code: How vectors are held whose scores are returned; not bits where there are stages.
  ///   - stages: What looks at all vectors first, the first at all of them; only the first may hold bits.
  ///   - kernels: The instruction set to use.
  public init(
    dimension: Int, metric: Metric, code: VectorCode = .float32, stages: [SearchStage] = [], kernels: Kernels
  ) {
    precondition((1...65_536).contains(dimension), "vectors have 1 to 65,536 values")
    precondition(
      (stages.map(\.code) + [code]).dropFirst().allSatisfy { !$0.isBits }, "only what looks at all vectors holds bits")
    self.dimension = dimension
    self.metric = metric
    self.code = code
    self.stages = stages
    self.kernels = kernels
  }

  /// Adds vectors; they get the next positions in order.
  ///
  /// Codes that need a mean or axes take them from the vectors that are added first, where they are 256 or more.
  ///
  /// - Parameter vectors: `[n, dimension]`, any norms.
  /// - Throws: ``IndexError`` with code `.dimensionMismatch` or `.notFinite`; the index is then unchanged.
  /// - Complexity: O(n · `dimension`).
  public mutating func add(_ vectors: Matrix) throws(IndexError) { try add(vectors, borrowing: nil) }

  /// Adds vectors, which the last layer reads in a file where they begin a block of it.
  private mutating func add(_ vectors: Matrix, borrowing region: MappedRegion?) throws(IndexError) {
    try check(vectors)
    let first = positions
    try VectorNorms.check(vectors, kernels) { "vector \(first + $0)" }
    guard vectors.rows > 0 else { return }
    if layers.isEmpty {
      layers = stages.map { layer($0.code, $0.reduction, vectors) } + [layer(code, .none, vectors)]
    }
    for place in layers.indices.dropLast() { layers[place].append(vectors) }
    let last = layers.count - 1
    if let region { layers[last].blocks.append(layers[last].coder.block(region)) } else { layers[last].append(vectors) }
    positions += vectors.rows
    removed += repeatElement(0, count: (positions + 63) / 64 - removed.count)
  }

  /// Adds one vector; see ``add(_:)-(Matrix)``.
  public mutating func add(_ vector: [Float]) throws(IndexError) {
    try add(Matrix(rows: 1, columns: vector.count, values: vector))
  }

  /// Adds the float32 vectors of a mapped file, which stay there if the index holds float32: only stages take memory.
  ///
  /// The file must not change while the index is used.
  ///
  /// - Parameter region: `[n, dimension]`, little-endian.
  /// - Throws: ``IndexError`` with code `.dimensionMismatch` or `.notFinite`; the index is then unchanged.
  package mutating func add(_ region: MappedRegion) throws(IndexError) {
    let rowBytes = 4 * dimension
    guard region.count % rowBytes == 0, region.holdsFloats else {
      throw IndexError(
        .dimensionMismatch, region.file.path, "holds \(region.count) bytes; a vector of \(dimension) has \(rowBytes)")
    }
    let old = self
    do throws(IndexError) {
      for first in stride(from: 0, to: region.count, by: rowBytes * CodeBlock.capacity) {
        try addBlock(region[first..<min(first + rowBytes * CodeBlock.capacity, region.count)])
      }
    } catch {
      self = old
      throw error
    }
  }

  /// Adds up to a block of vectors.
  private mutating func addBlock(_ region: MappedRegion) throws(IndexError) {
    let rows = region.count / (4 * dimension)
    let vectors = Matrix(rows: rows, columns: dimension, values: region.floats(0..<rows * dimension))
    let isBorrowed = code == .float32 && positions % CodeBlock.capacity == 0
    try add(vectors, borrowing: isBorrowed ? region : nil)
  }

  /// Removes vectors; no search finds them any more, and other vectors keep their positions.
  ///
  /// Removing a vector twice changes nothing. Their memory is given back with the index.
  ///
  /// - Throws: ``IndexError`` with code `.outOfRange` for a position that was never given; the index is then unchanged.
  public mutating func remove(_ positions: some Sequence<Int>) throws(IndexError) {
    let positions = Array(positions)
    for position in positions where position < 0 || position >= self.positions {
      throw IndexError(.outOfRange, "position \(position)", "is none of the index's \(self.positions)")
    }
    for position in positions {
      let bit: UInt64 = 1 << UInt64(position & 63)
      if removed[position >> 6] & bit == 0 { removedCount += 1 }
      removed[position >> 6] |= bit
    }
  }

  /// The bytes in memory of all vectors and stages, without what the system allocates beyond.
  public var bytes: Int {
    layers.reduce(8 * removed.count) { $0 + $1.blocks.reduce(0) { $0 + $1.bytes } }
  }

  private func layer(_ code: VectorCode, _ reduction: SearchStage.Reduction, _ first: Matrix) -> Layer {
    Layer(coder: VectorCoder(code, reduction, metric: metric, first: first, kernels))
  }

  func check(_ vectors: Matrix) throws(IndexError) {
    guard vectors.columns == dimension else {
      throw IndexError(
        .dimensionMismatch, "vectors", "have \(vectors.columns) values each; the index holds vectors of \(dimension)")
    }
  }
}

extension ExactIndex.Layer {
  /// Adds vectors to the last block and to new ones.
  fileprivate mutating func append(_ vectors: Matrix) {
    var row = 0
    while row < vectors.rows {
      if blocks.last.map({ $0.count == CodeBlock.capacity }) ?? true { blocks.append(CodeBlock(coder.code)) }
      let last = blocks.count - 1
      let some = min(vectors.rows - row, CodeBlock.capacity - blocks[last].count)
      let part =
        some == vectors.rows
        ? vectors
        : Matrix(
          rows: some, columns: vectors.columns,
          values: Array(vectors.values[row * vectors.columns..<(row + some) * vectors.columns]))
      coder.append(part, to: &blocks[last])
      row += some
    }
  }
}
