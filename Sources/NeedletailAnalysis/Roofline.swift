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

  private static let width = 880.0
  private static let height = 520.0
  private static let left = 76.0
  private static let right = 240.0
  private static let top = 48.0
  private static let bottom = 56.0
  private static let colors = ["#0b6e4f", "#c8553d", "#28536b", "#8d6b94", "#b08900", "#5c6b73", "#7a306c", "#2f6690"]

  /// The plot as a picture that browsers and editors show; both axes are logarithmic.
  public func svg() -> String {
    let x = LogScale(
      covering: points.map(\.intensity) + roofs.map { $0.rate / bandwidth }, from: Self.left,
      to: Self.width - Self.right)
    let y = LogScale(covering: points.map(\.rate) + roofs.map(\.rate), from: Self.height - Self.bottom, to: Self.top)
    var lines = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(Int(Self.width))" height="\(Int(Self.height))" \
      viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" font-family="system-ui, sans-serif" font-size="12">
      """,
      #"<rect width="100%" height="100%" fill="white"/>"#,
      #"<text x="\#(text(Self.left))" y="26" font-size="16" font-weight="600">\#(escaped(title))</text>"#,
    ]
    lines += axes(x, y) + limits(x, y) + marks(x, y)
    return (lines + ["</svg>", ""]).joined(separator: "\n")
  }

  private func axes(_ x: LogScale, _ y: LogScale) -> [String] {
    var lines: [String] = []
    for value in x.decades {
      let place = text(x.place(value))
      lines.append(line(place, text(Self.top), place, text(Self.height - Self.bottom), "#e3e3e3"))
      lines.append(label(place, text(Self.height - Self.bottom + 18), "middle", Self.short(value)))
    }
    for value in y.decades {
      let place = text(y.place(value))
      lines.append(line(text(Self.left), place, text(Self.width - Self.right), place, "#e3e3e3"))
      lines.append(label(text(Self.left - 8), text(y.place(value) + 4), "end", Self.short(value / 1e9)))
    }
    let middle = text((Self.left + Self.width - Self.right) / 2)
    lines.append(label(middle, text(Self.height - 14), "middle", "operations for each byte"))
    let half = text((Self.top + Self.height - Self.bottom) / 2)
    lines.append(
      #"<text x="20" y="\#(half)" text-anchor="middle" transform="rotate(-90 20 \#(half))">GFLOP/s</text>"#)
    return lines
  }

  /// The slope that memory sets, and the roofs from where they meet it.
  private func limits(_ x: LogScale, _ y: LogScale) -> [String] {
    let highest = roofs.map(\.rate).max() ?? 1
    let start = max(x.least, y.least / bandwidth)
    var lines = [
      line(
        text(x.place(start)), text(y.place(start * bandwidth)), text(x.place(highest / bandwidth)),
        text(y.place(highest)), "#444", width: 2),
      label(
        text(x.place(start) + 6), text(y.place(start * bandwidth) - 8), "start",
        "memory \(Self.short(bandwidth / 1e9)) GB/s"),
    ]
    for roof in roofs {
      let height = text(y.place(roof.rate))
      lines.append(
        line(text(x.place(roof.rate / bandwidth)), height, text(Self.width - Self.right), height, "#444", width: 2))
      lines.append(
        label(
          text(Self.width - Self.right + 6), text(y.place(roof.rate) + 4), "start",
          "\(roof.name) \(Self.short(roof.rate / 1e9)) GFLOP/s"))
    }
    return lines
  }

  private func marks(_ x: LogScale, _ y: LogScale) -> [String] {
    var lines: [String] = []
    for (index, point) in points.enumerated() {
      let color = Self.colors[index % Self.colors.count]
      lines.append(
        """
        <circle cx="\(text(x.place(point.intensity)))" cy="\(text(y.place(point.rate)))" r="5" fill="\(color)">\
        <title>\(escaped(point.name)): \(Self.short(point.rate / 1e9)) GFLOP/s</title></circle>
        """)
      let row = Self.height - Self.bottom - Double(points.count - index) * 20
      lines.append(
        #"<circle cx="\#(text(Self.width - Self.right + 12))" cy="\#(text(row - 4))" r="5" fill="\#(color)"/>"#)
      lines.append(
        label(
          text(Self.width - Self.right + 24), text(row), "start",
          "\(escaped(point.name)), \(Self.short(point.rate / 1e9)) GFLOP/s"))
    }
    return lines
  }

  private func line(
    _ x1: String, _ y1: String, _ x2: String, _ y2: String, _ color: String, width: Double = 1
  ) -> String {
    #"<line x1="\#(x1)" y1="\#(y1)" x2="\#(x2)" y2="\#(y2)" stroke="\#(color)" stroke-width="\#(text(width))"/>"#
  }

  private func label(_ x: String, _ y: String, _ anchor: String, _ content: String) -> String {
    #"<text x="\#(x)" y="\#(y)" text-anchor="\#(anchor)">\#(content)</text>"#
  }

  private func text(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }

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
