/// Numbers without a pattern, the same for the same seed on every machine: SplitMix64 (Steele, Lea and Flood 2014,
/// doi:10.1145/2660193.2660195).
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A sequence of its own for each seed.
  package init(seed: UInt64) { state = seed }

  /// The next number.
  package mutating func next() -> UInt64 {
    state &+= Self.step
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }

  /// The next number as a part, 0 to less than 1, in steps of 2⁻⁵³.
  package mutating func nextPart() -> Double { Double(next() >> 11) / Double(1 << 53) }

  /// The number at a place of the sequence of seed 0, counted from 0; places before its begin have numbers as well.
  package static func number(at place: Int) -> UInt64 {
    var sequence = SplitMix64(seed: UInt64(truncatingIfNeeded: place) &* step)
    return sequence.next()
  }

  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15
}
