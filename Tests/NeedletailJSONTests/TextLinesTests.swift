import NeedletailJSON
import NeedletailTestSupport
import Testing

@Suite("Lines of text files")
struct TextLinesTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func lines(_ bytes: [UInt8], longestLine: Int = 1 << 20) throws -> [[UInt8]] {
    var reader = try TextLines(try folder.write("file", bytes), name: "file", longestLine: longestLine)
    var lines: [[UInt8]] = []
    while let line = try reader.next() {
      lines.append(line)
      #expect(reader.place == "file:\(lines.count)")
    }
    return lines
  }

  @Test(
    "come with their ends, which the last may lack",
    arguments: [
      ("", []), ("a", ["a"]), ("a\n", ["a\n"]), ("\n", ["\n"]), ("\n\n", ["\n", "\n"]), ("a\n\nb", ["a\n", "\n", "b"]),
      ("a\r\nb\r", ["a\r\n", "b\r"]),
    ] as [(String, [String])])
  func ends(_ text: String, _ expected: [String]) throws {
    #expect(try lines(Array(text.utf8)) == expected.map { Array($0.utf8) })
  }

  @Test("are whole where they are longer than what is read at a time")
  func long() throws {
    let long = [UInt8](repeating: 0x61, count: 3 << 20)
    let bytes = long + [0x0A] + long + [0x0A, 0x62]
    #expect(try lines(bytes, longestLine: 4 << 20) == [long + [0x0A], long + [0x0A], [0x62]])
  }

  @Test("that are too long are refused with their number")
  func tooLong() throws {
    let long = [UInt8](repeating: 0x61, count: 3 << 20)
    let error = #expect(throws: RegularFile.Failure.self) { try lines([0x62, 0x0A] + long, longestLine: 2 << 20) }
    #expect(error?.line == 2)
    #expect(error?.description == "file:2: the line is longer than 2 MiB; cut it into several")
    #expect(throws: RegularFile.Failure.self) { try lines(long, longestLine: 2 << 20) }
  }

  @Test("of a file that cannot be read are refused")
  func unreadable() throws {
    let error = #expect(throws: RegularFile.Failure.self) { _ = try TextLines(folder.path, name: "x") }
    #expect(error?.description == "x: is a folder, not a regular file" && error?.line == nil)
  }
}
