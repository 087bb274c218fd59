import Needletail

/// How long searches took, from the moment at which each was due.
struct Latencies: Sendable {
  /// Microseconds.
  var microseconds: [Int] = []

  mutating func note(_ time: Duration) { microseconds.append(Int(time / .microseconds(1))) }

  /// The time that a part of the searches kept to, in milliseconds; 0 without searches.
  private func quantile(_ part: Double, _ sorted: [Int]) -> Double {
    guard let last = sorted.last else { return 0 }
    let place = Int((part * Double(sorted.count)).rounded(.up)) - 1
    return Double(sorted.indices.contains(place) ? sorted[place] : last) / 1000
  }

  var json: [(key: String, value: JSONValue)] {
    let sorted = microseconds.sorted()
    return [("searches", .integer(sorted.count))]
      + [("p50_ms", 0.5), ("p90_ms", 0.9), ("p99_ms", 0.99), ("max_ms", 1)].map {
        (key: $0.0, value: JSONValue.double(quantile($0.1, sorted)))
      }
  }

  var text: String {
    let sorted = microseconds.sorted()
    func shown(_ part: Double) -> String { "\(quantile(part, sorted).rounded(digits: 2))" }
    return "\(sorted.count) searches: p50 \(shown(0.5)), p90 \(shown(0.9)), p99 \(shown(0.99)), most \(shown(1)) ms"
  }
}
