import NeedletailJSON
import Testing

@Suite("Members of a JSON text that nobody looks up")
struct JSONLookupsTests {
  private let text = #"""
    {"a": 1, "b": {"c": 2, "d": 3}, "e": {"f": 4}, "g": [{"h": 5, "i": 6}, {"h": 7, "i": 8}], "j": null, "a.b": 1}
    """#

  private func passedOver(_ read: (JSON) throws -> Void) throws -> [String] {
    let record = ReadingRecord()
    try read(record.document(Array(text.utf8), path: "x").root)
    return record.passedOver["x"] ?? []
  }

  @Test("are all of them where nobody reads")
  func unread() throws {
    #expect(try passedOver { _ in } == ["a", "b", "e", "g", "j", "a.b"])
  }

  @Test("are found inside objects and lists, each once; what was taken as a whole has none")
  func nested() throws {
    let found = try passedOver { json in
      #expect(try json.integer("a") == 1)
      #expect(json.optional("j") == nil)
      #expect(try json.value("b").integer("d") == 3)
      #expect(try json.value("e").members.contains { $0.value.integer == 4 })
      for element in try json.value("g").elements { _ = try element.integer("h") }
    }
    #expect(found == ["b.c", "g.i", "a.b"])
  }

  @Test("are those that none of several readers looks up")
  func together() throws {
    let record = ReadingRecord()
    for key in ["a", "b", "e", "g"] {
      _ = try record.document(Array(text.utf8), path: "x").root.value(key)
    }
    #expect(record.passedOver == ["x": ["j", "a.b"]] && record.paths == ["x"])
  }
}
