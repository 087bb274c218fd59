import NeedletailIndex
import NeedletailTestSupport
import Testing

@Suite("The text form of filters")
struct FilterTextTests {
  @Test(
    "a filter is printed as it was written",
    arguments: [
      "year == 2020", "year != -1.5", "year < 1e+20", "year <= 9007199254740993", #"lang > "en""#, "draft == true",
      "draft != false", "deleted == null", #"lang in ["en", 3, true, null]"#, "lang in []", #"title starts with """#,
      "exists url", "not exists url", "not not exists url", #"author.name == "Ada \"Countess\" \u0001""#,
      #""first name" == 1"#, #""and".b."c.d" == 1"#, #""" == 1"#, "größe >= 2", "published-at >= 1", "_ == 1",
      "a == 1 and b == 2 and c == 3", "a == 1 and b == 2 or c == 3", "a == 1 and (b == 2 or c == 3)",
      "(a == 1 and b == 2) and c == 3", "(a == 1 or b == 2) or c == 3", "not (a == 1 and b == 2)",
      "not a == 1 and b == 2", "not (not (a == 1 or b == 2) and c == 3) or exists d",
    ])
  func identity(_ text: String) throws {
    let filter = try Filter(parsing: text)
    #expect(filter.description == text)
    #expect(try Filter(parsing: filter.description) == filter)
  }

  @Test(
    "there are a few other ways to write the same",
    arguments: [
      ("year>=2020 AND Not draft==TRUE", "year >= 2020 and not draft == true"),
      ("lang not in [\"en\"]", "not lang in [\"en\"]"), ("((year == 1))", "year == 1"),
      ("\n\ttitle STARTS  WITH \"A\"", "title starts with \"A\""), ("\"year\" == 2.0", "year == 2"),
      ("author . name == \"\\u0041\"", "author.name == \"A\""), ("x == -0.0", "x == 0"), ("x == 100e-2", "x == 1"),
      ("x == 18446744073709551616", "x == 1.8446744073709552e+19"),
    ])
  func otherWays(_ text: String, _ expected: String) throws {
    #expect(try Filter(parsing: text).description == expected)
  }

  @Test("Swift writes the same filters")
  func operators() throws {
    let year = Attribute("year")
    let cases: [(Filter, String)] = [
      (
        "year" >= 2020 && "lang" == "en" && !year.isIn([2021, 2022]),
        #"year >= 2020 and lang == "en" and not year in [2021, 2022]"#
      ),
      ("a.b" != 1.5 || "c" < 1 || "c" <= 2 || "c" > "x", #"a.b != 1.5 or c < 1 or c <= 2 or c > "x""#),
      (Attribute(path: ["a.b"]) == true || Attribute("c").exists && "d" == 1, #""a.b" == true or exists c and d == 1"#),
      (Attribute("title").hasPrefix("A") && ("b" == 1 || "c" == 1), #"title starts with "A" and (b == 1 or c == 1)"#),
      ("a" == AttributeValue.null && ("b" == 1 && "c" == 1), "a == null and (b == 1 and c == 1)"),
    ]
    for (filter, text) in cases {
      #expect(filter.description == text)
      #expect(try Filter(parsing: text) == filter)
    }
  }

  @Test("random filters are read as they are printed")
  func randomIdentity() throws {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<2_000 {
      let filter = RandomFilter.filter(depth: 4, using: &generator)
      #expect(try Filter(parsing: filter.description) == filter)
    }
  }

  @Test(
    "a fault is named with its place and what was expected",
    arguments: [
      ("", "filter:1:1: expected a key, exists, not, or \"(\", found the end"),
      ("year", "filter:1:5: expected ==, !=, <, <=, >, >=, in, not in, or starts with, found the end"),
      ("year = 3", "filter:1:6: \"=\" is no comparison; write == for equal"),
      ("a == 1 && b == 2", "filter:1:8: \"&\" is no word of filters; write and, or, not"),
      ("a == 'x'", "filter:1:6: texts and keys stand in double quotes"),
      ("a == x", "filter:1:6: expected a value, found \"x\"; texts stand in double quotes"),
      ("a ==\n  ]", "filter:2:3: expected a value: a text in quotes, a number, true, false or null, found \"]\""),
      ("a < true", "filter:1:5: < compares numbers or strings; a boolean has no order"),
      ("a >= null", "filter:1:6: >= compares numbers or strings; null has no order"),
      ("a in [1, 2", "filter:1:11: expected \",\" or \"]\", found the end"),
      ("a in 1", "filter:1:6: expected \"[\" and the values, found 1"),
      ("(a == 1", "filter:1:8: expected and, or, or \")\", found the end"),
      ("a == 1)", "filter:1:7: expected and, or, or the end, found \")\""),
      ("a == 1 b", "filter:1:8: expected and, or, or the end, found \"b\""),
      (
        "in == 1", "filter:1:1: expected a key, exists, not, or \"(\", found \"in\"; write a key of this name in quotes"
      ),
      ("a. == 1", "filter:1:4: expected a key after the point, found \"==\""),
      ("a starts \"x\"", "filter:1:10: expected with, after starts, found a text in quotes"),
      ("a starts with 1", "filter:1:15: expected a text in quotes, found 1"),
      ("a == \"x", "filter:1:6: the closing quote is missing"),
      ("a == 1e999", "filter:1:6: the number is too large; it is read as a double"),
      ("a == 01", "filter:1:6: malformed number"), ("é == 1 and ß == ;", "filter:1:17: unexpected \";\""),
    ])
  func faults(_ text: String, _ expected: String) {
    let error = #expect(throws: IndexError.self) { try Filter(parsing: text) }
    #expect(error?.code == .malformedFilter)
    #expect(error?.description == expected)
  }

  @Test("depth and size are bounded")
  func bounds() throws {
    func nested(_ levels: Int) -> String {
      String(repeating: "(", count: levels) + "a == 1" + String(repeating: ")", count: levels)
    }
    #expect(try Filter(parsing: nested(63)).description == "a == 1")
    #expect(throws: IndexError.self) { try Filter(parsing: nested(64)) }
    #expect(throws: IndexError.self) { try Filter(parsing: String(repeating: "not ", count: 100_000) + "a == 1") }
    let values = Array(repeating: "\"0123456789\"", count: 60_000).joined(separator: ", ")
    #expect(try Filter(parsing: "a in [\(values)]").attributes == ["a"])
    #expect(throws: IndexError.self) { try Filter(parsing: "a in [\(values), \(values)]") }
    let chain = Array(repeating: "a == 1", count: 20_000).joined(separator: " or ")
    #expect(try Filter(parsing: chain).description == chain)
  }
}
