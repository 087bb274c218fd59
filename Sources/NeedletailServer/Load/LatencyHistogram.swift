#if Server
  /// How long many things took, in memory that does not grow with their number.
  ///
  /// Buckets are log-linear: 128 of the same width between each power of two and the next, so that a quantile is off by
  /// less than 0.8 %. The longest time is kept as it was.
  package struct LatencyHistogram: Sendable, Equatable {
    private var counts = [Int](repeating: 0, count: Self.index(of: Int.max) + 1)
    /// How many times were noted.
    package private(set) var count = 0
    /// The longest, in nanoseconds; 0 without any.
    package private(set) var maximum = 0
    private var sum = 0.0

    /// Nothing was noted yet.
    package init() {}

    /// Notes a time.
    ///
    /// - Parameter nanoseconds: The time; below zero counts as zero.
    package mutating func note(_ nanoseconds: Int) {
      let time = max(nanoseconds, 0)
      counts[Self.index(of: time)] += 1
      count += 1
      sum += Double(time)
      maximum = max(maximum, time)
    }

    /// Adds all times of another.
    package mutating func add(_ other: LatencyHistogram) {
      for index in counts.indices { counts[index] += other.counts[index] }
      count += other.count
      sum += other.sum
      maximum = max(maximum, other.maximum)
    }

    /// The mean in nanoseconds; 0 without times.
    package var mean: Double { count > 0 ? sum / Double(count) : 0 }

    /// The time in nanoseconds that a part of all kept to, the end of its bucket; 0 without times.
    ///
    /// - Parameter part: 0 to 1, as in 0.99.
    /// - Complexity: O(1): 7,296 buckets.
    package func quantile(_ part: Double) -> Int {
      guard count > 0 else { return 0 }
      let wanted = min(max(Int((part * Double(count)).rounded(.up)), 1), count)
      var passed = 0
      for (index, number) in counts.enumerated() {
        passed += number
        if passed >= wanted { return min(Self.last(of: index), maximum) }
      }
      return maximum
    }

    /// Bits of a time that choose among the buckets of its power of two.
    private static var bits: Int { 7 }

    private static func index(of time: Int) -> Int {
      guard time >= 1 << bits else { return time }
      let shift = Int.bitWidth - 1 - time.leadingZeroBitCount - bits
      return (shift << bits) + (time >> shift)
    }

    /// The longest time of a bucket.
    private static func last(of index: Int) -> Int {
      guard index >= 1 << (bits + 1) else { return index }
      let shift = index >> bits - 1
      let lead = index - shift << bits
      return (lead << shift) + (1 << shift - 1)
    }
  }
#endif
