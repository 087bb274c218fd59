import Foundation
import NeedletailFileSearch
import NeedletailJSON
import NeedletailTestSupport
import Testing

@Suite("Searching files")
struct FileSearchTests {
  let topics = [
    "apple.txt": "The orchard is full of ripe fruit in autumn.\n\nBees visit blossoms every spring.\n",
    "ship.md": "# Harbour\n\nThe vessel sails at dawn. Sailors check every rope. The captain sleeps late.\n",
    "sub/code.py": "def add(a, b):\n    return a + b\n\n\ndef launch_rocket(pad):\n    pad.ignite()\n",
    "rows.jsonl": #"{"_id": "r1", "title": "Moon", "text": "Craters cover lunar plains.", "metadata": {"y": 1969}}"#
      + "\n\"A plain string about volcanoes.\"\n{\"text\": 3}\n",
    "table.csv": "name,price,notes\nTea,3,\"calms, warms\nand wakes\"\nSalt,1,keeps food\n",
    "page.html":
      "<html><head><title>Owls</title><style>p{}</style></head><body><p>Owls &amp; bats\nhunt at night.</p></body>",
  ]

  func tree() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, text) in topics { try folder.write(name, text) }
    return folder
  }

  @Test("each kind of file gives the passage, its line and its best sentence")
  func kinds() async throws {
    let folder = try tree()
    let search = try WordModel().search()
    func first(_ question: String) async throws -> FileHit {
      try #require(try await search.search(question, in: [folder.path]).hits.first)
    }
    func best(_ hit: FileHit) -> String {
      String(decoding: Array(hit.passage.text.utf8)[hit.bestSentence ?? 0..<0], as: UTF8.self)
    }
    var hit = try await first("sailors rope")
    #expect(hit.path == folder.path + "/ship.md" && hit.passage.firstLine == 1 && hit.passage.lastLine == 3)
    #expect(best(hit) == "Sailors check every rope." && hit.bestLine == 3)
    hit = try await first("launch rocket ignite")
    #expect(hit.path.hasSuffix("sub/code.py") && hit.passage.lastLine == 6 && best(hit) == "def launch_rocket(pad):")
    #expect(hit.bestLine == 5)
    hit = try await first("lunar craters")
    #expect(hit.passage.id == "r1" && hit.passage.firstLine == 1)
    let json = try JSONDocument(parsing: hit.json.text()).root
    #expect(json["metadata"]?["y"]?.integer == 1969 && json["line"]?.integer == 1 && json["id"]?.string == "r1")
    #expect(try json.double("score") > 0.3)
    #expect(try json.string("best_sentence") == "Craters cover lunar plains.")
    #expect(json["best_line"]?.integer == 1)
    hit = try await first("volcanoes string")
    #expect(hit.passage.firstLine == 2 && hit.passage.text == "A plain string about volcanoes.")
    hit = try await first("tea warms")
    #expect(
      hit.passage.text == "Tea; calms, warms\nand wakes" && hit.passage.firstLine == 2 && hit.passage.lastLine == 3)
    hit = try await first("bats hunt night")
    #expect(hit.passage.text.contains("Owls & bats hunt at night.") && !hit.passage.text.contains("p{}"))
    let warnings = try await search.search("x", in: [folder.path]).warnings
    #expect(
      warnings.map(\.description) == [
        "\(folder.path)/rows.jsonl:3: column 10: \"text\" should be a string, found a number"
      ])
  }

  @Test("limit and smallest score are kept, and copies are counted, not repeated")
  func limits() async throws {
    let folder = try TemporaryFolder()
    for index in 0..<20 { try folder.write("copy\(index).txt", "one fish swims") }
    try folder.write("z.txt", "two fish swim")
    var options = FileSearch.Options()
    options.limit = 2
    let found = try await WordModel().search(options: options).search("one fish swims", in: [folder.path])
    #expect(found.hits.map(\.copies) == [19, 0])
    #expect(found.hits.map(\.path) == [folder.path + "/copy0.txt", folder.path + "/z.txt"])
    let names = (1..<20).map { "copy\($0).txt" }.sorted()
    #expect(found.hits[0].also.map(\.path) == names.map { folder.path + "/" + $0 })
    let json = try JSONDocument(parsing: found.hits[0].json.text()).root
    let also = Array(try #require(json["also"]?.elements))
    #expect(also.count == 19 && also.last?["line"]?.integer == 1)
    #expect(also.last?["path"]?.string == folder.path + "/copy9.txt")
    options.minimumScore = 0.9
    let close = try await WordModel().search(options: options).search("one fish swims", in: [folder.path])
    #expect(close.hits.count == 1 && close.passages == 21)
  }

  @Test("what cannot be read is named, and it is an error where nothing can be read")
  func unreadable() async throws {
    let folder = try tree()
    let search = try WordModel().search()
    let found = try await search.search("ship", in: [folder.path + "/none", folder.path + "/ship.md"])
    #expect(found.warnings.map(\.code) == [.unreadable] && found.filesRead == 1)
    await #expect {
      try await search.search("ship", in: [folder.path + "/none", folder.path + "/neither"])
    } throws: { ($0 as? FileSearchError)?.code == .nothingRead }
    try folder.write("empty/.keep", "")
    #expect(try await search.search("ship", in: [folder.path + "/empty"]).hits.isEmpty)
  }

  @Test("binary files are passed over in folders and read when named")
  func binary() async throws {
    let folder = try TemporaryFolder()
    try folder.write("data", Array("hello\0world".utf8))
    let search = try WordModel().search()
    #expect(try await search.search("hello", in: [folder.path]).passages == 0)
    #expect(try await search.search("hello", in: [folder.path + "/data"]).passages == 1)
  }

  @Test("large files are streamed and give what small ones give", arguments: [false, true])
  func large(cached: Bool) async throws {
    let folder = try TemporaryFolder()
    var text = ""
    for index in 0..<60_000 {
      text += "{\"text\": \"Row number \(index) speaks of item\(index % 977) and colour\(index % 31).\"}\n"
    }
    text += "{\"text\": \"" + String(repeating: "long line ", count: 200_000) + "\"}\n"
    try folder.write("rows.jsonl", text)
    #expect(text.utf8.count > 5 << 20)
    let words = WordModel()
    let cache = cached ? VectorCache(folder: URL(filePath: folder.path + "/cache")) : nil
    let search = try words.search(cache: cache)
    for round in 0..<2 {
      let found = try await search.search("number 41234", in: [folder.path + "/rows.jsonl"])
      #expect(found.hits.first?.passage.firstLine == 41_235)
      #expect(found.passages > 60_000)
      #expect((found.embedded == 0) == (cached && round == 1))
    }
  }

  @Test("a search that waits for a pipe ends when it is cancelled", .timeLimit(.minutes(10)))
  func pipe() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/pipe"
    guard unsafe mkfifo(path, 0o600) == 0 else { return }
    let search = try WordModel().search()
    let task = Task { try await search.search("x", in: [path]) }
    try await Task.sleep(for: .milliseconds(300))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test(
    "the line of a sentence is known whatever stands between",
    arguments: [
      ("a.txt", "One is here.\n\n\n\nTwo is\nhere. Three is here.\n", [1, 5, 6]),
      ("a.txt", "One is here.\n\nTwo is here. Three\nis here.\n", [1, 3, 3]),
      ("a.html", "<p>One is\nhere.</p>\n\n\n<p>Two\nis here.\nThree is here.</p>", [1, 5, 7]),
      ("a.jsonl", "{\"text\": \"One is here.\\n\\nTwo is here. Three is here.\"}", [1, 1, 1]),
      ("a.csv", "text,n\n\"One is here.\nTwo is here.\nThree is here.\",1\n", [2, 3, 4]),
    ])
  func bestLines(name: String, text: String, lines: [Int]) async throws {
    let folder = try TemporaryFolder()
    try folder.write(name, text)
    let search = try WordModel().search(cache: VectorCache(folder: URL(filePath: folder.path + "/cache")))
    // From the file, and then from the cache.
    for _ in 0..<2 {
      for (word, line) in zip(["one", "two", "three"], lines) {
        let hits = try await search.search(word, in: [folder.path + "/" + name]).hits
        #expect(hits.first?.bestLine == line, "\(word)")
      }
    }
  }

  @Test("an empty question is refused", arguments: ["", " ", "\n\t\u{A0}\u{3000}"])
  func emptyQuestion(question: String) async throws {
    let folder = try tree()
    await #expect {
      try await WordModel().search().search(question, in: [folder.path])
    } throws: { ($0 as? FileSearchError)?.code == .emptyQuestion }
  }

  @Test("many short records give the same however they are read", arguments: [4_000, 4_096, 4_097, 9_000])
  func manyRecords(count: Int) async throws {
    let folder = try TemporaryFolder()
    try folder.write("rows.jsonl", (0..<count).map { "{\"text\": \"row\($0)\"}\n" }.joined())
    try folder.write("z.txt", "the row4 of row5")
    let search = try WordModel().search(cache: VectorCache(folder: URL(filePath: folder.path + "/cache")))
    for round in 0..<2 {
      let found = try await search.search("row\(count - 1)", in: [folder.path + "/rows.jsonl", folder.path + "/z.txt"])
      #expect(found.hits.first?.passage.firstLine == count && found.hits.first?.score ?? 0 > 0.999)
      #expect(found.passages == count + 1 && found.embedded == (round == 0 ? count + 1 : 0))
      #expect(found.filesRead == 2)
    }
  }

  @Test("files as large as a file system can claim are no trouble")
  func enormous() async throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] {
      let path = try folder.write(name, "")
      // Holes take no room; not every file system has such large ones.
      guard unsafe truncate(path, off_t(7 << 60)) == 0 else { return }
    }
    for cache in [nil, VectorCache(folder: URL(filePath: folder.path + "/.cache"))] {
      #expect(try await WordModel().search(cache: cache).search("x", in: [folder.path]).passages == 0)
    }
  }

  @Test("an odd question and odd texts are searched all the same", arguments: ["\0", "\u{FEFF}", "😀"])
  func odd(question: String) async throws {
    let folder = try tree()
    try folder.write("bad.txt", [0xFF, 0xFE, 0x41])
    try folder.write("worse.txt", [0x41, 0xC3, 0x28, 0xF0, 0x9F])
    #expect(try await WordModel().search().search(question, in: [folder.path]).filesRead == 8)
  }

  @Test("printed hits mark the best sentence and cannot steer the terminal")
  func printing() async throws {
    let folder = try tree()
    try folder.write(
      "evil.txt", "Ordinary words stand here first. Danger \u{1B}[2J lurks inside escapes. The end comes.")
    let hit = try #require(
      try await WordModel().search().search("danger lurks", in: [folder.path + "/evil.txt"]).hits.first)
    let plain = HitPrinter(style: .plain, width: 60).text(hit)
    let lines = plain.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix(folder.path + "/evil.txt:1  0."))
    #expect(
      lines[1...] == [
        "    Ordinary words stand here first.", " >> Danger \u{FFFD}[2J lurks inside escapes.", "    The end comes.",
      ])
    try folder.write("rows.jsonl", #"{"id": "7", "text": "1234567890123456 x 1234567890 y z"}"#)
    let record = try #require(
      try await WordModel().search().search("x", in: [folder.path + "/rows.jsonl"]).hits.first)
    let narrow = HitPrinter(style: .plain, width: 22).text(record).split(separator: "\n").map(String.init)
    #expect(narrow[0].hasPrefix(folder.path + "/rows.jsonl:1  0.") && narrow[0].hasSuffix("  id 7"))
    #expect(narrow[1...] == [" >> 1234567890123456 x", " >> 1234567890 y z"])
    let coloured = HitPrinter(style: .terminal).text(hit)
    #expect(coloured.contains("\u{1B}[1mDanger \u{FFFD}[2J lurks inside escapes.\u{1B}[0m"))
  }
}
