/// How an exact index holds the numbers of its vectors, and with it what a score costs and how true it is.
///
/// Whole numbers are compared exactly with queries of 8 bits (1 or 4 for ``oneBit`` and ``sign``), so that a score is the
/// same on every processor. Rotated codes hold what is left of a vector without the mean of the first vectors, turned so
/// that no value stands out (RaBitQ: Gao and Long 2024, doi:10.1145/3654970).
public enum VectorCode: String, Sendable, CaseIterable, Hashable {
  /// 4 bytes a value; scores are as true as float32 allows.
  case float32 = "f32"
  /// 2 bytes a value, rounded to 8 significant bits.
  case bfloat16 = "bf16"
  /// 1 byte a value, in steps of 1/127 of the vector's largest.
  case int8
  /// Half a byte a value, rotated, in 16 steps that fit each vector.
  case fourBit = "4bit"
  /// An eighth of a byte a value, rotated: signs, compared with queries of 4 bits.
  case oneBit = "1bit"
  /// The same signs, compared with the signs of queries.
  case sign

  /// Whether values are rotated, and their number a multiple of 64.
  var isRotated: Bool { self == .fourBit || isBits }
  /// Whether eight rows lie side by side.
  var isBits: Bool { self == .oneBit || self == .sign }
  /// How many bits a value of a query has where rows have one.
  var planes: Int { self == .oneBit ? 4 : 1 }

  /// How many queries go over a block of rows together; more for rows of bytes, which are turned for them.
  var queriesTogether: Int {
    switch self {
    case .float32, .bfloat16: 256
    case .int8, .fourBit: 512
    case .oneBit, .sign: 256 / planes
    }
  }

  /// The bytes of a row with so many values.
  func rowBytes(_ values: Int) -> Int {
    switch self {
    case .float32: 4 * values
    case .bfloat16: 2 * values
    case .int8: (values + 31) / 32 * 32
    case .fourBit: values / 2
    case .oneBit, .sign: values / 8
    }
  }
}

/// A cheap look at all vectors, before the next stage looks at those that it kept.
public struct SearchStage: Sendable, Hashable {
  /// What a stage leaves of a vector's values.
  public enum Reduction: Sendable, Hashable {
    /// All of them.
    case none
    /// So many leading ones, as models with Matryoshka training put the most important first.
    case leading(Int)
    /// So many coordinates along the principal axes of the first vectors that were added.
    case principal(Int)
  }

  /// How the stage holds vectors.
  public let code: VectorCode
  /// Which values it has of them.
  public let reduction: Reduction
  /// How many vectors it keeps for each query.
  public let keep: Int

  /// Creates a stage.
  ///
  /// - Parameters:
  ///   - code: How the stage holds vectors.
  ///   - reduction: Which values it has of them.
  ///   - keep: How many vectors it keeps for each query, at least as many as the search returns; positive.
  public init(_ code: VectorCode, _ reduction: Reduction = .none, keep: Int) {
    precondition(keep > 0, "a stage keeps at least one vector")
    (self.code, self.reduction, self.keep) = (code, reduction, keep)
  }
}
