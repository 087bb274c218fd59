import NeedletailIndex
import NeedletailJSON
import NeedletailTestSupport
import Testing

@Suite("Mutated filters")
struct FilterFuzzTests {
  static let texts: [Fuzzing.Seed] = [
    ("all", #"year >= 2020 and lang in ["en", "de", null] and not title starts with "A" or exists author.name"#),
    ("nested", #"not (a == 1 or (b != -1.5e3 and ("first key"."x" < "\u00e9\n" or not not c == true)))"#),
    ("list", "id in [" + (0..<50).map { "\($0)" }.joined(separator: ",") + "]"),
  ].map { ($0.0, Array($0.1.utf8)) }

  static let objects: [Fuzzing.Seed] = [
    ("all", #"{"year": {"$gte": 2020, "$lt": 2025}, "$or": [{"lang": "en"}, {"a.b": {"$in": ["x", 1, null]}}]}"#),
    ("rest", #"{"$and": [{"a": {"$ne": true}}, {"b": {"$exists": false}}, {"c": {"$nin": []}}, {"d": {"$eq": 1e3}}]}"#),
  ].map { ($0.0, Array($0.1.utf8)) }

  @Test("texts are refused with their place, or read as they are printed")
  func mutatedTexts() async throws {
    let report = try await Fuzzing("filter texts").run(Self.texts) { input in
      let filter = try Filter(parsing: String(decoding: input.bytes, as: UTF8.self))
      #expect(try Filter(parsing: filter.description) == filter)
    } refusal: {
      ($0 as? IndexError).map { ($0.message, $0.subject) }
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }

  @Test("JSON forms are refused with their place, or read")
  func mutatedObjects() async throws {
    let report = try await Fuzzing("filter objects").run(Self.objects) { input in
      let filter = try Filter(json: JSONDocument(parsing: input.bytes, subject: "fuzz").root)
      #expect(try Filter(parsing: filter.description) == filter)
    } refusal: { error in
      (error as? IndexError).map { ($0.message, $0.subject) } ?? (error as? JSONError).map { ($0.message, $0.subject) }
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
