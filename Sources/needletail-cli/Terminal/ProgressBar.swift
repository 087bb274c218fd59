import Synchronization

/// How far a longer work is, on standard error: shown where a person reads along and the work takes more than a second.
final class ProgressBar: Sendable {
  private struct State {
    var shown: ContinuousClock.Instant?
    var width = 0
  }

  private let label: String
  private let total: Int?
  private let unit: String
  private let isShown: Bool
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  /// Begins to count time.
  ///
  /// - Parameters:
  ///   - label: What is done.
  ///   - total: How many units there are, where it is known.
  ///   - unit: What is counted; "B" for bytes, which are shown as kB, MB and so on.
  ///   - quiet: Shows nothing.
  init(_ label: String, total: Int?, unit: String, quiet: Bool) {
    self.label = label
    self.total = total
    self.unit = unit
    isShown = !quiet && StandardError.isTerminal
  }

  /// Says how many units are done, and what part of the work that is where units cannot tell.
  func advance(to done: Int, fraction: Double? = nil) {
    guard isShown else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      guard now - start > .seconds(1), state.shown.map({ now - $0 > .milliseconds(100) }) ?? true else { return }
      state.shown = now
      let known = fraction ?? total.flatMap { $0 > 0 ? Double(done) / Double($0) : nil }
      let whole = line(done, fraction: known.map { min(max($0, 0), 1) }, elapsed: (now - start) / .seconds(1))
      let line = whole.prefix(max(StandardError.width - 1, 20))
      let padding = String(repeating: " ", count: max(0, state.width - line.count))
      state.width = line.count
      StandardError.write("\r\(line)\(padding)")
    }
  }

  /// Removes the bar.
  func finish() {
    state.withLock { state in
      if state.shown != nil { StandardError.write("\r\(String(repeating: " ", count: state.width))\r") }
      state = State()
    }
  }

  private func line(_ done: Int, fraction: Double?, elapsed: Double) -> String {
    var line = "\(label) "
    if let fraction {
      let filled = Int(fraction * 24)
      line += "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: 24 - filled) + "] "
      line += "\(Int(fraction * 100))% "
    }
    line += "\(amount(Double(done)))  \(amount(Double(done) / elapsed))/s"
    if let fraction, fraction > 0 { line += "  \(Self.clock(elapsed * (1 - fraction) / fraction)) left" }
    return line
  }

  private func amount(_ count: Double) -> String {
    unit == "B" ? ByteText.short(Int(count)) : "\(Int(count)) \(unit)"
  }

  private static func clock(_ seconds: Double) -> String {
    let seconds = Int(min(seconds.rounded(.up), 359_999))
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let hours = seconds / 3600
    return (hours > 0 ? "\(hours):\(two(seconds / 60 % 60))" : "\(seconds / 60)") + ":\(two(seconds % 60))"
  }
}
