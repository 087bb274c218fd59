import NeedletailJSON
import NeedletailTestSupport
import Testing

@Suite("Files that are read whole")
struct RegularFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("have the bytes that were written", arguments: [0, 1, 4095, 4096, 4097, 3_000_000])
  func contents(_ count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let path = try folder.write("file", bytes)
    #expect(try RegularFile.bytes(path, name: "file", limit: count) == bytes)
  }

  @Test("may not be longer than the limit")
  func limit() throws {
    let path = try folder.write("file", "four")
    let error = #expect(throws: RegularFile.Failure.self) { try RegularFile.bytes(path, name: "f", limit: 3) }
    #expect(error?.description == "f: has 4 bytes, too many: at most 3 are read")
  }

  @Test("are no folders, pipes, devices or missing, and nothing makes the reader wait", .timeLimit(.minutes(5)))
  func others() throws {
    try folder.pipe("pipe")
    for (path, message) in [
      (folder.path, "is a folder, not a regular file"), (folder.path + "/pipe", "is not a regular file"),
      ("/dev/zero", "is not a regular file"),
      (folder.path + "/none", "cannot be opened: No such file or directory"),
    ] {
      let error = #expect(throws: RegularFile.Failure.self) { try RegularFile.bytes(path, name: "x", limit: 9) }
      #expect(error?.message == message)
    }
  }
}
