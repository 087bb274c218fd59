import NeedletailIndex
import NeedletailJSON
import Testing

@Suite("The JSON form of filters")
struct FilterJSONTests {
  @Test(
    "operators are those of the databases that have them",
    arguments: [
      (#"{"year": 2020}"#, "year == 2020"), (#"{"year": {"$gte": 2020, "$lt": 2025}}"#, "year >= 2020 and year < 2025"),
      (#"{"a": {"$eq": "x"}, "b": {"$ne": null}}"#, #"a == "x" and b != null"#),
      (#"{"a": {"$gt": 1}}"#, "a > 1"), (#"{"a": {"$lte": "m"}}"#, #"a <= "m""#),
      (#"{"a.b": {"$in": [1, "x", true]}}"#, #"a.b in [1, "x", true]"#), (#"{"a": {"$nin": []}}"#, "not a in []"),
      (#"{"a": {"$exists": true}, "b": {"$exists": false}}"#, "exists a and not exists b"),
      (#"{"$or": [{"a": 1}, {"$and": [{"b": 2}, {"c": 3}]}]}"#, "a == 1 or b == 2 and c == 3"),
      (#"{"$and": [{"a": 1}]}"#, "a == 1"),
      (#"{"$or": [{"a": 1}, {"b": 1}], "c": 1}"#, "(a == 1 or b == 1) and c == 1"),
    ])
  func operators(_ json: String, _ expected: String) throws {
    #expect(try Filter(json: JSONDocument(parsing: json).root).description == expected)
  }

  @Test(
    "a fault is named with its place",
    arguments: [
      ("[]", "filter:1:1: a filter should be an object, found an array"),
      ("{}", "filter:1:1: the object is empty; expected a key and what it must be"),
      (#"{"a": {}}"#, "filter:1:7: the object is empty; expected an operator such as $gte"),
      (#"{"$not": {"a": 1}}"#, "filter:1:10: \"$not\" does not combine filters; $and and $or do"),
      (
        #"{"a": {"$regex": "x"}}"#,
        "filter:1:19: \"$regex\" is no operator here; there are $eq, $gt, $gte, $lt, $lte, $ne, $in, $nin, $exists"
      ),
      (#"{"$and": {"a": 1}}"#, "filter:1:10: $and should be an array, found an object"),
      (#"{"$or": []}"#, "filter:1:9: $or needs at least one filter"),
      (#"{"a": [1]}"#, "filter:1:7: expected a string, a number, true, false or null, found an array"),
      (#"{"a": {"$in": 1}}"#, "filter:1:15: $in should be an array, found a number"),
      (#"{"a": {"$exists": 1}}"#, "filter:1:19: $exists takes true or false"),
      (#"{"a": {"$gt": true}}"#, "filter:1:15: $gt compares numbers or strings; a boolean has no order"),
      (#"{"a": 1e400}"#, "filter:1:7: the number is too large; it is read as a double"),
    ])
  func faults(_ json: String, _ expected: String) throws {
    let root = try JSONDocument(parsing: json).root
    let error = #expect(throws: IndexError.self) { try Filter(json: root) }
    #expect(error?.code == .malformedFilter)
    #expect(error?.description == expected)
  }

  @Test("depth is bounded")
  func depth() throws {
    let deep = String(repeating: "{\"$and\":[", count: 100) + "{\"a\":1}" + String(repeating: "]}", count: 100)
    #expect(throws: IndexError.self) { try Filter(json: JSONDocument(parsing: deep).root) }
  }
}
