import Foundation
import NeedletailFileSearch
import NeedletailTestSupport
import Testing

@Suite("Mutated ignore files")
struct IgnoreRulesFuzzTests {
  @Test("are read whatever they hold, and add no files")
  func walk() async throws {
    let source = try TemporaryFolder()
    let names: Set = ["a/b/x.c", "a/foo bar", "a/é", "a/[b", "c.txt"]
    for name in names { try source.write("tree/" + name, "") }
    try source.write("tree/.gitignore", IgnoreRulesTests.patterns.joined(separator: "\n").utf8.prefix(600) + [0x0A])
    try source.write("tree/a/.gitignore", "!b/\n**/x.?\r\n[[:alpha:]-é]\n\\[b\n")
    try source.write("tree/a/b/.ignore", "*\n!*.c\n")
    let folders = try FuzzedFolders([URL(filePath: source.path).appending(path: "tree")]) { $0.hasSuffix("ignore") }
    let report = try await Fuzzing("ignore files", share: 0.5).run(folders.seeds) { input in
      try await folders.withFolder(of: input) { folder in
        let found = FileWalker([folder.path]).map { String($0.path.dropFirst(folder.path.count + 1)) }
        #expect(names.isSuperset(of: found), "input \(input.number)")
      }
    } refusal: { _ in
      nil
    }
    #expect(report.problems == [])
  }
}
