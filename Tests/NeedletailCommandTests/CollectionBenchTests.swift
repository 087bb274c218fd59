import Needletail
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("The command bench collection")
struct CollectionBenchTests {
  @Test("fills a collection while it is searched, opens it, and leaves nothing", arguments: [[], ["--in-process"]])
  func fills(place: [String]) async throws {
    try await Program.inFolder { program in
      let result = try await program.start(
        ["bench", "collection", "--documents", "20000", "--dimension", "8", "--readers", "2", "--rate", "50", "--json"]
          + ["--folder", program.path("")] + place
      ).end()
      #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
      let figures = try JSONDocument(parsing: Array(result.output.utf8), subject: "figures").root
      #expect(try figures.integer("documents") == 20_000)
      #expect(try figures.integer("dimension") == 8)
      #expect(try figures.value("documents_per_second").double ?? 0 > 0)
      #expect(try figures.integer("segments") == 1)
      let readers = try figures.value("readers"), opening = try figures.value("opening")
      #expect(try readers.integer("count") == 2)
      #expect(try readers.value("in_process").boolean == !place.isEmpty)
      #expect(try opening.integer("searches") == 500)
      for (name, part) in [("readers", readers), ("opening", opening)] where try part.integer("searches") > 0 {
        let times = try ["p50_ms", "p90_ms", "p99_ms", "max_ms"].map { try part.value($0).double ?? -1 }
        #expect(times == times.sorted() && times[0] > 0, "\(name)")
      }
      #expect(try opening.value("open_ms").double ?? 0 > 0)
      #expect(try opening.value("first_search_ms").double ?? 0 > 0)
      #expect(try program.names() == [])
    }
  }

  @Test("takes the vectors of a file, more often than it has them")
  func base() async throws {
    try await Program.inFolder { program in
      let writer = try NpyWriter(program.path("base.npy"), columns: 5)
      try writer.append(Matrix(rows: 7, columns: 5, values: (0..<35).map { Float($0) }))
      try writer.finish()
      let result = try await program.run(
        "bench", "collection", "--documents", "30", "--base", "base.npy", "--readers", "0", "--folder", ".")
      #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
      #expect(result.output.hasPrefix("added 30 documents of 5 values"))
      #expect(try program.names() == ["base.npy"])
    }
  }

  @Test("wrong usage ends with 64", arguments: [["--documents", "0"], ["--dimension", "0"], ["--rate", "-1"]])
  func usage(arguments: [String]) async throws {
    try await Program.inFolder { program in
      let result = try await program.start(["bench", "collection"] + arguments).end()
      #expect(result.status == 64)
    }
  }
}
