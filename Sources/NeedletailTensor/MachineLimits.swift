internal import CNeedletail

/// What this machine can do at most, measured: work that never leaves the registers, and reading from memory.
///
/// The two limits of the roofline model (Williams, Waterman and Patterson 2009).
public struct MachineLimits: Sendable {
  /// How many threads worked at the same time.
  public let threads: Int
  /// float32 multiplications and additions a second, all threads together; a fused one counts two.
  public let float32: Double
  /// The same of bfloat16, which is float32's where the processor does not multiply bfloat16.
  public let bfloat16: Double
  /// The same of 8-bit numbers with exact 32-bit sums.
  public let int8: Double
  /// Bits compared and counted a second, all threads together.
  public let bits: Double
  /// Bytes read from memory a second, all threads together.
  public let memory: Double

  /// How long one measurement takes at least, and how often it is made: the best counts.
  private static let seconds = 0.04
  private static let attempts = 5
  /// Words that all threads together read: 512 MiB, more than any cache holds.
  private static let words = 1 << 27

  /// Operations a second of products in a precision.
  public func operations(_ precision: Precision) -> Double {
    switch precision {
    case .float32: float32
    case .bfloat16: bfloat16
    case .int8: int8
    }
  }

  /// Measures for about two seconds; nothing else should run meanwhile.
  ///
  /// - Parameters:
  ///   - kernels: The instruction set whose limit is wanted.
  ///   - team: The threads that work.
  /// - Throws: What ``ComputeTeam/run(_:_:)`` throws.
  public init(kernels: Kernels, team: ComputeTeam) async throws {
    threads = team.threads
    float32 = try await Self.rate(team) { unsafe Double(kernels.table.probe_f32($0)) }
    bfloat16 = try await Self.rate(team) { unsafe Double(kernels.table.probe_bf16($0)) }
    int8 = try await Self.rate(team) { unsafe Double(kernels.table.probe_i8($0)) }
    bits = try await Self.rate(team) { unsafe Double(kernels.table.scan.probe_bits($0)) }
    memory = try await Self.readingRate(kernels, team)
  }

  private static func rate(_ team: ComputeTeam, _ work: @escaping @Sendable (UInt64) -> Double) async throws -> Double {
    let clock = ContinuousClock()
    var rounds: UInt64 = 1 << 12
    while clock.measure({ _ = work(rounds) }) < .seconds(seconds) { rounds *= 2 }
    var best = 0.0
    for _ in 0..<attempts {
      let start = clock.now
      let done = try await team.map(team.threads) { [rounds] _ in work(rounds) }
      best = max(best, done.reduce(0, +) / ((clock.now - start) / .seconds(1)))
    }
    return best
  }

  private static func readingRate(_ kernels: Kernels, _ team: ComputeTeam) async throws -> Double {
    let memory = AlignedFloats(zeros: words)
    let share = words / team.threads
    var best = 0.0
    for _ in 0..<attempts {
      let start = ContinuousClock.now
      try await team.run(team.threads) { thread in
        let words = unsafe UnsafeRawPointer(memory.start).assumingMemoryBound(to: UInt32.self)
        guard unsafe kernels.table.probe_read(words + thread * share, share) == 0 else {
          throw TensorError(.unsupported, "memory", "zeros were written and something else was read")
        }
      }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      best = max(best, Double(share * team.threads * MemoryLayout<UInt32>.stride) / seconds)
    }
    return best
  }
}
