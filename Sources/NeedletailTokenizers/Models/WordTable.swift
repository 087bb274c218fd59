/// Up to 15 bytes and their number, as two words that compare at once.
struct ShortWord {
  let low: UInt64
  let high: UInt64

  /// The longest word that fits, in bytes.
  static let longest = 15

  /// - Parameter range: At most ``longest`` positions of `bytes`.
  @inline(__always)
  init(_ bytes: [UInt8], _ range: Range<Int>) {
    var low: UInt64 = 0
    var high: UInt64 = 0
    let middle = min(range.upperBound, range.lowerBound + 8)
    for index in range.lowerBound..<middle { low = low << 8 | UInt64(bytes[index]) }
    for index in middle..<range.upperBound { high = high << 8 | UInt64(bytes[index]) }
    self.low = low
    self.high = high | UInt64(truncatingIfNeeded: range.count) << 56
  }

  @inline(__always)
  var hash: Int {
    let mixed = (low ^ high &* 0xA24B_AED4_963E_E407) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: mixed >> 24)
  }
}

/// An open-addressing table from short words to ids.
struct WordTable: Sendable {
  private struct Slot {
    var low: UInt64 = 0
    /// 0 is free: a word has a length.
    var high: UInt64 = 0
    var id: Int32 = 0
  }

  private var slots: [Slot]
  private let mask: Int

  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    slots = Array(repeating: Slot(), count: size)
    mask = size - 1
  }

  /// The id of a word, -1 where it has none.
  @inline(__always)
  func find(_ word: ShortWord) -> Int32 {
    var slot = word.hash & mask
    while true {
      let entry = slots[slot]
      if entry.low == word.low, entry.high == word.high { return entry.id }
      if entry.high == 0 { return -1 }
      slot = (slot + 1) & mask
    }
  }

  mutating func insert(_ word: ShortWord, id: Int32) {
    var slot = word.hash & mask
    while slots[slot].high != 0 { slot = (slot + 1) & mask }
    slots[slot] = Slot(low: word.low, high: word.high, id: id)
  }
}
