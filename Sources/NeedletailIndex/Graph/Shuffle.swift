/// Numbers without a pattern that are the same in every run.
enum Shuffle {
  /// A number for a number: SplitMix64's mixing (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).
  static func mixed(_ value: Int) -> UInt64 {
    var bits = (UInt64(truncatingIfNeeded: value) &+ 1) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }

  /// The numbers below `count` in an order without a pattern.
  static func order(_ count: Int) -> [UInt32] {
    var order = (0..<UInt32(count)).map { $0 }
    for index in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(index, Int(mixed(index) % UInt64(index + 1)))
    }
    return order
  }
}
