/// Sorts pairs of small numbers in time proportional to their number.
enum RadixSort {
  /// The pairs by their high 32 bits; those with the same stay in their order.
  ///
  /// - Parameter limit: Larger than the high bits of every pair.
  static func sorted(_ pairs: [UInt64], byHighBits limit: Int) -> [UInt64] {
    var (from, to) = (pairs, [UInt64](repeating: 0, count: pairs.count))
    let digit = 11
    var shift = 32
    while shift == 32 || limit >> (shift - 32) > 0 {
      var places = [Int](repeating: 0, count: 1 << digit)
      let mask: UInt64 = 1 << UInt64(digit) - 1
      for pair in from { places[Int(pair >> UInt64(shift) & mask)] += 1 }
      var sum = 0
      for index in places.indices {
        let count = places[index]
        places[index] = sum
        sum += count
      }
      for pair in from {
        let place = Int(pair >> UInt64(shift) & mask)
        to[places[place]] = pair
        places[place] += 1
      }
      swap(&from, &to)
      shift += digit
    }
    return from
  }
}
