internal import NeedletailTensor

/// Writes a segment file section by section, without holding it in memory.
///
///     let writer = try SegmentWriter(path)
///     try writer.write("adjacency", neighbours)
///     try writer.finish()
///
/// The file has its name only once it is complete and on the disk; without ``finish()`` nothing is left of it.
package final class SegmentWriter {
  private let file: OutputFile
  private var sections: [(name: String, start: Int, end: Int)] = []
  /// Where the next byte goes.
  private var position = SegmentLayout.page
  private var checksum = Checksum()
  private var checksums: [UInt32] = []

  /// Begins a file.
  ///
  /// - Throws: ``IndexError`` with code `.unwritable`.
  package init(_ path: String) throws(IndexError) {
    do {
      file = try OutputFile(path)
      try file.append([UInt8](repeating: 0, count: SegmentLayout.page))
    } catch { throw IndexError(writing: error) }
  }

  /// Begins a section, which ends the one before.
  ///
  /// - Parameter name: 1 to 16 bytes of ASCII; another than those before.
  package func begin(_ name: String) throws(IndexError) {
    precondition((1...SegmentLayout.nameSize).contains(name.utf8.count), "a section's name has 1 to 16 bytes")
    precondition(name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a section's name is ASCII without spaces")
    precondition(!sections.contains { $0.name == name }, "sections have different names")
    precondition(sections.count < SegmentLayout.maximumSections, "the header has room for \(sections.count) sections")
    try fillPage()
    sections.append((name, position, position))
  }

  /// Writes a whole section of numbers; see ``begin(_:)`` and ``append(_:)``.
  package func write<Number: BitwiseCopyable>(_ name: String, _ numbers: [Number]) throws(IndexError) {
    try begin(name)
    try append(numbers)
  }

  /// Adds numbers to the section, as they stand in memory: little-endian on every processor that Needletail runs on.
  package func append<Number: BitwiseCopyable>(_ numbers: [Number]) throws(IndexError) {
    try numbers.withRawSpan { (bytes) throws(IndexError) in try append(bytes) }
  }

  /// Adds bytes to the section.
  package func append(_ bytes: RawSpan) throws(IndexError) {
    precondition(!sections.isEmpty, "bytes belong to a section")
    try write(bytes)
    sections[sections.count - 1].end = position
  }

  /// Completes the file: everything is on the disk, and it has its name.
  package func finish() throws(IndexError) {
    try fillPage()
    let place = position
    if (position - SegmentLayout.page) % SegmentLayout.block != 0 { checksums.append(checksum.value) }
    let list = checksums.map(\.littleEndian)
    let header = SegmentLayout.header(
      sections.map { ($0.name, $0.start..<$0.end) }, length: place + 4 * list.count, checksumsAt: place,
      checksum: Checksum(of: list).value)
    do {
      try list.withRawSpan { (bytes) throws(TensorError) in try file.append(bytes) }
      try file.replaceStart(with: header)
      try file.commit()
    } catch { throw IndexError(writing: error) }
  }

  private func fillPage() throws(IndexError) {
    let rest = (SegmentLayout.page - position % SegmentLayout.page) % SegmentLayout.page
    try [UInt8](repeating: 0, count: rest).withRawSpan { (bytes) throws(IndexError) in try write(bytes) }
  }

  private func write(_ bytes: RawSpan) throws(IndexError) {
    var rest = bytes
    while !rest.isEmpty {
      let space = SegmentLayout.block - (position - SegmentLayout.page) % SegmentLayout.block
      let piece = rest.extracting(first: space)
      checksum.add(piece)
      do { try file.append(piece) } catch { throw IndexError(writing: error) }
      position += piece.byteCount
      if piece.byteCount == space {
        checksums.append(checksum.value)
        checksum = Checksum()
      }
      rest = rest.extracting(droppingFirst: piece.byteCount)
    }
  }
}

extension IndexError {
  init(writing error: TensorError) { self.init(.unwritable, error.subject, error.message) }
}
