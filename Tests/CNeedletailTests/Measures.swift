import Testing

/// Reproducible numbers (SplitMix64).
struct Numbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number between −size and size.
  mutating func float(_ size: Float = 1) -> Float { (Float(next() >> 40) * 0x1p-23 - 1) * size }

  mutating func floats(_ count: Int, _ size: Float = 1) -> [Float] { (0..<count).map { _ in float(size) } }
}

/// How far two floats are apart in units of the last place, counting the floats between them.
func ulps(_ a: Float, _ b: Float) -> Int64 {
  if a == b || (a.isNaN && b.isNaN) { return 0 }
  if a.isNaN || b.isNaN { return .max }
  func position(_ x: Float) -> Int64 {
    let bits = Int64(Int32(bitPattern: x.bitPattern))
    return bits >= 0 ? bits : Int64(Int32.min) - bits
  }
  return abs(position(a) - position(b))
}

/// Expects every value within `absolute + relative · |expected|`.
func expectClose(
  _ values: [Float], _ expected: [Double], absolute: Double, relative: Double = 0, _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(values.count == expected.count, sourceLocation: sourceLocation)
  for (index, (value, truth)) in zip(values, expected).enumerated() {
    let error = abs(Double(value) - truth)
    guard error <= absolute + relative * abs(truth) else {
      Issue.record("\(what): [\(index)] is \(value), expected \(truth)", sourceLocation: sourceLocation)
      return
    }
  }
}

/// Expects the same bits.
func expectSame(
  _ values: [Float], _ expected: [Float], _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  let pairs = zip(values, expected)
  let place = pairs.enumerated().first { $0.element.0.bitPattern != $0.element.1.bitPattern }
  let same = values.count == expected.count && place == nil
  let difference = place.map { "[\($0.offset)] is \($0.element.0), not \($0.element.1)" } ?? "the counts differ"
  #expect(same, "\(what): \(difference)", sourceLocation: sourceLocation)
}

/// The lengths around which vector loops and their tails change hands.
let lengths = [0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 96, 100, 240, 384, 391]
