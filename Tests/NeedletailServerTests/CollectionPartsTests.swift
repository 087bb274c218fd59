#if Server
  import NeedletailServer
  import NeedletailTensor
  import NeedletailTestSupport
  import Testing

  @Suite("Names and maps of collections")
  struct CollectionPartsTests {
    @Test("a name of letters, digits and a few signs is one", arguments: ["a", "Notes-2.1_x", "0"])
    func names(_ text: String) { #expect(CollectionName(text)?.description == text) }

    @Test(
      "whatever could lead elsewhere is no name",
      arguments: [
        "", ".", "..", ".hidden", "-x", "_x", "a/b", "a\\b", "../a", "a\0", "a b", "é", "a\n", "%2e",
        String(repeating: "a", count: 65),
      ])
    func otherNames(_ text: String) { #expect(CollectionName(text) == nil) }

    @Test("a name may have 64 characters")
    func longName() { #expect(CollectionName(String(repeating: "a", count: 64)) != nil) }

    @Test("a map keeps distances in a plane, with the widest direction first")
    func plane() throws {
      var generator = SeededGenerator(seed: 5)
      // Two directions of 20, at right angles; the first is three times as wide.
      let first = (0..<20).map { Float($0 % 2 == 0 ? 1 : 0) }
      let second = (0..<20).map { Float($0 % 2 == 0 ? 0 : 1) }
      let places = (0..<100).map { _ in
        (Float.random(in: -3...3, using: &generator), Float.random(in: -1...1, using: &generator))
      }
      let vectors = places.map { x, y in (0..<20).map { first[$0] * x + second[$0] * y + 7 } }
      let map = try PlanarMap(vectors, try Kernels.preferred())
      #expect(map.points.count == 100)
      #expect(abs(map.explained[0] + map.explained[1] - 1) < 1e-5 && map.explained[0] > 0.8)
      #expect(map.points.allSatisfy { abs($0.x) <= 1 && abs($0.y) <= 1 })
      #expect(map.points.contains { $0.x == 1 })
      let scale = abs((map.points[0].x - map.points[1].x) / (places[0].0 - places[1].0))
      for (point, place) in zip(map.points.dropFirst(), places.dropFirst()) {
        let (dx, dy) = (point.x - map.points[0].x, point.y - map.points[0].y)
        let (px, py) = (place.0 - places[0].0, place.1 - places[0].1)
        #expect(abs((dx * dx + dy * dy).squareRoot() - scale * (px * px + py * py).squareRoot()) < 0.05)
      }
    }

    @Test("a map is the same each time")
    func deterministic() throws {
      var generator = SeededGenerator(seed: 6)
      let vectors = (0..<50).map { _ in (0..<33).map { _ in Float.random(in: -1...1, using: &generator) } }
      let (one, other) = (try PlanarMap(vectors, .preferred()), try PlanarMap(vectors, .preferred()))
      #expect(one.points.map(\.x) == other.points.map(\.x) && one.points.map(\.y) == other.points.map(\.y))
      #expect(one.explained == other.explained && one.explained[0] >= one.explained[1])
    }

    @Test("a map of nothing, of one, and of equal vectors has everything in the middle", arguments: [0, 1, 5])
    func flat(_ count: Int) throws {
      let map = try PlanarMap(Array(repeating: [1, 2, 3], count: count), try Kernels.preferred())
      #expect(map.points.count == count && map.points.allSatisfy { $0.x == 0 && $0.y == 0 })
      #expect(map.explained == [0, 0])
    }

    @Test("vectors of one value lie on a line")
    func line() throws {
      let map = try PlanarMap([[-2], [0], [2]], try Kernels.preferred())
      #expect(map.points.map(\.y) == [0, 0, 0] && map.points[1].x == 0 && abs(map.points[0].x) == 1)
    }
  }
#endif
