import NeedletailIndex
import NeedletailJSON
import Testing

@Suite("What filters can ask about")
struct AttributeSchemaTests {
  static func schema(_ metadata: String...) throws -> AttributeSchema {
    var schema = AttributeSchema()
    for text in metadata { schema.insert(metadata: try JSONDocument(parsing: text).root) }
    return schema
  }

  @Test("attributes are those of all documents, nested ones and those in arrays too")
  func attributes() throws {
    let schema = try Self.schema(#"{"year": 1, "author": {"name": "x"}}"#, #"{"tags": [{"id": 1}, []], "a.b": null}"#)
    #expect(schema.attributes.map(\.description) == ["\"a.b\"", "author", "author.name", "tags", "tags.id", "year"])
    var joined = try Self.schema(#"{"year": "x"}"#)
    joined.formUnion(schema)
    try joined.check(Filter(parsing: "year == 1 or year == \"x\" or author.name == \"y\""))
  }

  @Test(
    "an unknown attribute and a type that an attribute never has are errors",
    arguments: [
      ("yaer == 1", "yaer: no document has this attribute; is it year?"),
      ("exists Year", "Year: no document has this attribute; is it year?"),
      (
        "not (year == 1 and title in [])",
        "title: no document has this attribute; there are author, author.name, tags, year"
      ),
      ("year >= \"1\"", "year: is compared with strings, but its values in the documents are numbers, null"),
      ("year in [1, true]", "year: is compared with booleans, but its values in the documents are numbers, null"),
      ("year starts with \"1\"", "year: is compared with strings, but its values in the documents are numbers, null"),
      ("author == 1", "author: is compared with numbers, but its values in the documents are arrays or objects"),
    ])
  func faults(_ filter: String, _ expected: String) throws {
    let schema = try Self.schema(#"{"year": 1, "author": {"name": "x"}, "tags": []}"#, #"{"year": null}"#)
    let error = #expect(throws: IndexError.self) { try schema.check(Filter(parsing: filter)) }
    #expect(error?.code == (expected.contains("no document") ? .unknownAttribute : .wrongType))
    #expect(error?.description == expected)
  }

  @Test("null may be asked for everywhere")
  func null() throws {
    try Self.schema(#"{"author": {"name": "x"}}"#).check(Filter(parsing: "author == null or author.name in [null]"))
  }
}
