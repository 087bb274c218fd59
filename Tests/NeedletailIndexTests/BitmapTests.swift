import NeedletailIndex
import Testing

@Suite("Sets of positions")
struct BitmapTests {
  @Test("operations are those of sets", arguments: [0, 1, 63, 64, 65, 200])
  func operations(_ count: Int) {
    var generator = SystemRandomNumberGenerator()
    let a = Set((0..<count).filter { _ in Bool.random(using: &generator) })
    let b = Set((0..<count).filter { _ in Bool.random(using: &generator) })
    func bitmap(_ set: Set<Int>) -> Bitmap {
      var bitmap = Bitmap(count: count)
      for position in set { bitmap.insert(position) }
      return bitmap
    }
    func check(_ change: (inout Bitmap, Bitmap) -> Void, _ expected: Set<Int>) {
      var result = bitmap(a)
      change(&result, bitmap(b))
      #expect(result == bitmap(expected))
      #expect(result.population == expected.count)
      var order: [Int] = []
      result.forEach { order.append($0) }
      #expect(order == expected.sorted())
    }
    check({ $0.formIntersection($1) }, a.intersection(b))
    check({ $0.formUnion($1) }, a.union(b))
    check({ $0.subtract($1) }, a.subtracting(b))
    check({ bitmap, _ in bitmap.invert() }, Set(0..<count).subtracting(a))
    #expect(Bitmap(count: count, repeating: true) == bitmap(Set(0..<count)))
    for position in 0..<count { #expect(bitmap(a).contains(position) == a.contains(position)) }
  }
}
