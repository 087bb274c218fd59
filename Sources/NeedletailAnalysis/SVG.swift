/// The words of SVG that plots share; numbers have one digit after the point, texts are escaped.
enum SVG {
  /// Colours that are told apart, for points one after another.
  static let colors = ["#0b6e4f", "#c8553d", "#28536b", "#8d6b94", "#b08900", "#5c6b73", "#7a306c", "#2f6690"]

  /// A plot's rectangle within its picture.
  struct Frame {
    let width = 880.0
    let height = 520.0
    let left = 76.0
    let top = 48.0
    /// What is free beside the plot for the legend.
    let right: Double
    /// The lower edge of the plot, from the top of the picture.
    var floor: Double { height - 56 }
    /// The right edge of the plot.
    var end: Double { width - right }

    /// A whole picture, white, with a title above the plot.
    func picture(title: String, _ lines: [String]) -> String {
      let head = [
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="\(Int(width))" height="\(Int(height))" \
        viewBox="0 0 \(Int(width)) \(Int(height))" font-family="system-ui, sans-serif" font-size="12">
        """,
        #"<rect width="100%" height="100%" fill="white"/>"#,
        #"<text x="\#(number(left))" y="26" font-size="16" font-weight="600">\#(escaped(title))</text>"#,
      ]
      return (head + lines + ["</svg>", ""]).joined(separator: "\n")
    }

    /// The names of both axes.
    func names(x: String, y: String) -> [String] {
      let middle = number((top + floor) / 2)
      return [
        label((left + end) / 2, height - 14, "middle", x),
        #"<text x="20" y="\#(middle)" text-anchor="middle" transform="rotate(-90 20 \#(middle))">\#(escaped(y))</text>"#,
      ]
    }
  }

  static func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ color: String, width: Double? = nil
  ) -> String {
    let stroke = width.map { #" stroke-width="\#(number($0))""# } ?? ""
    return #"<line x1="\#(number(x1))" y1="\#(number(y1))" x2="\#(number(x2))" y2="\#(number(y2))" stroke="\#(color)""#
      + stroke + "/>"
  }

  /// - Parameter anchor: Which part of the text stands at the place: `start`, `middle` or `end`.
  static func label(_ x: Double, _ y: Double, _ anchor: String, _ content: String) -> String {
    #"<text x="\#(number(x))" y="\#(number(y))" text-anchor="\#(anchor)">\#(escaped(content))</text>"#
  }

  /// - Parameter title: What is shown where the pointer rests on the circle.
  static func circle(_ x: Double, _ y: Double, _ radius: String, _ color: String, title: String? = nil) -> String {
    let shape = #"<circle cx="\#(number(x))" cy="\#(number(y))" r="\#(radius)" fill="\#(color)""#
    return title.map { "\(shape)><title>\(escaped($0))</title></circle>" } ?? "\(shape)/>"
  }

  static func number(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

  static func escaped(_ text: String) -> String {
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
