/// What two neighbouring symbols become.
struct Merge {
  /// Its place in the list of merges: the lowest is done first.
  var rank: UInt32
  var id: Int32
}

/// An open-addressing table from pairs of ids to merges.
struct MergeTable: Sendable {
  private struct Slot {
    var key: UInt64
    var value: UInt64
  }

  private var slots: [Slot]
  private let mask: Int
  /// One more than the highest rank.
  private(set) var rankLimit = 0
  private static let free = UInt64.max

  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    slots = Array(repeating: Slot(key: Self.free, value: 0), count: size)
    mask = size - 1
  }

  @inline(__always)
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  @inline(__always)
  private func home(_ key: UInt64) -> Int {
    let product = key &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: product >> 32 ^ product >> 15) & mask
  }

  /// What two ids become, if anything.
  @inline(__always)
  func find(_ left: Int32, _ right: Int32) -> Merge? {
    let key = Self.key(left, right)
    var slot = home(key)
    while true {
      let found = slots[slot]
      if found.key == key {
        return Merge(rank: UInt32(found.value >> 32), id: Int32(truncatingIfNeeded: found.value & 0xFFFF_FFFF))
      }
      if found.key == Self.free { return nil }
      slot = (slot + 1) & mask
    }
  }

  /// Sets what two ids become; of two merges of one pair the later counts, as in the reference library.
  mutating func set(_ left: Int32, _ right: Int32, _ merge: Merge) {
    rankLimit = max(rankLimit, Int(merge.rank) + 1)
    let key = Self.key(left, right)
    var slot = home(key)
    while slots[slot].key != Self.free, slots[slot].key != key { slot = (slot + 1) & mask }
    slots[slot] = Slot(key: key, value: UInt64(merge.rank) << 32 | UInt64(UInt32(bitPattern: merge.id)))
  }
}
