import NeedletailIndex
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Segment files")
struct SegmentFileTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/a.segment"
  }

  /// Sizes around those of pages and blocks.
  static let sizes = [0, 1, 4095, 4096, 4097, 65_536 - 4096, 65_536, 65_537, 200_000]

  private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

  private func write(_ sizes: [Int]) throws {
    let writer = try SegmentWriter(path)
    for (index, size) in sizes.enumerated() {
      try writer.begin("part-\(index)")
      let content = bytes(size)
      try writer.append(Array(content[..<(size / 3)]))
      try writer.append(Array(content[(size / 3)...]))
    }
    try writer.finish()
  }

  @Test("sections come back as they were written, each at the start of a page")
  func roundTrip() async throws {
    try write(Self.sizes)
    let file = try SegmentFile(path)
    try file.verify()
    try await file.verify(on: ComputeTeam(threads: 2))
    #expect(file.names == Self.sizes.indices.map { "part-\($0)" })
    for (index, size) in Self.sizes.enumerated() {
      let section = try file.section("part-\(index)")
      #expect(section.count == size && section.range.lowerBound % 4096 == 0)
      #expect(section.file.bytes(section.range) == bytes(size))
      section.file.advise(.random, section.range)
      section.file.advise(.randomInLargePages, section.range)
      section.file.advise(.soon, section.range)
    }
  }

  @Test("numbers are read where they stand")
  func numbers() throws {
    let writer = try SegmentWriter(path)
    try writer.write("integers", [UInt32(7), 1 << 31, .max])
    try writer.write("floats", [Float(1.5), -0, .greatestFiniteMagnitude])
    try writer.finish()
    let file = try SegmentFile(path)
    let integers = try file.section("integers", of: 4)
    #expect((0..<3).map { integers.number($0, as: UInt32.self) } == [7, 1 << 31, .max])
    #expect(try file.section("floats").floats(1..<3) == [-0, .greatestFiniteMagnitude])
    #expect(throws: IndexError.self) { try file.section("integers", of: 8) }
    #expect(throws: IndexError.self) { try file.section("others") }
  }

  @Test("a file without sections is a file")
  func empty() throws {
    try write([])
    let file = try SegmentFile(path)
    try file.verify()
    #expect(file.names.isEmpty)
  }

  @Test("an unfinished file leaves nothing behind")
  func unfinished() throws {
    do {
      let writer = try SegmentWriter(path)
      try writer.write("part", bytes(300_000))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test("no flipped bit goes unseen")
  func flippedBits() throws {
    try write([5000, 70_000])
    let sound = Array(try Data(contentsOf: URL(filePath: path)))
    for place in Array(0..<200) + Array(stride(from: 200, to: sound.count, by: 509)) + [sound.count - 1] {
      var damaged = sound
      damaged[place] ^= 1 << UInt8(place % 8)
      try folder.write("a.segment", damaged)
      #expect(throws: IndexError.self, "byte \(place)") { try SegmentFile(path).verify() }
    }
  }

  @Test("no missing or added end goes unseen")
  func lengths() throws {
    try write([5000, 70_000])
    let sound = Array(try Data(contentsOf: URL(filePath: path)))
    for count in Array(stride(from: 0, to: sound.count, by: 1021)) + [sound.count - 1] {
      try folder.write("a.segment", Array(sound[..<count]))
      #expect(throws: IndexError.self, "\(count) bytes") { try SegmentFile(path) }
    }
    try folder.write("a.segment", sound + [0])
    #expect(throws: IndexError.self) { try SegmentFile(path) }
  }

  @Test("a file of a newer format and a missing one say so")
  func refused() throws {
    try write([10])
    var bytes = Array(try Data(contentsOf: URL(filePath: path)))
    bytes[8] = 2
    bytes.replaceSubrange(36..<40, with: [0, 0, 0, 0])
    let checksum = Checksum(of: Array(bytes[..<4096])).value
    for index in 0..<4 { bytes[36 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * index)) }
    try folder.write("a.segment", bytes)
    #expect { try SegmentFile(path) } throws: { ($0 as? IndexError)?.code == .unsupported }
    #expect { try SegmentFile(path + "x") } throws: { ($0 as? IndexError)?.code == .unreadable }
    #expect { try SegmentWriter(folder.path + "/missing/a") } throws: { ($0 as? IndexError)?.code == .unwritable }
  }
}
