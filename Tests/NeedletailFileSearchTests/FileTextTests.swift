import NeedletailFileSearch
import NeedletailTestSupport
import Testing

@Suite("Texts of files")
struct FileTextTests {
  /// All parts of a file.
  private func parts(_ name: String, _ bytes: [UInt8], limit: Int = 1 << 20, isNamed: Bool = true) throws -> [String] {
    let folder = try TemporaryFolder()
    var text = try FileText(try folder.write(name, bytes), isNamed: isNamed)
    var parts: [String] = []
    while let part = try text.next(limit: limit) { parts.append(part) }
    return parts
  }

  @Test("keep their paragraphs, with a blank line between; HTML loses its tags")
  func whole() throws {
    #expect(try parts("a.txt", Array("one\ntwo\n\n\n\nthree \n".utf8)) == ["one\ntwo\n\nthree "])
    #expect(
      try parts("a.html", Array("<p>one &amp; <b>two</b><script>x</script></p><p>three".utf8)) == ["one & two\n\nthree"]
    )
    #expect(try parts("a.txt", []) == [])
  }

  @Test("come in parts that are cut between paragraphs and lose nothing", arguments: [1, 20, 100, 10_000])
  func cut(limit: Int) throws {
    let paragraphs = (0..<200).map { "paragraph \($0)" }
    let found = try parts("a.md", Array(paragraphs.joined(separator: "\n\n").utf8), limit: limit)
    #expect(found.joined(separator: "\n\n") == paragraphs.joined(separator: "\n\n"))
    #expect(found.allSatisfy { $0.utf8.count <= max(limit, 13) })
    #expect(found.count == 1 || limit < 10_000)
  }

  @Test("are empty where a file that nobody named looks binary")
  func binary() throws {
    #expect(try parts("a.txt", [0x61, 0, 0x62], isNamed: false) == [])
    #expect(try parts("a.txt", [0x61, 0xFF, 0x62]) == ["a\u{FFFD}b"])
  }

  @Test("A walk tells which folders it opened, empty ones included")
  func folders() throws {
    let folder = try TemporaryFolder()
    try folder.write("tree/a/x.txt", "x")
    try folder.write("tree/b/.keep", "")
    var walker = FileWalker([folder.path + "/tree"])
    while walker.next() != nil {}
    #expect(walker.folders.map { String($0.dropFirst(folder.path.count)) } == ["/tree", "/tree/a", "/tree/b"])
  }
}
