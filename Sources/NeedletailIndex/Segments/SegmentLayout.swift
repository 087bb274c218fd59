internal import NeedletailTensor

/// Where things stand in a segment file; all numbers are little-endian.
///
/// The header fills the first page: the magic bytes, the version of the format (4 bytes), how many sections there are
/// (4), the length of the file (8), where the checksums of the blocks begin (8), the checksum of those checksums (4), the
/// checksum of the header with zeros in this place (4), and 32 bytes for each section: its name (16, filled up with
/// zeros), where it begins (8) and its length (8). Sections follow, each at the start of a page, zeros between them. The
/// checksums come last, 4 bytes for each 64 KiB of what stands between the header and them. So every byte of the file
/// is under some checksum.
enum SegmentLayout {
  /// As PNG has it: a byte that is no text, a name, and both kinds of line ends, which careless copying changes.
  static let magic: [UInt8] = [0x93] + Array("NTSEG".utf8) + [0x0D, 0x0A]
  static let version: UInt32 = 1
  static let page = 4096
  static let block = 1 << 16
  static let headerChecksum = 36
  static let firstEntry = 40
  static let entrySize = 32
  static let nameSize = 16
  static let maximumSections = (page - firstEntry) / entrySize

  /// The header's bytes.
  static func header(
    _ sections: [(name: String, range: Range<Int>)], length: Int, checksumsAt place: Int, checksum: UInt32
  ) -> [UInt8] {
    var header = magic
    header += bytes(version) + bytes(UInt32(sections.count)) + bytes(UInt64(length)) + bytes(UInt64(place))
    header += bytes(checksum) + bytes(UInt32(0))
    for (name, range) in sections {
      let name = Array(name.utf8)
      header += name + [UInt8](repeating: 0, count: nameSize - name.count)
      header += bytes(UInt64(range.lowerBound)) + bytes(UInt64(range.count))
    }
    header += [UInt8](repeating: 0, count: page - header.count)
    header.replaceSubrange(headerChecksum..<firstEntry, with: bytes(Checksum(of: header).value))
    return header
  }

  private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<MemoryLayout<Number>.size).map { UInt8(truncatingIfNeeded: number >> Number(8 * $0)) }
  }
}
