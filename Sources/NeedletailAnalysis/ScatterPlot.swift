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

  private static let width = 880.0
  private static let height = 520.0
  private static let left = 76.0
  private static let right = 300.0
  private static let top = 48.0
  private static let bottom = 56.0
  private static let colors = ["#0b6e4f", "#c8553d", "#28536b", "#8d6b94", "#b08900", "#5c6b73", "#7a306c", "#2f6690"]

  /// The plot as a picture that browsers and editors show.
  public func svg() -> String {
    let steps = powers
    let (first, last) = (steps[0], steps[steps.count - 1])
    func x(_ value: Double) -> Double {
      let share = (log2(value) - log2(first)) / (log2(last) - log2(first))
      return Self.left + share * (Self.width - Self.left - Self.right)
    }
    func y(_ value: Double) -> Double { Self.height - Self.bottom - value * (Self.height - Self.top - Self.bottom) }
    var lines = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(Int(Self.width))" height="\(Int(Self.height))" \
      viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" font-family="system-ui, sans-serif" font-size="12">
      """,
      #"<rect width="100%" height="100%" fill="white"/>"#,
      #"<text x="\#(Self.left)" y="26" font-size="16" font-weight="600">\#(escaped(title))</text>"#,
    ]
    for step in steps {
      lines.append(line(x(step), Self.top, x(step), y(0)))
      lines.append(label(x(step), y(0) + 18, "middle", "\(Int(step))"))
    }
    for tenth in stride(from: 0.0, through: 10, by: 2) {
      lines.append(line(Self.left, y(tenth / 10), Self.width - Self.right, y(tenth / 10)))
      lines.append(label(Self.left - 8, y(tenth / 10) + 4, "end", "\(tenth / 10)"))
    }
    lines.append(label((Self.left + Self.width - Self.right) / 2, Self.height - 14, "middle", escaped(xLabel)))
    let middle = text((y(0) + y(1)) / 2)
    lines.append(
      #"<text x="20" y="\#(middle)" text-anchor="middle" transform="rotate(-90 20 \#(middle))">\#(escaped(yLabel))</text>"#
    )
    for (index, point) in points.enumerated() {
      let color = Self.colors[index % Self.colors.count]
      let mark = index < Self.colors.count ? "5" : "3.5"
      let row = Self.top + 12 + Double(index) * 20
      let legend = Self.width - Self.right + 16
      lines.append(circle(x(point.x), y(point.y), mark, color, escaped(point.name)))
      lines.append(circle(legend, row - 4, mark, color, escaped(point.name)))
      lines.append(label(legend + 12, row, "start", "\(escaped(point.name)): \(short(point.y))"))
    }
    return (lines + ["</svg>", ""]).joined(separator: "\n")
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

  private func circle(_ x: Double, _ y: Double, _ radius: String, _ color: String, _ name: String) -> String {
    #"<circle cx="\#(text(x))" cy="\#(text(y))" r="\#(radius)" fill="\#(color)"><title>\#(name)</title></circle>"#
  }

  private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
    #"<line x1="\#(text(x1))" y1="\#(text(y1))" x2="\#(text(x2))" y2="\#(text(y2))" stroke="lightgrey"/>"#
  }

  private func label(_ x: Double, _ y: Double, _ anchor: String, _ content: String) -> String {
    #"<text x="\#(text(x))" y="\#(text(y))" text-anchor="\#(anchor)">\#(content)</text>"#
  }

  private func text(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
  private func short(_ number: Double) -> String { "\((number * 1000).rounded() / 1000)" }

  private func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      default: result.append(character)
      }
    }
  }
}
