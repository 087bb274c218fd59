internal import NeedletailTensor
internal import NeedletailTokenizers

/// Mean and covariance of vectors, gathered block by block.
///
/// Blocks have a fixed size and are added up in their order, so the number of threads changes nothing.
struct SentenceMoments: Sendable {
  let width: Int
  private var total = 0.0
  private var sum: [Double]
  /// The lower triangle of Σ x xᵀ, the rest zero.
  private var products: [Double]

  /// Sentences that one thread takes at a time.
  private static let blockSize = 128
  /// Blocks whose sums are held at a time.
  private static let blocksPerRound = 16

  init(width: Int) {
    self.width = width
    sum = [Double](repeating: 0, count: width)
    products = [Double](repeating: 0, count: width * width)
  }

  /// Adds the vectors, at length 1, of the sentences of a corpus.
  mutating func add(
    _ corpus: TextCorpus, _ tokenizer: Tokenizer, rows: Matrix, team: ComputeTeam,
    progress: ((StaticDistillation.Stage) -> Void)?
  ) async throws {
    var done = 0
    try await corpus.forEachBatch(of: Self.blockSize * Self.blocksPerRound) { sentences in
      let width = width
      let blocks = (sentences.count + Self.blockSize - 1) / Self.blockSize
      let parts = try await team.map(blocks) { block in
        let range = block * Self.blockSize..<min((block + 1) * Self.blockSize, sentences.count)
        var tokens = PackedTokens()
        try tokenizer.pack(sentences[range], options: EncodingOptions(addsSpecialTokens: false), into: &tokens)
        var part = SentenceMoments(width: width)
        for index in 0..<tokens.count { part.addMean(of: tokens.ids[tokens.range(index)], rows: rows) }
        return part
      }
      for part in parts { merge(part) }
      done += sentences.count
      progress?(.axes(done))
    }
  }

  /// Adds the rows of single tokens, each as often as its frequency says: up to a factor, the covariance of the means
  /// of independent tokens.
  mutating func add(rows: Matrix, frequencies: [Double], team: ComputeTeam) async throws {
    let width = width
    let size = 1024
    for start in stride(from: 0, to: rows.rows, by: size * Self.blocksPerRound) {
      let end = min(start + size * Self.blocksPerRound, rows.rows)
      let parts = try await team.map((end - start + size - 1) / size) { block in
        var part = SentenceMoments(width: width)
        for id in start + block * size..<min(start + (block + 1) * size, end) {
          part.add(rows[row: id].map(Double.init), weight: frequencies[id])
        }
        return part
      }
      for part in parts { merge(part) }
    }
  }

  /// The covariance, `[width, width]`.
  var covariance: [Double] {
    let mean = sum.map { $0 / max(total, .leastNormalMagnitude) }
    var result = products
    for i in 0..<width {
      for j in 0...i {
        let value = products[i * width + j] / max(total, .leastNormalMagnitude) - mean[i] * mean[j]
        result[i * width + j] = value
        result[j * width + i] = value
      }
    }
    return result
  }

  private mutating func addMean(of ids: ArraySlice<Int32>, rows: Matrix) {
    var vector = [Double](repeating: 0, count: width)
    for id in ids {
      let start = Int(id) * width
      for feature in 0..<width { vector[feature] += Double(rows.values[start + feature]) }
    }
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard length > 0 else { return }
    add(vector.map { $0 / length }, weight: 1)
  }

  private mutating func add(_ vector: [Double], weight: Double) {
    total += weight
    for i in 0..<width {
      let scaled = weight * vector[i]
      sum[i] += scaled
      let row = i * width
      for j in 0...i { products[row + j] += scaled * vector[j] }
    }
  }

  private mutating func merge(_ other: SentenceMoments) {
    total += other.total
    for index in sum.indices { sum[index] += other.sum[index] }
    for index in products.indices { products[index] += other.products[index] }
  }
}
