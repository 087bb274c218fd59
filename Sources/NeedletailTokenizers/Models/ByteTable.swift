/// A hash over byte strings, computable byte by byte so that all prefixes of a word come for free.
@usableFromInline
package struct ByteHash {
  @usableFromInline
  package private(set) var value: UInt64

  @inlinable
  package init() { value = 0x51_7C_C1_B7_27_22_0A_95 }

  @inlinable
  @inline(__always)
  package mutating func add(_ byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x9E37_79B9_7F4A_7C15
    value ^= value >> 32
  }
}

/// An open-addressing table from byte strings to ids; the bytes stay in the arena of a ``Vocabulary``.
struct ByteTable: Sendable {
  /// Low half of the hash in bits 32 to 63, id + 1 in bits 0 to 31; 0 is free.
  private var slots: [UInt64]
  private let mask: Int
  /// A vocabulary made to collide is refused instead of being searched for ever.
  private static let longestProbe = 4096

  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    slots = Array(repeating: 0, count: size)
    mask = size - 1
  }

  /// The id of the first entry with this hash that `matches` confirms.
  @inline(__always)
  func find(_ hash: ByteHash, where matches: (Int) -> Bool) -> Int? {
    var slot = Int(truncatingIfNeeded: hash.value) & mask
    let tag = hash.value & ~0xFFFF_FFFF
    while true {
      let entry = slots[slot]
      if entry == 0 { return nil }
      if entry & ~0xFFFF_FFFF == tag {
        let id = Int(entry & 0xFFFF_FFFF) - 1
        if matches(id) { return id }
      }
      slot = (slot + 1) & mask
    }
  }

  /// Adds an entry that is not there yet.
  ///
  /// - Returns: Whether it found room.
  mutating func insert(_ hash: ByteHash, id: Int) -> Bool {
    var slot = Int(truncatingIfNeeded: hash.value) & mask
    for _ in 0..<Self.longestProbe {
      if slots[slot] == 0 {
        slots[slot] = hash.value & ~0xFFFF_FFFF | UInt64(id + 1)
        return true
      }
      slot = (slot + 1) & mask
    }
    return false
  }
}
