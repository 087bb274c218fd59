#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A roofline plot (Williams, Waterman and Patterson 2009): how near parts of a program come to the two limits of a
/// machine, arithmetic and reading from memory.
public struct Roofline: Sendable {
  /// A limit of arithmetic.
  public struct Roof: Sendable {
    let name: String
    let rate: Double

    /// - Parameters:
    ///   - name: What is written beside it.
    ///   - rate: Operations a second; above 0.
    public init(name: String, rate: Double) { (self.name, self.rate) = (name, rate) }
  }

  /// A part of a program.
  public struct Point: Sendable {
    let name: String
    let intensity: Double
    let rate: Double

    /// - Parameters:
    ///   - name: What is written beside it.
    ///   - intensity: Operations for each byte read or written; above 0.
    ///   - rate: Operations a second; above 0.
    public init(name: String, intensity: Double, rate: Double) {
      (self.name, self.intensity, self.rate) = (name, intensity, rate)
    }
  }

  private let title: String
  private let bandwidth: Double
  private let roofs: [Roof]
  private let points: [Point]

  /// - Parameters:
  ///   - title: What stands above the plot.
  ///   - bandwidth: Bytes read from memory a second; above 0.
  ///   - roofs: At least one.
  ///   - points: What is placed below them.
  public init(title: String, bandwidth: Double, roofs: [Roof], points: [Point]) {
    precondition(bandwidth > 0 && !roofs.isEmpty, "a roofline has two limits")
    (self.title, self.bandwidth, self.roofs, self.points) = (title, bandwidth, roofs, points)
  }

  private let frame = SVG.Frame(right: 240)

  /// The plot as a picture that browsers and editors show; both axes are logarithmic.
  public func svg() -> String {
    let x = LogScale(
      covering: points.map(\.intensity) + roofs.map { $0.rate / bandwidth }, from: frame.left, to: frame.end)
    let y = LogScale(covering: points.map(\.rate) + roofs.map(\.rate), from: frame.floor, to: frame.top)
    return frame.picture(title: title, axes(x, y) + limits(x, y) + marks(x, y))
  }

  private func axes(_ x: LogScale, _ y: LogScale) -> [String] {
    var lines: [String] = []
    for value in x.decades {
      lines.append(SVG.line(x.place(value), frame.top, x.place(value), frame.floor, "#e3e3e3", width: 1))
      lines.append(SVG.label(x.place(value), frame.floor + 18, "middle", Self.short(value)))
    }
    for value in y.decades {
      lines.append(SVG.line(frame.left, y.place(value), frame.end, y.place(value), "#e3e3e3", width: 1))
      lines.append(SVG.label(frame.left - 8, y.place(value) + 4, "end", Self.short(value / 1e9)))
    }
    return lines + frame.names(x: "operations for each byte", y: "GFLOP/s")
  }

  /// The slope that memory sets, and the roofs from where they meet it.
  private func limits(_ x: LogScale, _ y: LogScale) -> [String] {
    let highest = roofs.map(\.rate).max() ?? 1
    let start = max(x.least, y.least / bandwidth)
    let (left, low) = (x.place(start), y.place(start * bandwidth))
    var lines = [
      SVG.line(left, low, x.place(highest / bandwidth), y.place(highest), "#444", width: 2),
      SVG.label(left + 6, low - 8, "start", "memory \(Self.short(bandwidth / 1e9)) GB/s"),
    ]
    for roof in roofs {
      let height = y.place(roof.rate)
      lines.append(SVG.line(x.place(roof.rate / bandwidth), height, frame.end, height, "#444", width: 2))
      lines.append(
        SVG.label(frame.end + 6, height + 4, "start", "\(roof.name) \(Self.short(roof.rate / 1e9)) GFLOP/s"))
    }
    return lines
  }

  private func marks(_ x: LogScale, _ y: LogScale) -> [String] {
    points.enumerated().flatMap { index, point in
      let color = SVG.colors[index % SVG.colors.count]
      let rate = "\(Self.short(point.rate / 1e9)) GFLOP/s"
      let row = frame.floor - Double(points.count - index) * 20
      return [
        SVG.circle(x.place(point.intensity), y.place(point.rate), "5", color, title: "\(point.name): \(rate)"),
        SVG.circle(frame.end + 12, row - 4, "5", color),
        SVG.label(frame.end + 24, row, "start", "\(point.name), \(rate)"),
      ]
    }
  }

  /// A number in about three digits.
  private static func short(_ value: Double) -> String {
    guard value < 1e9 else { return "\(value)" }
    return value >= 100 || value == value.rounded() ? "\(Int(value.rounded()))" : "\((value * 100).rounded() / 100)"
  }
}

/// Places on an axis that covers whole decades.
private struct LogScale {
  /// Powers of ten, from the first to the last on the axis.
  let decades: [Double]
  private let from: Double
  private let to: Double

  var least: Double { decades[0] }

  init(covering values: [Double], from: Double, to: Double) {
    var decades = [1.0]
    while let first = decades.first, first > 1e-12, values.contains(where: { $0 < first }) {
      decades.insert(first / 10, at: 0)
    }
    while let last = decades.last, last < 1e24, values.contains(where: { $0 > last }) { decades.append(last * 10) }
    while decades.count > 2, let second = decades.dropFirst().first, values.allSatisfy({ $0 >= second }) {
      decades.removeFirst()
    }
    if decades.count == 1 { decades.append(decades[0] * 10) }
    (self.decades, self.from, self.to) = (decades, from, to)
  }

  func place(_ value: Double) -> Double {
    let low = log10(decades[0]), high = log10(decades[decades.count - 1])
    return from + (log10(value) - low) / (high - low) * (to - from)
  }
}
