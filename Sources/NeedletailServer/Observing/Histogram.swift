#if Server
  internal import Synchronization

  /// How often values fell into each of some ranges, as Prometheus has it.
  final class Histogram: Sendable {
    private struct State {
      var counts: [Int]
      var sum = 0.0
    }

    /// The upper ends of the ranges, ascending; one more has no end.
    let bounds: [Double]
    private let state: Mutex<State>

    init(_ bounds: [Double]) {
      self.bounds = bounds
      state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// Seconds from 50 microseconds to a minute, three ranges to a power of ten.
    static func seconds() -> Histogram {
      Histogram([
        0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
        60,
      ])
    }

    /// Counts from 1 to 65,536 by powers of two.
    static func counts() -> Histogram { Histogram((0...16).map { Double(1 << $0) }) }

    func add(_ value: Double) {
      var range = 0
      while range < bounds.count, value > bounds[range] { range += 1 }
      state.withLock {
        $0.counts[range] += 1
        $0.sum += value
      }
    }

    func add(_ duration: Duration) { add(duration / .seconds(1)) }

    /// The lines of Prometheus' text format.
    func write(_ name: String, labels: String = "", to text: inout String) {
      let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
      let separator = labels.isEmpty ? "" : ","
      var total = 0
      for (index, count) in counts.enumerated() {
        total += count
        let bound = index < bounds.count ? "\(bounds[index])" : "+Inf"
        text += "\(name)_bucket{\(labels)\(separator)le=\"\(bound)\"} \(total)\n"
      }
      let braces = labels.isEmpty ? "" : "{\(labels)}"
      text += "\(name)_sum\(braces) \(sum)\n\(name)_count\(braces) \(total)\n"
    }
  }
#endif
