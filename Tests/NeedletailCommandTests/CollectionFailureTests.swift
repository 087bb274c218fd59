import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import Foundation
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Failures of the command collection")
struct CollectionFailureTests {
  @Test(
    "wrong usage ends with 64 and says what is missing",
    arguments: [
      ["create"], ["create", "notes", "--metric", "far"], ["create", "notes", "--chunk", "1"],
      ["create", "notes", "--own-vectors", "0"], ["create", "notes", "--field", "a", "--field", "a"],
      ["add", "notes"], ["add", "notes", "a.txt", "--watch", "b"], ["delete", "notes"],
      ["delete", "notes", "id", "--where", "a == 1"], ["search", "notes"], ["search", "notes", " "],
      ["search", "notes", "a", "--limit", "0"],
      ["search", "notes", "a", "--where", "year >"],
      ["export", "notes", "--format", "beir"], ["export", "notes", "--vectors", "a.txt"], ["backup", "notes"],
    ])
  func usage(arguments: [String]) async throws {
    try await Program.inFolder { program in
      let result = try await program.start(["collection"] + arguments).end()
      #expect(result.status == 64 && result.output.isEmpty && !result.errors.isEmpty)
      #expect(try program.names().isEmpty)
    }
  }

  @Test("a folder that is no collection, a file, and nothing at all are refused in one line by every command")
  func noCollection() async throws {
    try await Program.inFolder { program in
      try program.write("folder/other.txt", "text")
      try program.write("foreign/collection.sqlite", String(repeating: "no database at all ", count: 1000))
      try program.write("file", "text")
      let commands = [
        ["add", "X", "file"], ["search", "X", "a"], ["delete", "X", "a"], ["stats", "X"], ["verify", "X"],
        ["compact", "X"], ["export", "X"], ["backup", "X", "Y"],
      ]
      for name in ["folder", "foreign", "file", "absent"] {
        for command in commands {
          let result = try await program.start(["collection"] + command.map { $0 == "X" ? name : $0 }).end()
          #expect(result.status == 1 && result.output.isEmpty, "\(command) \(name): \(result.errors)")
          #expect(result.errors.hasPrefix("needletail: ") && result.errors.split(separator: "\n").count == 1)
        }
      }
      for name in ["folder", "file"] {
        let result = try await program.run("collection", "create", name)
        #expect(result.status == 1 && result.errors.contains("is already there"))
      }
      #expect(try program.names() == ["file", "folder", "foreign"])
    }
  }

  @Test("a second writer is refused with the number of the first; readers go on")
  func secondWriter() async throws {
    try await CollectionTests.withNotes { program in
      let writing = try program.start(["collection", "add", "notes", "-", "--json"])
      try writing.write("{\"id\": \"first\", \"text\": \"held\"}\n")
      while try writing.output().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
      for command in [["add", "notes", "-"], ["delete", "notes", "swift"], ["compact", "notes"]] {
        let second = try program.start(["collection"] + command)
        try second.send("")
        let result = try await second.end()
        #expect(result.status == 1 && result.errors.contains("\(writing.identifier)"), "\(command): \(result.errors)")
      }
      #expect(try await program.run("collection", "search", "notes", "birds", "--json").status == 0)
      try writing.send("{\"id\": \"second\", \"text\": \"later\"}\n")
      #expect(try await writing.end().status == 0)
      #expect(try await program.run("collection", "export", "notes").lines.count == 5)
    }
  }

  @Test("a collection that cannot be written is searched, and adding says why it cannot be")
  func readOnly() async throws {
    guard getuid() != 0 else { return }
    try await CollectionTests.withNotes { program in
      let folder = program.path("notes")
      for path in try FileManager.default.subpathsOfDirectory(atPath: folder) + ["."] {
        _ = unsafe chmod(folder + "/" + path, path.contains(".sqlite") ? 0o444 : 0o555)
      }
      defer { _ = unsafe chmod(folder, 0o755) }
      #expect(try await program.run("collection", "search", "notes", "birds").status == 0)
      let added = try await program.run("collection", "add", "notes", "-", input: "\"a\"\n")
      #expect(added.status == 1 && added.errors.hasPrefix("needletail: "))
    }
  }

  @Test("--watch keeps a collection equal to a folder: new, changed and deleted files")
  func watch() async throws {
    try await Program.inFolder { program in
      #expect(try await program.run("collection", "create", "notes").status == 0)
      #expect(
        try await program.run("collection", "add", "notes", "-", input: "{\"id\": \"x\", \"text\": \"stays\"}\n").status
          == 0)
      try program.write("files/a.txt", "alpha")
      try program.write("files/deep/b.md", "# beta")
      let watching = try program.start(["collection", "add", "notes", "--watch", "files"])
      func texts(_ expected: [String]) async throws -> [String] {
        var found: [String] = []
        for _ in 0..<200 where found != expected {
          try await Task.sleep(for: .milliseconds(50))
          found = try await program.run("collection", "export", "notes").lines.map(String.init).sorted()
        }
        return found
      }
      func line(_ path: String, _ text: String) -> String {
        "{\"id\":\"\(path)\",\"text\":\"\(text)\",\"metadata\":{\"path\":\"\(path)\"}}"
      }
      let other = "{\"id\":\"x\",\"text\":\"stays\",\"metadata\":{}}"
      let first = [line("files/a.txt", "alpha"), line("files/deep/b.md", "# beta"), other]
      #expect(try await texts(first) == first)
      try program.write("files/a.txt", "alpha and more")
      try program.write("files/new/c.txt", "gamma")
      try FileManager.default.removeItem(atPath: program.path("files/deep"))
      let second = [line("files/a.txt", "alpha and more"), line("files/new/c.txt", "gamma"), other]
      #expect(try await texts(second) == second)
      watching.interrupt()
      #expect(try await watching.end().status == 130)
      // What went while nobody watched is found when somebody does again.
      try FileManager.default.removeItem(atPath: program.path("files/new"))
      let again = try program.start(["collection", "add", "notes", "--watch", "files"])
      let third = [second[0], other]
      #expect(try await texts(third) == third)
      again.interrupt()
      #expect(try await again.end().status == 130)
    }
  }
}
