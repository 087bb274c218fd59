import NeedletailAnalysis
import Testing

@Suite("Roofline plots")
struct RooflineTests {
  @Test("are well-formed, show every roof and point, and place the faster one higher")
  func svg() throws {
    let plot = Roofline(
      title: "a <model> & more", bandwidth: 2e10,
      roofs: [.init(name: "f32", rate: 1e11), .init(name: "int8", rate: 3e11)],
      points: [.init(name: "up", intensity: 80, rate: 9e10), .init(name: "attention", intensity: 3, rate: 1e10)]
    ).svg()
    let reader = try #require(PlotReader(plot))
    #expect(reader.text.contains("a <model> & more"))
    for name in ["f32 100 GFLOP/s", "int8 300 GFLOP/s", "memory 20 GB/s", "up, 90 GFLOP/s", "attention, 10 GFLOP/s"] {
      #expect(reader.text.contains(name), "\(name)")
    }
    // A point and its mark in the legend each.
    #expect(reader.circles.count == 4)
    #expect(reader.circles[0].y < reader.circles[2].y)
    #expect(reader.circles[0].x > reader.circles[2].x)
    #expect(reader.circles.allSatisfy { (0...880).contains($0.x) && (0...520).contains($0.y) })
  }

  @Test("extreme numbers stay inside the picture")
  func extremes() {
    let plot = Roofline(
      title: "", bandwidth: 1, roofs: [.init(name: "r", rate: 1e20)],
      points: [.init(name: "p", intensity: 1e-9, rate: 1e-9)])
    #expect(!plot.svg().contains("nan") && !plot.svg().contains("inf"))
  }
}
