import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Files being written")
struct OutputFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func path(_ name: String) -> String { folder.path + "/" + name }
  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path(name)))) }

  /// More than the writer keeps in memory.
  static let large = (0..<700_001).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

  @Test("hold what was appended, in order, and nothing else is left", arguments: [0, 1, 4096, 700_001])
  func contents(count: Int) throws {
    let file = try OutputFile(path("a"))
    for start in stride(from: 0, to: count, by: 1000) { try file.append(Self.large[start..<min(start + 1000, count)]) }
    try file.commit()
    #expect(try bytes("a") == Array(Self.large[..<count]))
    #expect(try names() == ["a"])
  }

  @Test("keep the permissions of the file they replace, and replace what a symbolic link points to")
  func replacement() throws {
    try folder.write("private", "old")
    try #require(unsafe chmod(path("private"), 0o640) == 0 && symlink("private", path("link")) == 0)
    let file = try OutputFile(path("link"))
    try file.append(Array("new".utf8))
    try file.commit()
    #expect(try bytes("private") == Array("new".utf8))
    var status = stat()
    #expect(unsafe lstat(path("link"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(unsafe lstat(path("private"), &status) == 0 && status.st_mode & 0o777 == 0o640)
    #expect(try names() == ["link", "private"])
  }

  @Test("hold numbers little-endian")
  func numbers() throws {
    let file = try OutputFile(path("a"))
    try file.append([9, 1, -2.5, .infinity][1...] as ArraySlice<Float>)
    try file.commit()
    // IEEE 754: 1 is 0x3F800000, −2.5 is 0xC0200000, ∞ is 0x7F800000.
    #expect(try bytes("a") == [0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0, 0, 0, 0x80, 0x7F])
  }

  @Test("have their name only when they are complete, and an older file stays until then")
  func visibility() throws {
    try folder.write("old", "the old one")
    for name in ["new", "old"] {
      let file = try OutputFile(path(name))
      try file.append(Self.large)
      try file.flush()
      #expect(!FileManager.default.fileExists(atPath: path("new")))
      #expect(try bytes("old") == Array("the old one".utf8))
      if name == "old" {
        try file.commit()
        #expect(try bytes("old") == Self.large)
      }
    }
    #expect(try names() == ["old"])
  }

  @Test("that are given up leave nothing behind")
  func abandoned() throws {
    try folder.write("old", "the old one")
    for name in ["new", "old"] {
      let file = try OutputFile(path(name))
      try file.append(Self.large)
    }
    #expect(try names() == ["old"])
    #expect(try bytes("old") == Array("the old one".utf8))
  }

  @Test("take any name that a file may have", arguments: ["a", ".a", "a b\n", String(repeating: "文", count: 85)])
  func longNames(name: String) throws {
    // 85 characters of 3 bytes are 255 bytes: the longest name of most file systems.
    let file = try OutputFile(path(name))
    try file.append([1, 2])
    try file.commit()
    #expect(try names() == [name])
    #expect(try bytes(name) == [1, 2])
  }

  @Test("in a missing folder, below a file, in place of a folder: an error that names them")
  func impossible() throws {
    try folder.write("file", "x")
    try folder.write("folder/inside", "x")
    for name in ["missing/a", "file/a", "folder"] {
      let error = try #require(throws: TensorError.self, performing: { try OutputFile(path(name)) })
      #expect(error.code == .unwritable && error.subject == path(name) && !error.message.isEmpty)
    }
    #expect(try names() == ["file", "folder"])
  }

  @Test(
    "in a folder that may not be written: an error that names them",
    .enabled(if: getuid() != 0, "the superuser may write everywhere"))
  func forbidden() throws {
    try folder.write("old", "x")
    try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
    defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path) }
    for name in ["new", "old"] {
      let error = try #require(throws: TensorError.self, performing: { try OutputFile(path(name)) })
      #expect(error.code == .unwritable && error.subject == path(name))
    }
  }

  @Test("in place of a folder that appeared meanwhile: an error, and nothing is left")
  func replacedByFolder() throws {
    do {
      let file = try OutputFile(path("a"))
      try file.append([1])
      try folder.write("a/inside", "x")
      let error = try #require(throws: TensorError.self, performing: { try file.commit() })
      #expect(error.code == .unwritable && error.subject == path("a"))
    }
    #expect(try names() == ["a"])
    #expect(try bytes("a/inside") == Array("x".utf8))
  }

  static let hasFullDevice = FileManager.default.fileExists(atPath: "/dev/full")

  @Test("on a full disk: an error that says so", .enabled(if: hasFullDevice), arguments: [1, 700_001])
  func full(count: Int) throws {
    let file = try OutputFile("/dev/full")
    let error = try #require(
      throws: TensorError.self,
      performing: {
        try file.append(Self.large[..<count])
        try file.commit()
      })
    #expect(error.code == .unwritable && error.subject == "/dev/full")
    #expect(error.message.contains("No space left"))
  }

  @Test("take what waited in a spool, which leaves no name")
  func spool() throws {
    let file = try OutputFile(path("a"))
    let spool = try OutputFile.spool(for: path("a"))
    let before = try names()
    try spool.append(Self.large)
    try file.append([7])
    try file.append(contentsOf: spool)
    #expect(try names() == before)
    try file.commit()
    #expect(try names() == ["a"])
    #expect(try bytes("a") == [7] + Self.large)
  }
}
