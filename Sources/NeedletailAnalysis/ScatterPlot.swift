#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A plot of points with names, such as what each code costs and gives; the horizontal axis is logarithmic.
public struct ScatterPlot: Sendable {
  /// A named point.
  public struct Point: Sendable {
    let name: String
    let x: Double
    let y: Double

    /// - Parameters:
    ///   - name: What the legend calls it.
    ///   - x: Above 0.
    ///   - y: A share, 0…1.
    public init(name: String, x: Double, y: Double) { (self.name, self.x, self.y) = (name, x, y) }
  }

  private let title: String
  private let xLabel: String
  private let yLabel: String
  private let points: [Point]

  /// - Parameters:
  ///   - title: What stands above the plot.
  ///   - xLabel: What the horizontal axis counts.
  ///   - yLabel: What the vertical axis is a share of.
  ///   - points: At least one.
  public init(title: String, xLabel: String, yLabel: String, points: [Point]) {
    precondition(!points.isEmpty && points.allSatisfy { $0.x > 0 }, "points lie on a logarithmic axis")
    (self.title, self.xLabel, self.yLabel, self.points) = (title, xLabel, yLabel, points)
  }

  private let frame = SVG.Frame(right: 300)

  /// The plot as a picture that browsers and editors show.
  public func svg() -> String {
    let steps = powers
    let (first, last) = (steps[0], steps[steps.count - 1])
    func x(_ value: Double) -> Double {
      let share = (log2(value) - log2(first)) / (log2(last) - log2(first))
      return frame.left + share * (frame.end - frame.left)
    }
    func y(_ value: Double) -> Double { frame.floor - value * (frame.floor - frame.top) }
    var lines: [String] = []
    for step in steps {
      lines.append(SVG.line(x(step), frame.top, x(step), y(0), "lightgrey"))
      lines.append(SVG.label(x(step), y(0) + 18, "middle", "\(Int(step))"))
    }
    for tenth in stride(from: 0.0, through: 10, by: 2) {
      lines.append(SVG.line(frame.left, y(tenth / 10), frame.end, y(tenth / 10), "lightgrey"))
      lines.append(SVG.label(frame.left - 8, y(tenth / 10) + 4, "end", "\(tenth / 10)"))
    }
    lines += frame.names(x: xLabel, y: yLabel)
    for (index, point) in points.enumerated() {
      let color = SVG.colors[index % SVG.colors.count]
      let mark = index < SVG.colors.count ? "5" : "3.5"
      let (row, legend) = (frame.top + 12 + Double(index) * 20, frame.end + 16)
      lines.append(SVG.circle(x(point.x), y(point.y), mark, color, title: point.name))
      lines.append(SVG.circle(legend, row - 4, mark, color, title: point.name))
      lines.append(SVG.label(legend + 12, row, "start", "\(point.name): \(short(point.y))"))
    }
    return frame.picture(title: title, lines)
  }

  /// Powers of two from below the least to above the largest place.
  private var powers: [Double] {
    let (least, most) = (points.map(\.x).min() ?? 1, points.map(\.x).max() ?? 1)
    var first = 1.0
    while first > least, first > 1e-9 { first /= 2 }
    while first * 2 <= least { first *= 2 }
    var result = [first]
    while result[result.count - 1] < most || result.count < 2 { result.append(result[result.count - 1] * 2) }
    return result
  }

  private func short(_ number: Double) -> String { "\((number * 1000).rounded() / 1000)" }
}
