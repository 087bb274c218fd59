import NeedletailJSON
import NeedletailTestSupport
import Testing

@Suite("Mutated JSON")
struct JSONFuzzTests {
  static let seeds: [Fuzzing.Seed] = [
    ("values", ##"{"a": [1, -2.5e3, 0.1, 1e400], "b": {"c": null, "d": [true, false]}, "e": "x", "": ""}"##),
    ("escapes", #"["\u0041\ud83d\ude00\ud83d", "\"\\\/\b\f\n\r\t", "日本 é"]"#),
    ("nested", String(repeating: "[", count: 200) + String(repeating: "]", count: 200)),
    ("vocabulary", ###"{"[UNK]":0,"a":1,"a":2,"##b":2147483648,"ç":-9223372036854775808}"###),
  ].map { ($0.0, Array($0.1.utf8)) }

  @Test("is read or refused with line and column, and every value of it can be asked for")
  func mutated() async throws {
    let report = try await Fuzzing("JSON").run(Self.seeds) { input in
      let root = try JSONDocument(parsing: input.bytes, subject: "fuzz.json").root
      try walk(root)
    } refusal: { error in
      guard let error = error as? JSONError, error.line >= 1, error.column >= 1 else { return nil }
      return (error.message, error.subject)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}

/// Asks for everything that a value may hold; what was written out again reads as the same text.
private func walk(_ value: JSON) throws {
  for element in value.elements { try walk(element) }
  for (index, (key, member)) in value.members.enumerated() {
    // A look-up passes all members.
    if index < 100 {
      #expect(value[String(decoding: key, as: UTF8.self)] != nil || String(validating: key, as: UTF8.self) == nil)
    }
    try walk(member)
  }
  if let string = value.string {
    #expect(try JSONDocument(parsing: JSONValue.string(string).text()).root.string == string)
  }
  if let integer = value.integer { #expect(value.double == Double(integer)) }
  _ = try? value.integer("a", in: 0...10)
  _ = try? value.double("a")
  _ = try? value.string("a")
  _ = try? value.boolean("a")
}
