import NeedletailAnalysis
import Testing

@Suite("Scatter plots")
struct ScatterPlotTests {
  @Test("are well-formed, name every point, and place it by the logarithm of one and the share of the other number")
  func svg() throws {
    let plot = ScatterPlot(
      title: "codes <of> a & b", xLabel: "bytes & more", yLabel: "recall <10>",
      points: [
        .init(name: "1bit > f32", x: 48, y: 0.5), .init(name: "int8", x: 96, y: 1), .init(name: "f32", x: 192, y: 0),
      ]
    ).svg()
    let reader = try #require(PlotReader(plot))
    for text in [
      "codes <of> a & b", "bytes & more", "recall <10>", "1bit > f32: 0.5", "int8: 1.0", "f32: 0.0", "64", "0.8",
    ] {
      #expect(reader.text.contains(text), "\(text)")
    }
    // A point and its mark in the legend each.
    #expect(reader.circles.count == 6)
    let points = [0, 2, 4].map { reader.circles[$0] }
    // Twice as large is as far to the right, wherever it stands; places have one digit after the point.
    #expect(abs((points[1].x - points[0].x) - (points[2].x - points[1].x)) <= 0.2)
    #expect(points[1].x > points[0].x + 10)
    #expect(abs(points[0].y - (points[1].y + points[2].y) / 2) <= 0.2 && points[1].y < points[2].y)
    #expect(reader.circles.allSatisfy { (0...880).contains($0.x) && (0...520).contains($0.y) })
  }

  @Test("stay inside the picture for numbers of any size, and one point")
  func extremes() throws {
    for numbers in [[1e-6], [1e12], [3e-4, 5e9]] {
      let points = numbers.map { ScatterPlot.Point(name: "p", x: $0, y: 1) }
      let plot = ScatterPlot(title: "", xLabel: "", yLabel: "", points: points).svg()
      let reader = try #require(PlotReader(plot))
      #expect(reader.circles.count == 2 * numbers.count)
      #expect(reader.circles.allSatisfy { (0...880).contains($0.x) && (0...520).contains($0.y) }, "\(numbers)")
    }
  }
}
