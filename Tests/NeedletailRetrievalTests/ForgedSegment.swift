import NeedletailTensor
import NeedletailTestSupport

/// A segment file whose content was changed and whose checksums are right all the same, also the one that the database
/// knows: what an attacker can make, as CRC-32C is no secret.
///
/// The checksum of the file is that of the list of its blocks' checksums. A block can be given any checksum by four
/// bytes of it that mean nothing, which the end of the last section's page has.
struct ForgedSegment {
  private(set) var bytes: [UInt8]
  private let end: Int
  /// Names and places of the sections.
  let sections: [(name: String, range: Range<Int>)]
  private static let page = 4096
  private static let block = 1 << 16

  /// - Parameter sound: A file with at least four bytes between its last section and its checksums.
  init(_ sound: [UInt8]) {
    bytes = sound
    end = Int(Self.number(sound, at: 24, width: 8))
    sections = (0..<Int(Self.number(sound, at: 12, width: 4))).map { index in
      let entry = 40 + 32 * index
      let start = Int(Self.number(sound, at: entry + 16, width: 8))
      let name = String(decoding: sound[entry..<(entry + 16)].prefix { $0 != 0 }, as: UTF8.self)
      return (name, start..<(start + Int(Self.number(sound, at: entry + 24, width: 8))))
    }
  }

  /// Whether the file has the four bytes.
  var canBeForged: Bool { end - (sections.map(\.range.upperBound).max() ?? end) >= 4 }

  static func number(_ bytes: [UInt8], at place: Int, width: Int) -> UInt64 {
    (0..<width).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
  }

  mutating func write(_ value: UInt64, at place: Int, width: Int) {
    for index in 0..<width { bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
  }

  /// Makes all checksums right.
  mutating func forge() {
    let known = UInt32(Self.number(bytes, at: 32, width: 4))
    let count = (end - Self.page + Self.block - 1) / Self.block
    for index in 0..<(count - 1) {
      let start = Self.page + index * Self.block
      setChecksum(index, Checksum(of: Array(bytes[start..<(start + Self.block)])).value)
    }
    // The last checksum is what makes that of the list the known one, and the block is made to have it.
    let last = Self.page + (count - 1) * Self.block
    let list = end..<(end + 4 * count)
    let wanted = Self.patch(Array(bytes[list.dropLast(4)]), to: known)
    setChecksum(count - 1, wanted)
    write(UInt64(Self.patch(Array(bytes[last..<(end - 4)]), to: wanted)), at: end - 4, width: 4)
    write(0, at: 36, width: 4)
    write(UInt64(Checksum(of: Array(bytes[..<Self.page])).value), at: 36, width: 4)
  }

  private mutating func setChecksum(_ block: Int, _ value: UInt32) {
    write(UInt64(value), at: end + 4 * block, width: 4)
  }

  // MARK: CRC-32C backwards

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0x82F6_3B78 : 0) }
  }

  /// The four bytes, as a little-endian number, that after some bytes give a checksum.
  private static func patch(_ bytes: [UInt8], to checksum: UInt32) -> UInt32 {
    var state = ~checksum
    for _ in 0..<4 {
      let index = table.firstIndex { $0 >> 24 == state >> 24 } ?? 0
      state = (state ^ table[index]) << 8 | UInt32(index)
    }
    return state ^ ~Checksum(of: bytes).value
  }
}
