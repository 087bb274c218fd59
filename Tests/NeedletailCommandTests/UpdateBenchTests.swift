import Needletail
import Testing

@Suite("The commands bench filters and bench streaming")
struct UpdateBenchTests {
  @Test("every placement and share finds as many hits as there can be, and the nearest", arguments: ["cosine", "l2"])
  func filters(metric: String) async throws {
    try await Program.inFolder { program in
      try Program.write(Program.vectors(5000, 16, seed: 1), to: program.path("base.npy"))
      try Program.write(Program.vectors(70, 16, seed: 2), to: program.path("queries.npy"))
      let result = try await program.run(
        "bench", "filters", "--base", program.path("base.npy"), "--queries", program.path("queries.npy"), "--metric",
        metric, "--shares", "0.9,0.02,0.001,0.00001", "--repeat", "1", "--threads", "2", "--json", "--quiet")
      #expect(result.status == 0 && result.errors.isEmpty)
      let figures = try JSONDocument(parsing: Array(result.output.utf8), subject: "figures").root
      #expect(try figures.integer("vectors") == 5000 && figures.integer("queries") == 70)
      let rows = Array(try figures.value("filters").elements)
      let placements = ["spread", "near", "far"].flatMap { [String](repeating: $0, count: 4) }
      #expect(try rows.map { try $0.string("placement") } == placements)
      #expect(try rows.prefix(4).map { try $0.integer("matches") } == [4500, 100, 5, 1])
      for row in rows {
        #expect(try row.value("complete").double == 1)
        #expect(try row.value("recall").double ?? 0 >= 0.9)
        #expect(try row.value("qps").double ?? 0 > 0 && row.value("scan_qps").double ?? 0 > 0)
        // So few are compared one by one, and found for certain.
        if try row.integer("matches") <= 100 {
          #expect(try row.value("walk").kind == .null && row.value("recall").double == 1)
        }
      }
    }
  }

  @Test("rounds keep the number of vectors and the size of the index, and its recall beside one that is built anew")
  func streaming() async throws {
    try await Program.inFolder { program in
      try Program.write(Program.vectors(3000, 16, seed: 1), to: program.path("base.npy"))
      try Program.write(Program.vectors(100, 16, seed: 2), to: program.path("queries.npy"))
      let result = try await program.run(
        "bench", "streaming", "--base", program.path("base.npy"), "--queries", program.path("queries.npy"), "--rounds",
        "5", "--share", "0.1", "--beam", "64", "--threads", "2", "--json", "--quiet")
      #expect(result.status == 0 && result.errors.isEmpty)
      let figures = try JSONDocument(parsing: Array(result.output.utf8), subject: "figures").root
      #expect(try figures.integer("vectors") == 2000 && figures.integer("exchanged") == 200)
      #expect(try figures.integer("walk") == 64)
      let rounds = Array(try figures.value("rounds").elements)
      #expect(try rounds.map { try $0.integer("round") } == Array(0...5))
      for round in rounds {
        let (recall, fresh) = (try round.value("recall").double ?? 0, try round.value("fresh_recall").double ?? 0)
        #expect(fresh > 0.9 && recall > fresh - 0.03)
        // Removed ones are at most a fifth of what is there before their places are used again.
        #expect(try round.integer("places") <= 2000 * 6 / 5 + 400)
        #expect(try round.value("bytes").double ?? 0 <= rounds[2].value("bytes").double ?? 0)
      }
      #expect(try rounds[0].value("recall").double == rounds[0].value("fresh_recall").double)
    }
  }

  @Test("too few vectors, and vectors that are no float32, are refused by name")
  func refused() async throws {
    try await Program.inFolder { program in
      try Program.write(Program.vectors(20, 4, seed: 1), to: program.path("few.npy"))
      let few = try await program.run(
        "bench", "streaming", "--base", program.path("few.npy"), "--queries", program.path("few.npy"))
      #expect(few.status == 1 && few.errors.contains("few.npy") && few.errors.contains("20"))
      try program.write("one.fvecs", [2, 0, 0, 0] + [UInt8](repeating: 0, count: 8))
      for command in ["filters", "streaming"] {
        let other = try await program.run(
          "bench", command, "--base", program.path("one.fvecs"), "--queries", program.path("one.fvecs"))
        #expect(other.status == 1 && other.errors.contains("one.fvecs"), "\(command)")
      }
      let shares = try await program.run(
        "bench", "filters", "--base", program.path("few.npy"), "--queries", program.path("few.npy"), "--shares", "2")
      #expect(shares.status != 0 && shares.errors.contains("shares"))
    }
  }
}
