internal import NeedletailTensor

/// Some thousand rows of an index in one form.
struct CodeBlock: Sendable {
  /// How many rows a full block has: whole words of a bitmap.
  static let capacity = 4096

  /// The numbers, row after row.
  enum Rows: Sendable {
    case floats([Float])
    /// Numbers of a file, float32.
    case mapped(MappedRegion)
    case halves([UInt16])
    /// Bytes, and how many a row has.
    case bytes([UInt8], Kernels.ByteForm)
    /// Eight rows side by side, their 64-bit words in turn.
    case bits([UInt64])
  }

  var rows: Rows
  var count = 0
  /// What the sum of a row is multiplied by, and what is added then; empty where that is 1 or 0 for all.
  private(set) var scales: [Float] = []
  private(set) var offsets: [Float] = []
  /// Of all rows that have a scale or an offset.
  private(set) var bound = ScoreBound()

  init(_ code: VectorCode) {
    switch code {
    case .float32: rows = .floats([])
    case .bfloat16: rows = .halves([])
    case .int8: rows = .bytes([], .whole)
    case .fourBit: rows = .bytes([], .halves)
    case .oneBit, .sign: rows = .bits([])
    }
  }

  /// Adds what turns the sum of a row into its score.
  mutating func appendTerms(scale: Float? = nil, offset: Float? = nil) {
    if let scale { scales.append(scale) }
    if let offset { offsets.append(offset) }
    bound.add(scale: scale ?? 1, offset: offset ?? 0)
  }

  /// The numbers of rows of floats, which the block then holds no more; those of a file are read.
  mutating func takeFloats() -> [Float] {
    defer { rows = .floats([]) }
    switch rows {
    case .floats(let values): return values
    case .mapped(let region): return region.floats(0..<region.count / 4)
    case .halves, .bytes, .bits: preconditionFailure("the rows are no floats")
    }
  }

  /// Bytes in memory.
  var bytes: Int {
    let numbers =
      switch rows {
      case .floats(let values): 4 * values.count
      case .mapped: 0
      case .halves(let values): 2 * values.count
      case .bytes(let values, _): values.count
      case .bits(let words): 8 * words.count
      }
    return numbers + 4 * (scales.count + offsets.count)
  }
}

/// Queries in the form that one kind of rows is compared with.
struct CodedQueries: Sendable {
  var count = 0
  /// Of rows of floats: `[count, values]`.
  var floats: [Float] = []
  /// Of rows of whole numbers: `[count, numbers]`, and the sum of each.
  var wholes: [Int8] = []
  var totals: [Int32] = []
  /// Of rows of bits: `[count, planes, words]`.
  var bits: [UInt64] = []
  /// What turns sums into what hits are ranked by, for each query.
  var terms: [PickedRows.Terms] = []
  /// What is added to that to make scores, for each query.
  var bases: [Float] = []
}
