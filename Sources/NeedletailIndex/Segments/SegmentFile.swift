package import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A sealed file of named sections, mapped into memory, whose every byte is under a checksum.
///
///     let file = try SegmentFile(path)
///     try file.verify()
///     let neighbours = try file.section("adjacency", of: 4)
///
/// Opening checks the header, the length of the file and the table of sections, whatever the file's size. The sections
/// are checked by ``verify()``, which reads them once; who trusts what they say, such as a graph's edges, calls it
/// before. [0018](docs/decisions/0018-collections.md) says why.
package struct SegmentFile: Sendable {
  /// The file's path.
  package var path: String { file.path }
  /// The names of the sections in the order in which they were written.
  package let names: [String]
  private let file: MappedFile
  private let ranges: [Range<Int>]
  /// Where the checksums of the blocks begin: the end of what they are of.
  private let checksumsAt: Int

  /// Opens a file.
  ///
  /// - Throws: ``IndexError`` with code `.unreadable`, `.damaged`, or `.unsupported` for a newer format.
  package init(_ path: String) throws(IndexError) {
    do { file = try MappedFile(URL(filePath: path)) } catch {
      throw IndexError(.unreadable, error.subject, error.message)
    }
    let page = SegmentLayout.page
    guard file.count >= page, file.bytes(0..<SegmentLayout.magic.count) == SegmentLayout.magic else {
      throw IndexError(.damaged, path, "is no segment file, or is cut short; rebuild it")
    }
    let header = MappedRegion(file, 0..<page)
    // The checksum first: a version that was changed by damage is damage.
    var bytes = file.bytes(0..<page)
    bytes.replaceSubrange(SegmentLayout.headerChecksum..<SegmentLayout.firstEntry, with: [0, 0, 0, 0])
    guard Checksum(of: bytes).value == header.number(SegmentLayout.headerChecksum / 4, as: UInt32.self) else {
      throw IndexError(.damaged, path, "its header differs from its checksum; rebuild the file")
    }
    let version = header.number(2, as: UInt32.self)
    guard version == SegmentLayout.version else {
      throw IndexError(
        .unsupported, path, "has format \(version); this version of Needletail reads \(SegmentLayout.version)")
    }
    let (count, length) = (header.number(3, as: UInt32.self), header.number(2, as: UInt64.self))
    guard length == UInt64(file.count) else {
      throw IndexError(.damaged, path, "has \(file.count) bytes where its header says \(length); rebuild it")
    }
    let place = header.number(3, as: UInt64.self)
    let blocks = place >= UInt64(page) && place <= length ? Self.blocks(Int(place)) : 0
    guard count <= SegmentLayout.maximumSections, place >= UInt64(page), place <= length,
      length - place == UInt64(4 * blocks)
    else { throw Self.contradiction(path) }
    checksumsAt = Int(place)
    var (names, ranges): ([String], [Range<Int>]) = ([], [])
    for entry in 0..<Int(count) {
      let start = SegmentLayout.firstEntry + entry * SegmentLayout.entrySize
      let name = bytes[start..<(start + SegmentLayout.nameSize)].prefix { $0 != 0 }
      let place = (start + SegmentLayout.nameSize) / 8
      let (first, size) = (header.number(place, as: UInt64.self), header.number(place + 1, as: UInt64.self))
      guard first % UInt64(page) == 0, first >= UInt64(page), first <= checksumsAt, size <= UInt64(checksumsAt) - first
      else { throw Self.contradiction(path) }
      names.append(String(decoding: name, as: UTF8.self))
      ranges.append(Int(first)..<Int(first + size))
    }
    (self.names, self.ranges) = (names, ranges)
  }

  /// How many bytes the file has.
  package var size: Int { file.count }

  /// The checksum of the checksums of all blocks: a name for what the file holds.
  package var checksum: UInt32 { MappedRegion(file, 0..<SegmentLayout.page).number(8, as: UInt32.self) }

  /// A section, at the start of a page.
  ///
  /// - Parameters:
  ///   - name: As it was written.
  ///   - size: The bytes of an element; the section holds a whole number of them.
  /// - Throws: ``IndexError`` with code `.damaged` where there is no such section.
  package func section(_ name: String, of size: Int = 1) throws(IndexError) -> MappedRegion {
    guard let index = names.firstIndex(of: name) else {
      throw IndexError(.damaged, path, "lacks the section \"\(name)\"; rebuild the file")
    }
    guard ranges[index].count % size == 0 else {
      throw IndexError(
        .damaged, path, "the section \"\(name)\" has \(ranges[index].count) bytes, no multiple of \(size)")
    }
    return MappedRegion(file, ranges[index])
  }

  /// Compares every byte with its checksum, on this thread.
  ///
  /// - Throws: ``IndexError`` with code `.damaged` naming the first section that is.
  /// - Complexity: O(``size``): as fast as the file can be read.
  package func verify() throws(IndexError) {
    try verifyChecksums()
    for block in 0..<Self.blocks(checksumsAt) { try verify(block) }
  }

  /// Compares every byte with its checksum, on a team's threads.
  package func verify(on team: ComputeTeam) async throws {
    try verifyChecksums()
    let blocks = Self.blocks(checksumsAt)
    // An item is 4 MiB, which takes about a millisecond.
    try await team.run((blocks + 63) / 64) { item in
      for block in (item * 64)..<min((item + 1) * 64, blocks) { try verify(block) }
    }
  }

  private func verifyChecksums() throws(IndexError) {
    let found = MappedRegion(file, checksumsAt..<file.count).withBytes { Checksum(of: $0).value }
    guard found == checksum else {
      throw IndexError(.damaged, path, "its list of checksums differs from their checksum; rebuild the file")
    }
  }

  private func verify(_ block: Int) throws(IndexError) {
    let start = SegmentLayout.page + block * SegmentLayout.block
    let range = start..<min(start + SegmentLayout.block, checksumsAt)
    let found = MappedRegion(file, range).withBytes { Checksum(of: $0).value }
    guard found == MappedRegion(file, checksumsAt..<file.count).number(block, as: UInt32.self) else {
      let name = zip(names, ranges).first { $1.overlaps(range) }.map { " of the section \"\($0.0)\"" } ?? ""
      throw IndexError(.damaged, path, "bytes \(range)\(name) differ from their checksum; rebuild the file")
    }
  }

  private static func blocks(_ end: Int) -> Int {
    (end - SegmentLayout.page + SegmentLayout.block - 1) / SegmentLayout.block
  }

  private static func contradiction(_ path: String) -> IndexError {
    IndexError(.damaged, path, "its header contradicts itself; rebuild the file")
  }
}
