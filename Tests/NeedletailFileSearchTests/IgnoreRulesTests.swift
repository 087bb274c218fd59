import Foundation
import NeedletailFileSearch
import NeedletailTestSupport
import Testing

@Suite("Ignore files")
struct IgnoreRulesTests {
  /// The files that a walk finds, as paths below `folder`.
  func walk(_ folder: String) -> Set<String> {
    var options = WalkOptions()
    options.includesHidden = true
    return Set(FileWalker([folder], options: options).map { String($0.path.dropFirst(folder.count + 1)) })
  }

  /// The files that git would add.
  func git(_ folder: String) throws -> Set<String>? {
    guard let listed = try output(of: ["git", "ls-files", "--others", "--exclude-standard", "-z"], in: folder) else {
      return nil
    }
    return Set(listed.split(separator: "\0").map(String.init))
  }

  static let names = [
    "a", "b", "ab", "a.c", "ab.c", "foo", "bar", "foo bar", "foo ", "!x", "#y", "a[b", "a-b", "A", "x]", "9",
    "f*o", "b\\a", "é",
  ]

  static let patterns = [
    "*.c", "/*.c", "foo/", "/foo/", "foo/*", "foo/**", "**/foo", "**/foo/**", "a/**/b", "a/**", "foo*", "!foo",
    "*\n!a.c", "*\n!*/\n!*.c", "foo/\n!foo/a", "# x\n\\#y", "\\!x", "!\\!x", "foo\\ ", "foo ", "foo bar",
    "a[[]b", "a[bc]", "[!a]", "[^a]b", "[a-c]", "[]x]", "x[]]", "[a-", "[[:digit:]]", "[[:upper:]]", "[[:foo:]]",
    "a[]-]b", "a[!-]b", "f\\*o", "f[*]o", "b\\\\a", "b[\\\\]a", "?", "a?c", "a*c", "**", "***", "**/", "/**", "/",
    "//", "foo//a", "foo**/a", "foo/**b", "a**b", "a/***/b", "*/a", "*/*/a", "é", "?é", "[é]", "a\\", "foo\r",
    "\u{FEFF}foo", "", "   ", "!", "!!x", "foo/a\n!foo/a", "foo/bar/../a", "./foo", "[[:alpha:][:digit:]]",
    "[a-\\c]", "[\\a-c]", "[c-a]", "a[/]b", "foo[/]a", "foo/[!/]", "**foo/a", "\\f\\o\\o", "foo/\\a", "\\**/a",
  ]

  @Test("the rules of the manual hold as in git")
  func manual() throws {
    let folder = try TemporaryFolder()
    for name in Self.names {
      for parent in ["files", name + ".d", "foo.x", "a.x", "deep/foo/bar", "deep/a/b"] {
        try folder.write(parent + "/" + name, "")
      }
      for parent in ["top/foo", "top/a", "top/a/foo/b"] {
        try folder.write(parent + "/" + name + "/" + name + ".c", "")
      }
    }
    // A machine without git has nothing to compare with.
    guard try output(of: ["git", "init", "-q"], in: folder.path) != nil else { return }
    for patterns in Self.patterns {
      for parent in ["", "top/", "files/"] { try folder.write(parent + ".gitignore", patterns) }
      #expect(walk(folder.path) == (try git(folder.path)), "\(patterns)")
    }
  }

  @Test("random patterns in nested files leave out what git leaves out", arguments: 1...60)
  func random(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let pieces = ["a", "b", "c", "*", "?", "/", "/", "**", "**/", "/**", "[ab]", "[!a]", "\\", "\\*", "!", " ", "ab"]
    func patterns() -> String {
      (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        let negation = Int.random(in: 0..<3, using: &generator) == 0 ? "!" : ""
        return negation
          + (0..<Int.random(in: 1...5, using: &generator)).map { _ in
            pieces.randomElement(using: &generator) ?? ""
          }.joined()
      }.joined(separator: "\n")
    }
    let folder = try TemporaryFolder()
    let parts = ["a", "b", "c", "ab", "abc", "a b", "c*"]
    for _ in 0..<150 {
      let depth = Int.random(in: 1...4, using: &generator)
      let path = (0..<depth).map { _ in parts.randomElement(using: &generator) ?? "a" }.joined(separator: "/")
      _ = try? folder.write(path, "")
    }
    var written = [""]
    try folder.write(".gitignore", patterns())
    for part in ["a", "b", "a/b", "ab/c"] {
      let isFolder = FileStatus(folder.path + "/" + part, followsLinks: true)?.kind == .folder
      if isFolder { try folder.write(part + "/.gitignore", patterns()) }
      written.append(part)
    }
    guard try output(of: ["git", "init", "-q"], in: folder.path) != nil, let expected = try git(folder.path) else {
      return
    }
    let found = walk(folder.path)
    let files = written.compactMap {
      try? String(contentsOfFile: folder.path + "/" + $0 + "/.gitignore", encoding: .utf8)
    }
    #expect(found == expected, "patterns: \(files)")
  }

  @Test("a pattern made to be slow is not")
  func hostile() throws {
    let folder = try TemporaryFolder()
    let name = String(repeating: "a", count: 200)
    try folder.write(name, "")
    try folder.write(
      ".gitignore", String(repeating: "*a", count: 5_000) + "b\n" + String(repeating: "**/", count: 90_000))
    let clock = ContinuousClock()
    let time = clock.measure { #expect(walk(folder.path).contains(name)) }
    #expect(time < .seconds(20))
  }

  @Test("the rules of the folders above the named one hold, up to the repository's root")
  func enclosing() throws {
    let folder = try TemporaryFolder()
    try folder.write("repo/.gitignore", "*.log\n/deep/skip\n")
    try folder.write("repo/.git/info/exclude", "*.tmp\n")
    try folder.write(".gitignore", "*.txt\n")
    for name in ["a.txt", "a.log", "a.tmp", "skip/x"] { try folder.write("repo/deep/" + name, "") }
    #expect(walk(folder.path + "/repo/deep") == ["a.txt"])
  }
}
