#if Server
  internal import NeedletailTensor

  #if canImport(Glibc)
    internal import Glibc
  #elseif canImport(Musl)
    internal import Musl
  #elseif canImport(Darwin)
    internal import Darwin
  #endif

  /// When requests are due that arrive by chance: a Poisson process.
  package struct ArrivalTimes: Sendable {
    private var random: SplitMix64
    /// Nanoseconds between two on average.
    private let pause: Double
    private var time = 0.0

    /// - Parameter rate: Arrivals a second on average; more than 0.
    package init(rate: Double, seed: UInt64) {
      precondition(rate > 0, "arrivals need a rate")
      random = SplitMix64(seed: seed)
      pause = 1e9 / rate
    }

    /// When the next is due, in nanoseconds after the begin.
    package mutating func next() -> Int {
      time -= log(1 - random.nextPart()) * pause
      return time < 9e18 ? Int(time) : .max
    }
  }
#endif
