/// A double-array trie from byte strings to ids (Aoe 1989, doi:10.1109/32.31365): one step a byte, one cache line a step.
@usableFromInline
package struct ByteTrie: Sendable {
  @usableFromInline
  struct Unit: Sendable {
    /// The child by byte `b` stands at `base ^ b`.
    @usableFromInline var base: UInt32
    /// Which unit this is the child of; itself where the unit is free.
    @usableFromInline var parent: UInt32
    /// The id of the key that ends here, −1 where there is none.
    @usableFromInline var id: Int32
  }

  @usableFromInline
  let units: [Unit]

  /// - Parameters:
  ///   - arena: The bytes of all keys.
  ///   - keys: Their places and ids, all different; empty ones are passed over.
  package init(_ arena: [UInt8], _ keys: [(range: Range<Int>, id: Int32)]) {
    let sorted = Self.sorted(arena, keys)
    var builder = Builder()
    var work: [(node: Int, keys: Range<Int>, depth: Int)] = [(0, 0..<sorted.count, 0)]
    var labels: [(byte: UInt8, end: Int)] = []
    while let (node, range, depth) = work.popLast() {
      var first = range.lowerBound
      if depth > 0, first < range.upperBound, sorted[first].range.count == depth {
        builder.units[node].id = sorted[first].id
        first += 1
      }
      guard first < range.upperBound else { continue }
      labels.removeAll(keepingCapacity: true)
      var index = first
      while index < range.upperBound {
        let byte = arena[sorted[index].range.lowerBound + depth]
        index += 1
        while index < range.upperBound, arena[sorted[index].range.lowerBound + depth] == byte { index += 1 }
        labels.append((byte, index))
      }
      let base = builder.place(labels, under: node)
      var start = first
      for (byte, end) in labels {
        work.append((base ^ Int(byte), start..<end, depth + 1))
        start = end
      }
    }
    units = builder.units
  }

  /// Goes one byte on from a unit, the first of which is 0.
  ///
  /// - Returns: The id of the key that ends there, −1 where there is none; `nil` where no key goes on so, and the unit is
  ///   then what it was.
  @inlinable
  @inline(__always)
  package func step(_ unit: inout Int, by byte: UInt8) -> Int32? {
    let child = Int(units[unit].base) ^ Int(byte)
    guard Int(units[child].parent) == unit else { return nil }
    unit = child
    return units[child].id
  }

  /// The length of the longest key that the bytes from `start` begin with.
  func longest(_ bytes: [UInt8], from start: Int) -> Int? {
    var found: Int?
    var unit = 0
    var index = start
    while index < bytes.count, let id = step(&unit, by: bytes[index]) {
      index += 1
      if id >= 0 { found = index - start }
    }
    return found
  }

  private static func sorted(_ arena: [UInt8], _ keys: [(range: Range<Int>, id: Int32)]) -> [(
    range: Range<Int>, id: Int32
  )] {
    struct Entry {
      var prefix: (UInt64, UInt64)
      var range: Range<Int>
      var id: Int32
    }
    func word(_ start: Int, _ end: Int) -> UInt64 {
      var word: UInt64 = 0
      for index in start..<(start + 8) { word = word << 8 | (index < end ? UInt64(arena[index]) : 0) }
      return word
    }
    var entries: [Entry] = []
    entries.reserveCapacity(keys.count)
    for key in keys where !key.range.isEmpty {
      let (start, end) = (key.range.lowerBound, key.range.upperBound)
      entries.append(Entry(prefix: (word(start, end), word(start + 8, end)), range: key.range, id: key.id))
    }
    entries.sort { one, other in
      if one.prefix.0 != other.prefix.0 { return one.prefix.0 < other.prefix.0 }
      if one.prefix.1 != other.prefix.1 { return one.prefix.1 < other.prefix.1 }
      return arena[one.range].lexicographicallyPrecedes(arena[other.range])
    }
    return entries.map { ($0.range, $0.id) }
  }

  /// Units in blocks of 256; the free ones of the last few blocks are a ring.
  private struct Builder {
    var units: [Unit] = []
    /// Neighbours in the ring of free units.
    private var next: [Int32] = []
    private var previous: [Int32] = []
    private var firstFree: Int?
    private var openBlock = 0
    private static let openBlocks = 16
    private static let attempts = 256

    init() {
      addBlock()
      unlink(0)
      units[0].parent = .max
    }

    private mutating func addBlock() {
      let start = units.count
      for slot in start..<(start + 256) {
        units.append(Unit(base: 0, parent: UInt32(slot), id: -1))
        next.append(Int32(slot))
        previous.append(Int32(slot))
        link(slot)
      }
      while units.count / 256 - openBlock > Self.openBlocks {
        for slot in (openBlock * 256)..<(openBlock * 256 + 256) where isFree(slot) { unlink(slot) }
        openBlock += 1
      }
    }

    private func isFree(_ slot: Int) -> Bool { Int(units[slot].parent) == slot }

    private mutating func link(_ slot: Int) {
      guard let first = firstFree else {
        firstFree = slot
        return
      }
      let last = Int(previous[first])
      next[last] = Int32(slot)
      previous[slot] = Int32(last)
      next[slot] = Int32(first)
      previous[first] = Int32(slot)
    }

    private mutating func unlink(_ slot: Int) {
      let after = Int(next[slot])
      if after == slot {
        firstFree = nil
        return
      }
      next[Int(previous[slot])] = Int32(after)
      previous[after] = previous[slot]
      if firstFree == slot { firstFree = after }
    }

    private mutating func take(_ slot: Int, under parent: Int) {
      unlink(slot)
      units[slot].parent = UInt32(parent)
    }

    /// Finds room for children with these bytes and returns their base.
    mutating func place(_ labels: [(byte: UInt8, end: Int)], under parent: Int) -> Int {
      var base: Int?
      if let first = firstFree {
        var slot = first
        for _ in 0..<Self.attempts {
          let candidate = slot ^ Int(labels[0].byte)
          // A unit that is its own parent is free, so a base must not lead back to its parent.
          if labels.allSatisfy({ isFree(candidate ^ Int($0.byte)) }) {
            base = candidate
            break
          }
          slot = Int(next[slot])
          if slot == first { break }
        }
      }
      let found: Int
      if let base {
        found = base
      } else {
        found = units.count
        addBlock()
      }
      for label in labels { take(found ^ Int(label.byte), under: parent) }
      units[parent].base = UInt32(found)
      return found
    }
  }
}
