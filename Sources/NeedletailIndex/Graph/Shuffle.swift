internal import NeedletailTensor

/// Orders without a pattern that are the same in every run.
enum Shuffle {
  /// The numbers below `count` in such an order.
  static func order(_ count: Int) -> [UInt32] {
    var order = (0..<UInt32(count)).map { $0 }
    for index in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(index, Int(SplitMix64.number(at: index) % UInt64(index + 1)))
    }
    return order
  }
}
