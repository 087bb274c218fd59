import NeedletailIndex
import NeedletailJSON
import NeedletailTestSupport
import Testing

@Suite("Mutated columns")
struct AttributeColumnsFuzzTests {
  /// Stored columns: the length of the directory in eight bytes, the directory, the columns.
  static func seeds() throws -> [Fuzzing.Seed] {
    var generator = SeededGenerator(seed: 2)
    return try [1, 70].map { count in
      var builder = AttributeColumnsBuilder()
      for _ in 0..<count { builder.append(RandomFilter.metadata(using: &generator)) }
      let (directory, columns) = try builder.finish().encoded()
      let length = (0..<8).map { UInt8(truncatingIfNeeded: directory.count >> (8 * $0)) }
      return ("\(count) positions", length + directory + columns)
    }
  }

  @Test("are refused, or answer every filter")
  func mutated() async throws {
    let filters = try [
      "a == 1", "a >= 0.5", "b starts with \"a\"", "deep.x < \"b\"", "not exists tags", "list.x == null",
    ]
    .map { try Filter(parsing: $0) }
    let report = try await Fuzzing("attribute columns").run(Self.seeds()) { input in
      guard input.bytes.count >= 8 else { throw IndexErrorForFuzzing.short }
      let length = (0..<4).reduce(0) { $0 | Int(input.bytes[$1]) << (8 * $1) }
      guard length <= input.bytes.count - 8 else { throw IndexErrorForFuzzing.short }
      let columns = Array(input.bytes[(8 + length)...])
      let read = try AttributeColumns(
        directory: Array(input.bytes[8..<(8 + length)]), size: columns.count, subject: "fuzz"
      ) { Array(columns[$0]) }
      // As many positions as damage may claim are no reason to make sets of them.
      guard read.count < 1 << 20 else { return }
      for filter in filters {
        let population = try read.bitmap(for: filter).population
        #expect(population <= read.count)
        _ = try read.estimate(for: filter)
      }
      _ = try read.encoded()
    } refusal: { error in
      error is IndexErrorForFuzzing ? ("too short", "fuzz") : (error as? IndexError).map { ($0.message, $0.subject) }
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}

/// The frame of the test's own is too short.
private enum IndexErrorForFuzzing: Error { case short }
