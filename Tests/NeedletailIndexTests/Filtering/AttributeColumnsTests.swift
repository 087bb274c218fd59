import NeedletailIndex
import NeedletailJSON
import NeedletailTestSupport
import Testing

@Suite("Columns of metadata")
struct AttributeColumnsTests {
  /// Built columns, and the same read back from their stored form.
  static func columns(_ documents: [JSONValue]) throws -> [AttributeColumns] {
    var builder = AttributeColumnsBuilder()
    for document in documents { builder.append(document) }
    let columns = try builder.finish()
    let (directory, bytes) = try columns.encoded()
    let stored = try AttributeColumns(directory: directory, size: bytes.count, subject: "test") { Array(bytes[$0]) }
    return [columns, stored]
  }

  static func expect(_ filter: Filter, _ columns: AttributeColumns, _ documents: [JSONValue]) throws {
    let found = try columns.bitmap(for: filter)
    var expected = Bitmap(count: documents.count)
    for (position, document) in documents.enumerated() where filter.matches(metadata: document) {
      expected.insert(position)
    }
    #expect(found == expected, "\(filter)")
    let estimate = try columns.estimate(for: filter)
    #expect(estimate.least <= found.population && found.population <= estimate.most, "\(filter): \(estimate)")
    #expect(estimate.least <= estimate.likely && estimate.likely <= estimate.most)
  }

  @Test("find what the filter finds document by document", arguments: [0, 1, 63, 64, 65, 500])
  func randomFilters(_ count: Int) throws {
    var generator = SeededGenerator(seed: UInt64(count) + 11)
    let documents = (0..<count).map { _ in RandomFilter.metadata(using: &generator) }
    let all = try Self.columns(documents)
    for _ in 0..<1_000 {
      let filter = RandomFilter.filter(depth: 3, using: &generator)
      for columns in all { try Self.expect(filter, columns, documents) }
    }
    #expect(all[0].schema == all[1].schema)
    var schema = AttributeSchema()
    for document in documents { schema.insert(metadata: document) }
    #expect(all[0].schema == schema)
    #expect(all.allSatisfy { $0.count == count })
  }

  @Test("frequent and rare values, and ranges over both, are found")
  func skewed() throws {
    var generator = SeededGenerator(seed: 5)
    let documents = (0..<5_000).map { position in
      let rare = Int.random(in: 0..<1_000, using: &generator)
      let number = Bool.random(using: &generator) ? rare % 4 : rare
      return JSONValue.object([
        ("n", position % 7 == 0 ? .double(Double(rare) + 0.5) : .integer(number)),
        ("s", .string(position % 3 == 0 ? "common" : "rare-\(rare)")), ("id", .integer(position)),
        ("tags", .array((0..<(rare % 3)).map { .integer(($0 + rare) % 50) })),
      ])
    }
    for columns in try Self.columns(documents) {
      for text in [
        "n == 0", "n <= 3", "n < 3.5", "n > 3 and n <= 500.25", "n in [1, 7, 7.5, 900]", "s == \"common\"",
        "s != \"common\"", "s starts with \"rare-1\"", "s starts with \"c\"", "s < \"rare-5\"", "s >= \"rare-5\"",
        "s <= \"common\"", "id == 4999", "id >= 2500", "id < 10", "tags == 3", "not tags >= 25", "exists tags",
        "id >= 100 and id < 200 and not s == \"common\"", "n == 1 or s == \"rare-1\" or tags in [1, 2]",
      ] {
        try Self.expect(Filter(parsing: text), columns, documents)
      }
      let exact = try columns.estimate(for: Filter(parsing: "n > 3 and n <= 500.25 or id < 10"))
      #expect(exact.least < exact.most)
      for text in ["n <= 3", "id >= 2500", "not s == \"common\"", "s in [\"common\", \"rare-1\", \"x\"]"] {
        let filter = try Filter(parsing: text)
        let estimate = try columns.estimate(for: filter)
        let population = try columns.bitmap(for: filter).population
        #expect(estimate.least == population && estimate.likely == population && estimate.most == population)
      }
    }
  }

  @Test("an attribute that is not there matches as one that no document has")
  func unknown() throws {
    for columns in try Self.columns([.object(["a": .integer(1)]), .null]) {
      #expect(try columns.bitmap(for: "b" == 1 || "a" == "x").population == 0)
      #expect(try columns.bitmap(for: "b" != 1 && !Attribute("b").exists).population == 2)
      #expect(throws: IndexError.self) { try columns.schema.check("b" == 1) }
    }
  }

  @Test("columns are read when they are asked for, and frequent values take a bit a position")
  func memory() throws {
    let documents = (0..<64_000).map {
      JSONValue.object(["lang": .string($0 % 2 == 0 ? "en" : "de"), "id": .integer($0)])
    }
    let all = try Self.columns(documents)
    #expect(all[1].memory == 0)
    _ = try all[1].estimate(for: "lang" == "en")
    // Two values and existence, 8,000 bytes each, and what is known of them.
    #expect((24_000..<24_200).contains(all[1].memory))
    _ = try all[1].estimate(for: "id" == 1)
    #expect(all[0].memory == all[1].memory)
  }

  @Test("the sets of the last eight filters are remembered")
  func recent() throws {
    let documents = (0..<6_400).map { JSONValue.object(["id": .integer($0)]) }
    let columns = try Self.columns(documents)[0]
    let before = columns.memory
    for round in 0..<3 {
      for id in 0..<20 {
        #expect(try columns.bitmap(for: "id" <= id).population == id + 1)
        #expect(columns.memory == before + 800 * (round == 0 ? min(id + 1, 8) : 8))
      }
    }
  }
}
