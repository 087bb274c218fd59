/// The chance of merges to be left out, with its own generator (SplitMix64: Steele, Lea and Flood 2014,
/// doi:10.1145/2660193.2660195).
struct MergeDropout {
  private let rate: Float
  private var state: UInt64

  init(rate: Float, seed: UInt64) {
    self.rate = rate
    state = seed
  }

  /// Whether the next candidate is left out.
  mutating func drops() -> Bool {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    mixed ^= mixed >> 31
    return Float(mixed >> 40) * 0x1p-24 < rate
  }
}

extension EncodingOptions {
  /// The same for one of several texts, each of which has chances of its own.
  func text(_ index: Int) -> EncodingOptions {
    var options = self
    options.dropoutSeed = dropoutSeed.map { $0 ^ UInt64(index) &* 0xD6E8_FEB8_6659_FD93 }
    return options
  }
}
