public import NeedletailIndex
public import NeedletailTensor

/// How near exact search comes to what the machine can do: reading memory where vectors are many and queries few,
/// arithmetic where it is the other way round.
public struct ExactSpeed: Sendable {
  /// What a measurement is held against.
  public enum Bound: String, Sendable {
    /// Bytes read from memory a second.
    case memory
    /// float32 operations a second.
    case float32 = "f32"
    /// 8-bit operations a second.
    case int8
    /// Bits compared and counted a second.
    case bits
  }

  /// One measurement.
  public struct Row: Sendable {
    /// How the vectors were held.
    public let code: VectorCode
    /// How many vectors were compared.
    public let vectors: Int
    /// With how many queries.
    public let queries: Int
    /// What limits this.
    public let bound: Bound
    /// What was reached a second, in the terms of the bound.
    public let rate: Double
    /// That of the bound.
    public let share: Double
  }

  /// What the machine can do.
  public let limits: MachineLimits
  /// The measurements.
  public let rows: [Row]

  /// Bytes of the codes that no cache holds.
  private static let largeBytes = 256 << 20
  /// Bytes of the codes that caches hold.
  private static let cachedBytes = 8 << 20

  /// Measures for some seconds; nothing else should run meanwhile.
  ///
  /// - Parameters:
  ///   - dimension: How many values vectors have; at least 1.
  ///   - kernels: The instruction set to use.
  ///   - team: The threads that search.
  /// - Throws: What `ComputeTeam.run` throws.
  public init(dimension: Int = 384, kernels: Kernels, team: ComputeTeam) async throws {
    try await self.init(
      dimension: dimension, largeBytes: Self.largeBytes, cachedBytes: Self.cachedBytes, queries: 2048 * team.threads,
      kernels: kernels, team: team)
  }

  /// - Parameters:
  ///   - largeBytes: How large the codes are that are read from memory.
  ///   - cachedBytes: How large those are that many queries are compared with.
  ///   - queries: How many these are.
  package init(
    dimension: Int, largeBytes: Int, cachedBytes: Int, queries: Int, kernels: Kernels, team: ComputeTeam
  ) async throws {
    limits = try await MachineLimits(kernels: kernels, team: team)
    var rows: [Row] = []
    for code in [VectorCode.float32, .bfloat16, .int8, .fourBit, .sign] {
      let count = largeBytes / max(1, Self.bytes(code, dimension))
      rows.append(try await Self.measure(code, count, 1, dimension, .memory, limits, kernels, team))
    }
    for (code, bound) in [(VectorCode.float32, Bound.float32), (.int8, .int8), (.sign, .bits)] {
      rows.append(
        try await Self.measure(
          code, cachedBytes / Self.bytes(code, dimension), queries, dimension, bound, limits, kernels, team))
    }
    self.rows = rows
  }

  private static func bytes(_ code: VectorCode, _ dimension: Int) -> Int {
    switch code {
    case .float32: 4 * dimension
    case .bfloat16: 2 * dimension
    case .int8: dimension
    case .fourBit: dimension / 2
    case .oneBit, .sign: dimension / 8
    }
  }

  private static func measure(
    _ code: VectorCode, _ count: Int, _ queries: Int, _ dimension: Int, _ bound: Bound, _ limits: MachineLimits,
    _ kernels: Kernels, _ team: ComputeTeam
  ) async throws -> Row {
    var index = ExactIndex(dimension: dimension, metric: .innerProduct, code: code, kernels: kernels)
    let some = numbers(min(count, 4096), dimension, salt: 1)
    while index.count < count {
      let rest = count - index.count
      try index.add(
        rest >= some.rows
          ? some : Matrix(rows: rest, columns: dimension, values: Array(some.values.prefix(rest * dimension))))
    }
    let asked = numbers(queries, dimension, salt: 2)
    let clock = ContinuousClock()
    var best = Double.infinity
    for _ in 0..<7 {
      let start = clock.now
      _ = try await index.search(asked, limit: 10, on: team)
      best = min(best, (clock.now - start) / .seconds(1))
    }
    let pairs = Double(count) * Double(queries) * Double(dimension)
    let (work, limit) =
      switch bound {
      case .memory: (Double(count * bytes(code, dimension)), limits.memory)
      case .float32: (2 * pairs, limits.float32)
      case .int8: (2 * pairs, limits.int8)
      case .bits: (pairs, limits.bits)
      }
    return Row(
      code: code, vectors: count, queries: queries, bound: bound, rate: work / best, share: work / best / limit)
  }

  /// Numbers without a pattern that matters, from −1 to 1.
  private static func numbers(_ rows: Int, _ columns: Int, salt: UInt64) -> Matrix {
    var state = salt &* 0x9E37_79B9_7F4A_7C15
    let values = (0..<rows * columns).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
    }
    return Matrix(rows: rows, columns: columns, values: values)
  }
}
