import Needletail
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import Foundation
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("The command collection")
struct CollectionTests {
  static let rows = """
    {"id": "swift", "text": "A swift sleeps in flight, high above the town.", "metadata": {"year": 2020}}
    {"id": "loan", "text": "The bank lends money at a higher rate of interest.", "metadata": {"year": 1999}}
    {"_id": "tea", "title": "Tea", "text": "The kettle boils and the tea steeps.", "year": 2021}

    """

  /// A program with the collection `notes` of the rows above.
  static func withNotes(_ body: (Program) async throws -> Void) async throws {
    try await Program.inFolder { program in
      #expect(try await program.run("collection", "create", "notes").status == 0)
      let added = try await program.run("collection", "add", "notes", "-", "--json", input: rows)
      #expect(added.status == 0 && added.errors.isEmpty, "\(added.errors)")
      let last = try #require(added.lines.last)
      let line = try JSONDocument(parsing: String(last)).root
      #expect(try line.integer("acknowledged", in: 0...10) == 3)
      #expect(try line.string("last_id") == "tea")
      try await body(program)
    }
  }

  static func ids(_ result: Program.Result) throws -> [String] {
    try JSONDocument(parsing: result.output).root.elements.map { try $0.string("id") }
  }

  @Test("creates, adds, searches, deletes, verifies and exports")
  func roundTrip() async throws {
    try await Self.withNotes { program in
      let found = try await program.run("collection", "search", "notes", "birds in the air", "--json", "--limit", "2")
      #expect(found.status == 0 && found.errors.isEmpty)
      #expect(try Self.ids(found).first == "swift")
      let hit = try #require(JSONDocument(parsing: found.output).root.elements.first { _ in true })
      #expect(hit.members.map { String(decoding: $0.key, as: UTF8.self) } == ["id", "score", "text", "metadata"])
      #expect(try hit.value("metadata").integer("year", in: 0...3000) == 2020)

      let shown = try await program.run("collection", "search", "notes", "interest rates")
      #expect(shown.status == 0 && shown.lines.first?.hasSuffix("  loan") == true)

      let exported = try await program.run("collection", "export", "notes")
      #expect(
        exported.output == """
          {"id":"swift","text":"A swift sleeps in flight, high above the town.","metadata":{"year":2020}}
          {"id":"loan","text":"The bank lends money at a higher rate of interest.","metadata":{"year":1999}}
          {"id":"tea","text":"Tea The kettle boils and the tea steeps.","metadata":{"year":2021,"title":"Tea"}}

          """)

      let deleted = try await program.run("collection", "delete", "notes", "loan", "nothing", "--json")
      #expect(deleted.output == "{\"deleted\":1}\n")
      let stats = try JSONDocument(parsing: try await program.run("collection", "stats", "notes", "--json").output).root
      #expect(try stats.integer("documents", in: 0...10) == 2)
      let after = try await program.run("collection", "search", "notes", "interest rates", "--json")
      #expect(try Self.ids(after).contains("loan") == false)
      let sound = try JSONDocument(parsing: try await program.run("collection", "verify", "notes", "--json").output)
        .root
      #expect(sound["ok"]?.boolean == true && sound["documents"]?.integer == 2 && sound["problems"]?.count == 0)
      #expect(try await program.run("collection", "compact", "notes").status == 0)
      #expect(
        try Self.ids(try await program.run("collection", "search", "notes", "hot drinks", "--json")).first == "tea")
    }
  }

  @Test("what is exported is added elsewhere as the same documents, from JSONL and from BEIR's folder")
  func copies() async throws {
    try await Self.withNotes { program in
      let before = try await program.run("collection", "export", "notes").output
      #expect(try await program.run("collection", "export", "notes", "--format", "beir", "--output", "b").status == 0)
      try program.write("notes.jsonl", before)
      for (index, source) in ["notes.jsonl", "b"].enumerated() {
        #expect(try await program.run("collection", "create", "copy\(index)").status == 0)
        #expect(try await program.run("collection", "add", "copy\(index)", source, "--quiet").status == 0)
        let after = try await program.run("collection", "export", "copy\(index)").output
        #expect(try DocumentsShown(after) == DocumentsShown(before))
      }
      let listed = try await program.run("collection", "list")
      #expect(listed.lines == ["copy0  3 documents", "copy1  3 documents", "notes  3 documents"])
    }
  }

  @Test("vectors of rows are searched, and are written back as fvecs and npy")
  func ownVectors() async throws {
    try await Program.inFolder { program in
      #expect(try await program.run("collection", "create", "a", "--own-vectors", "3", "--metric", "l2").status == 0)
      let rows = (0..<20).map { "{\"id\": \"\($0)\", \"text\": \"\", \"vector\": [\($0), 1, -0.5]}\n" }.joined()
      #expect(try await program.run("collection", "add", "a", "-", input: rows).status == 0)
      try program.write("question.json", "[7.2, 1, -0.5]\n")
      let found = try await program.run(
        "collection", "search", "a", "--vector", "question.json", "--limit", "3", "--json")
      #expect(try Self.ids(found) == ["7", "8", "6"], "\(found.errors)")
      let values: [Float] = (0..<20).flatMap { [Float($0), 1, -0.5] }
      let bytes: [[UInt8]] = values.map { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) }
      }
      for name in ["a.fvecs", "a.npy"] {
        let written = try await program.run(
          "collection", "export", "a", "--output", "a.jsonl", "--vectors", name)
        #expect(written.status == 0)
        let file = [UInt8](try Data(contentsOf: URL(filePath: program.path(name))))
        let expected =
          name == "a.npy"
          ? Array(bytes.joined())
          : stride(from: 0, to: 60, by: 3).flatMap { [3, 0, 0, 0] + Array(bytes[$0..<($0 + 3)].joined()) }
        #expect(
          file.suffix(expected.count) == expected[...] && file.count == expected.count + (name == "a.npy" ? 128 : 0))
      }
      let mixed = try await program.run(
        "collection", "add", "a", "-", input: "{\"text\": \"a\", \"vector\": [1,2,3]}\n{\"text\": \"b\"}\n")
      #expect(mixed.status == 1 && mixed.errors.contains("a vector of their own or none"))
    }
  }

  @Test("vectors beside rows: row i takes vector i, and what does not fit is refused before anything is added")
  func vectorsBeside() async throws {
    try await Program.inFolder { program in
      func vectors(_ rows: [[Float]]) -> [UInt8] {
        rows.flatMap { row in
          ([UInt32(row.count)] + row.map(\.bitPattern)).flatMap { word in
            (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
          }
        }
      }
      let good = (0..<40).map { [Float($0), 1] }
      let rows = (0..<40).map { "{\"id\": \"\($0)\", \"text\": \"text \($0)\"}\n" }
      try program.write("rows.jsonl", rows.joined())
      try program.write("good.fvecs", vectors(good))
      try program.write("short.fvecs", vectors(Array(good.dropLast())))
      try program.write("wide.fvecs", vectors(good.map { $0 + [0] }))
      try program.write("bad.fvecs", vectors(good.dropLast() + [[1, .nan]]))
      try program.write("torn.fvecs", Array(vectors(good).dropLast(3)))
      #expect(try await program.run("collection", "create", "a", "--own-vectors", "2", "--metric", "l2").status == 0)
      for (file, reason) in [
        ("short", "has 39 vectors for 40 rows"), ("wide", "has vectors of 3 values"),
        ("bad", "vector 39 (counted from 0) holds a value that is not finite"), ("torn", "no whole number of vectors"),
        ("missing", "missing.fvecs"),
      ] {
        let refused = try await program.run("collection", "add", "a", "rows.jsonl", "--vectors", file + ".fvecs")
        #expect(refused.status == 1 && refused.errors.contains(reason), "\(refused.errors)")
        #expect(try await program.run("collection", "export", "a").output == "")
      }
      let own = try await program.run(
        "collection", "add", "a", "-", "--vectors", "good.fvecs", input: "{\"text\": \"a\", \"vector\": [1, 2]}\n")
      #expect(own.status == 1 && own.errors.contains("--vectors gives it another"))

      for _ in 0..<2 {
        #expect(try await program.run("collection", "add", "a", "rows.jsonl", "--vectors", "good.fvecs").status == 0)
      }
      let exported = try await program.run(
        "collection", "export", "a", "--output", "back.jsonl", "--vectors", "back.fvecs")
      #expect(exported.status == 0)
      #expect([UInt8](try Data(contentsOf: URL(filePath: program.path("back.fvecs")))) == vectors(good))

      // What comes by a pipe cannot be counted before: whole documents are kept, and the error says so.
      #expect(try await program.run("collection", "create", "b", "--own-vectors", "2").status == 0)
      let more = try await program.run(
        "collection", "add", "b", "-", "--vectors", "good.fvecs", input: rows.dropLast().joined())
      #expect(more.status == 1 && more.errors.contains("has 40 vectors, of which the 39 rows took the first"))
      #expect(try await program.run("collection", "verify", "b").output.hasPrefix("39 documents"))
      let fewer = try await program.run(
        "collection", "add", "b", "-", "--vectors", "short.fvecs", input: rows.joined())
      #expect(fewer.status == 1 && fewer.errors.contains("for more rows than that"))
    }
  }

  @Test("several fields are searched with weights")
  func weightedFields() async throws {
    try await Program.inFolder { program in
      #expect(
        try await program.run("collection", "create", "papers", "--field", "title", "--field", "text").status == 0)
      let rows = """
        {"id": "both", "text": "Owls hunt mice at night.", "metadata": {"title": "owls and mice"}}
        {"id": "text", "text": "Owls hunt mice at night.", "metadata": {"title": "train tickets"}}
        {"id": "untitled", "text": "Owls hunt mice at night."}
        {"id": "title", "text": "The bank lends money.", "metadata": {"title": "owls and mice"}}

        """
      #expect(try await program.run("collection", "add", "papers", "-", input: rows).status == 0)
      func order(_ fields: String...) async throws -> [String] {
        let options = fields.flatMap { ["--field", $0] }
        let process = try program.start(["collection", "search", "papers", "owls and mice", "--json"] + options)
        try process.send("")
        return try Self.ids(try await process.end())
      }
      #expect(try await order("title=10", "text=0.1").prefix(2) == ["both", "title"])
      #expect(try await order("title=0.01", "text=1").last == "title")
      #expect(try await order("title", "text").first == "both")
      #expect(try await order("title").count == 3)
      let refused = try await program.run("collection", "search", "papers", "owls", "--field", "title=0")
      #expect(refused.status == 64 && refused.errors.contains("a weight of more than 0"))
    }
  }

  @Test("another model takes over: first for questions alone, then for the documents, too")
  func otherModel() async throws {
    try await Program.inFolder { program in
      #expect(try await program.run("collection", "create", "notes").status == 0)
      let rows = (0..<300).map {
        let things = ["owls", "trains", "tea", "money", "rivers"]
        return "{\"id\": \"\($0)\", \"text\": \"number \($0) of \(things[$0 % 5]) and \(things[$0 / 5 % 5])\"}\n"
      }
      #expect(try await program.run("collection", "add", "notes", "-", input: rows.joined()).status == 0)
      func stats() async throws -> JSON {
        try JSONDocument(parsing: try await program.run("collection", "stats", "notes", "--json").output).root
      }
      let adapted = try await program.run("collection", "adapt", "notes", "--dimensions", "100", "--json")
      let made = try JSONDocument(parsing: adapted.output).root
      #expect(adapted.status == 0 && made["pairs"]?.integer == 270 && made["held_out"]?.integer == 30)
      #expect(try (0.2...1).contains(made.value("recall_at_10").double ?? 0))
      let asked = try await program.run(
        "collection", "search", "notes", "money of trains", "--model", "bundled", "--json", "--explain")
      #expect(asked.status == 0 && asked.errors.contains("questions are mapped from another model"))
      #expect(asked.errors.contains("the question is mapped from another model"))
      #expect(try Self.ids(asked).count == 10)
      #expect(try await program.run("collection", "search", "notes", "money", "--json").errors.isEmpty)
      let refused = try await program.run(
        "collection", "add", "notes", "-", "--model", "bundled", input: "{\"text\": \"a\"}\n")
      #expect(refused.status == 1 && refused.errors.contains("searched with another model than its own"))
      #expect(try await stats()["compensations"]?.count == 1)

      #expect(try await program.run("collection", "reembed", "notes", "--dimensions", "100").status == 0)
      let after = try await stats()
      #expect(after["dimension"]?.integer == 100 && after["compensations"]?.count == 0)
      // The new model is opened without being named.
      #expect(try await program.run("collection", "search", "notes", "money of trains", "--json").status == 0)
      let added = try await program.run("collection", "add", "notes", "-", input: "{\"text\": \"a\"}\n")
      #expect(added.status == 0)
      #expect(try await program.run("collection", "verify", "notes").output.hasPrefix("301 documents, all as they"))

      #expect(try await program.run("collection", "create", "mine", "--own-vectors", "2").status == 0)
      let own = "{\"id\": \"a\", \"text\": \"\", \"vector\": [1, 2]}\n"
      #expect(try await program.run("collection", "add", "mine", "-", input: own).status == 0)
      let textless = try await program.run("collection", "reembed", "mine")
      #expect(textless.status == 1 && textless.errors.contains("document \"a\": has a vector and no text to embed"))
    }
  }

  @Test("an interrupted add goes on: what was acknowledged is there, and the rest comes with the same command")
  func interrupted() async throws {
    try await Program.inFolder { program in
      #expect(try await program.run("collection", "create", "big").status == 0)
      let count = 100_000
      let lines = (0..<count).map { "{\"id\": \"\($0)\", \"text\": \"document number \($0) of many\"}" }
      try program.write("big.jsonl", lines.joined(separator: "\n"))
      let running = try program.start(["collection", "add", "big", "big.jsonl", "--json"])
      // The thread is kept: a task that sleeps may wake late among other tests, when all is added.
      while try running.output().split(separator: "\n").count < 3 { usleep(5000) }
      running.interrupt()
      let stopped = try await running.end()
      #expect(stopped.status == 130)
      let line = try JSONDocument(parsing: String(try #require(stopped.lines.last))).root
      let acknowledged = try line.integer("acknowledged", in: 1...count)
      #expect(try line.string("last_id") == "\(acknowledged - 1)")
      let stats = try JSONDocument(parsing: try await program.run("collection", "stats", "big", "--json").output).root
      #expect(try stats.integer("documents", in: 0...count) == acknowledged && acknowledged < count)
      let resumed = try await program.run("collection", "add", "big", "big.jsonl", "--json")
      #expect(resumed.status == 0)
      let end = try JSONDocument(parsing: String(try #require(resumed.lines.last))).root
      #expect(try end.integer("acknowledged", in: 0...count) == count)
      let verified = try await program.run("collection", "verify", "big", "--json")
      #expect(verified.output == "{\"ok\":true,\"documents\":\(count),\"problems\":[]}\n")
    }
  }

  @Test("rows before a broken one are kept, and the error names file and line")
  func brokenRow() async throws {
    try await Program.inFolder { program in
      #expect(try await program.run("collection", "create", "notes").status == 0)
      try program.write("rows.jsonl", "{\"id\": 1, \"text\": \"a\"}\n{\"id\": 2}\n")
      let result = try await program.run("collection", "add", "notes", "rows.jsonl")
      #expect(result.status == 1 && result.errors.hasPrefix("needletail: rows.jsonl:2: has no \"text\""))
      #expect(
        try await program.run("collection", "export", "notes").output
          == "{\"id\":\"1\",\"text\":\"a\",\"metadata\":{}}\n")
    }
  }
}

/// Documents as text to compare: members of metadata in the order of their names.
private struct DocumentsShown: Equatable {
  let lines: [String]

  init(_ text: String) throws {
    lines = try text.split(separator: "\n").map { line in
      let root = try JSONDocument(parsing: String(line)).root
      let metadata = try root.value("metadata").members.map {
        String(decoding: $0.key, as: UTF8.self) + JSONValue(copying: $0.value).text()
      }
      return "\(try root.string("id"))|\(try root.string("text"))|\(metadata.sorted())"
    }
  }
}
