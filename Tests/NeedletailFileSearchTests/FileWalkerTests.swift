import Foundation
import NeedletailFileSearch
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("Walking files")
struct FileWalkerTests {
  func names(_ walker: FileWalker, below folder: String) -> [String] {
    walker.map { String($0.path.dropFirst(folder.count + 1)) }
  }

  @Test("folders are walked depth first in the order of names, without hidden and binary files")
  func order() throws {
    let folder = try TemporaryFolder()
    for name in [
      "b.txt", "a/z.txt", "a/b/c.md", "a.txt", ".hidden", ".config/x", "picture.PNG", "x.tar.gz", "log.gz", "Z",
    ] {
      try folder.write(name, "x")
    }
    #expect(
      names(FileWalker([folder.path]), below: folder.path) == ["Z", "a/b/c.md", "a/z.txt", "a.txt", "b.txt", "log.gz"])
    var options = WalkOptions()
    options.includesHidden = true
    let all = names(FileWalker([folder.path + "/"], options: options), below: folder.path)
    #expect(all.contains(".hidden") && all.contains(".config/x"))
  }

  @Test("ignore files are obeyed unless told otherwise")
  func ignore() throws {
    let folder = try TemporaryFolder()
    try folder.write(".gitignore", "*.log\n")
    try folder.write("a.log", "")
    #expect(names(FileWalker([folder.path]), below: folder.path) == [])
    var options = WalkOptions()
    options.obeysIgnoreFiles = false
    #expect(names(FileWalker([folder.path], options: options), below: folder.path) == ["a.log"])
    #expect(Array(FileWalker([folder.path + "/a.log"])).map(\.isNamed) == [true])
  }

  @Test("symbolic links that lead in a circle end, and named links are followed")
  func links() throws {
    let folder = try TemporaryFolder()
    try folder.write("a/x.txt", "x")
    let manager = FileManager.default
    try manager.createSymbolicLink(atPath: folder.path + "/a/up", withDestinationPath: "..")
    try manager.createSymbolicLink(atPath: folder.path + "/self", withDestinationPath: "self")
    try manager.createSymbolicLink(atPath: folder.path + "/named", withDestinationPath: "a")
    #expect(names(FileWalker([folder.path]), below: folder.path) == ["a/x.txt"])
    #expect(names(FileWalker([folder.path + "/named"]), below: folder.path) == ["named/x.txt"])
  }

  @Test("a walk that is told to stop ends")
  func stopped() throws {
    let folder = try TemporaryFolder()
    for index in 0..<9 { try folder.write("a\(index).txt", "x") }
    let stop = CancellationFlag()
    var walker = FileWalker([folder.path], stop: stop)
    #expect(walker.next() != nil)
    stop.set()
    #expect(walker.next() == nil)
  }

  @Test("a file reached by two of the paths comes once, and missing paths are warned about")
  func overlapping() throws {
    let folder = try TemporaryFolder()
    try folder.write("a/x.txt", "x")
    var walker = FileWalker([folder.path, folder.path + "/a", folder.path + "/none", "-"])
    var found: [String] = []
    while let file = walker.next() { found.append(file.path) }
    #expect(found == [folder.path + "/a/x.txt", "-"])
    #expect(walker.warnings.map(\.code) == [.unreadable])
    #expect(walker.warnings.first?.subject == folder.path + "/none")
  }
}
