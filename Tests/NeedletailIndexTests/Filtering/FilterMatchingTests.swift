import NeedletailIndex
import NeedletailJSON
import NeedletailTestSupport
import Testing

@Suite("What filters mean")
struct FilterMatchingTests {
  static let document = """
    {"year": 2020, "score": 0.5, "id": 9007199254740993, "lang": "en", "draft": false, "deleted": null,
     "tags": ["a", "b", 3], "empty": [], "nested": [["x"]], "author": {"name": "Ada", "born": 1815},
     "editors": [{"name": "Alan"}, {"name": "Grace", "born": 1906}], "dup": 1, "dup": 2, "": {"": "root"},
     "composed": "\u{E9}", "huge": 1e400, "emoji": "\u{1F600}", "last": "\u{FFFF}"}
    """

  @Test(
    "these hold",
    arguments: [
      "year == 2020", "year == 2020.0", "year != 2021", "year >= 2020", "year < 2020.5", "score < 1", "score > 0",
      "id == 9007199254740993", "id > 9007199254740992", "id != 9007199254740992", "id < 9.1e15", "lang == \"en\"",
      "lang != \"EN\"", "lang < \"f\"", "lang starts with \"e\"", "lang starts with \"\"", "draft == false",
      "deleted == null", "exists deleted", "tags == \"a\"", "tags == 3", "tags in [\"z\", \"b\"]", "tags >= 3",
      "tags starts with \"b\"", "exists empty", "nested == \"x\"", "author.name == \"Ada\"", "exists author",
      "editors.name == \"Grace\"", "editors.born > 1900", "editors.name != \"Ada\"", "dup == 2", "not dup == 1",
      "\"\".\"\" == \"root\"", "composed == \"é\"", "not composed == \"e\\u0301\"", "missing != 1",
      "not exists missing",
      "not missing == null", "not missing in [1]", "huge == null", "not year in []",
      "emoji > \"\\uffff\"",
    ])
  func hold(_ text: String) throws { #expect(try matches(text)) }

  @Test(
    "these do not",
    arguments: [
      "year == \"2020\"", "year == true", "year > 2020", "year <= 2019.99", "year starts with \"2\"", "year >= \"\"",
      "lang == \"EN\"", "lang starts with \"en-\"", "lang > 0", "draft == null", "draft == 0", "deleted == false",
      "tags != \"a\"", "not tags in [\"a\"]", "empty == null", "empty != 1 and exists missing", "author == \"Ada\"",
      "author.missing == 1", "exists author.name.first", "name == \"Ada\"", "missing == null", "exists missing",
      "missing < 1", "year in []", "id == 9007199254740992", "editors == \"Grace\"", "composed == \"e\\u0301\"",
    ])
  func fail(_ text: String) throws { #expect(try !matches(text)) }

  private func matches(_ text: String) throws -> Bool {
    let filter = try Filter(parsing: text)
    let json = try JSONDocument(parsing: Self.document).root
    let result = filter.matches(metadata: json)
    #expect(filter.matches(metadata: JSONValue(copying: json)) == result)
    #expect((!filter).matches(metadata: json) == !result)
    return result
  }

  @Test("and, or and not combine as in logic, and values in memory mean what they mean in JSON")
  func combinations() throws {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<3_000 {
      let a = RandomFilter.filter(depth: 2, using: &generator)
      let b = RandomFilter.filter(depth: 2, using: &generator)
      let value = RandomFilter.metadata(using: &generator)
      let json = try JSONDocument(parsing: value.text()).root
      let (isA, isB) = (a.matches(metadata: json), b.matches(metadata: json))
      #expect((a && b).matches(metadata: json) == (isA && isB))
      #expect((a || b).matches(metadata: json) == (isA || isB))
      #expect((!a).matches(metadata: json) != isA)
      #expect(a.matches(metadata: value) == isA, "\(a) of \(value.text())")
    }
  }

  @Test("numbers are ordered by their exact values")
  func numbers() throws {
    let sorted: [AttributeNumber] = try [
      #require(AttributeNumber(-1e300)), AttributeNumber(.min), AttributeNumber(.min + 1), AttributeNumber(-1),
      #require(AttributeNumber(-0.5)), AttributeNumber(0), #require(AttributeNumber(Double.leastNonzeroMagnitude)),
      AttributeNumber(1),
      #require(AttributeNumber(9_007_199_254_740_992.0)), AttributeNumber(9_007_199_254_740_993),
      AttributeNumber(.max - 1), AttributeNumber(.max), #require(AttributeNumber(9_223_372_036_854_775_808.0)),
    ]
    for (i, a) in sorted.enumerated() {
      for (j, b) in sorted.enumerated() {
        #expect((a < b) == (i < j))
        #expect((a == b) == (i == j))
      }
    }
    #expect(AttributeNumber(2.0) == AttributeNumber(2))
    #expect(AttributeNumber(-0.0) == AttributeNumber(0))
    #expect(AttributeNumber(.infinity) == nil && AttributeNumber(.nan) == nil)
  }
}
