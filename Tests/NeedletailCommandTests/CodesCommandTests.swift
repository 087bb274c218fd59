import Needletail
import NeedletailTestSupport
import Testing

#if canImport(FoundationXML)
  import FoundationXML
  import Foundation
#else
  import Foundation
#endif

@Suite("The commands analyze codes and bench exact")
struct CodesCommandTests {
  @Test("analyze codes says of every code what it finds and takes, and draws it")
  func codes() async throws {
    try await Program.inFolder { program in
      try Program.write(Program.vectors(300, 32, seed: 1), to: program.path("vectors.npy"))
      try Program.write(Program.vectors(9, 32, seed: 2), to: program.path("queries.npy"))
      let result = try await program.run(
        "analyze", "codes", program.path("vectors.npy"), "--queries", program.path("queries.npy"), "--limit", "5",
        "--threads", "1", "--svg", program.path("codes.svg"), "--json", "--quiet")
      #expect(result.status == 0 && result.errors.isEmpty)
      let figures = try JSONDocument(parsing: Array(result.output.utf8), subject: "figures").root
      #expect(try figures.string("metric") == "cosine" && figures.integer("limit") == 5)
      let codes = Array(try figures.value("codes").elements)
      let names = try codes.map { try $0.string("name") }
      #expect(names.prefix(6) == ["f32", "bf16", "int8", "4bit", "1bit", "sign"])
      for code in codes {
        #expect((0...1).contains(try code.value("recall").double ?? -1))
        #expect(try code.value("qps").double ?? 0 > 0 && code.value("build_seconds").double ?? 0 > 0)
        #expect(try code.value("bytes_per_vector").double ?? 0 > 0)
        #expect([0, 128].contains(try code.integer("file_bytes_per_vector")))
      }
      #expect(try codes[0].value("recall").double == 1)
      let drawing = try Data(contentsOf: URL(filePath: program.path("codes.svg")))
      #expect(XMLParser(data: drawing).parse())
      #expect(String(decoding: drawing, as: UTF8.self).contains("recall@5"))
    }
  }

  @Test(
    "bench exact says what was reached of which limit",
    .enabled(if: SharedData.runsSlowTests, "set NEEDLETAIL_SLOW for the tests of minutes"))
  func exact() async throws {
    try await Program.inFolder { program in
      let result = try await program.run("bench", "exact", "--dimensions", "64", "--threads", "2", "--json")
      #expect(result.status == 0)
      let figures = try JSONDocument(parsing: Array(result.output.utf8), subject: "figures").root
      #expect(try figures.integer("threads") == 2 && figures.integer("dimension") == 64)
      for limit in [
        "memory_bytes_per_second", "f32_operations_per_second", "int8_operations_per_second", "bits_per_second",
      ] {
        #expect(try figures.value("machine").value(limit).double ?? 0 > 0, "\(limit)")
      }
      let scans = Array(try figures.value("scans").elements)
      #expect(scans.count == 8)
      for scan in scans {
        #expect(try scan.integer("vectors") > 0 && scan.integer("queries") > 0)
        #expect(try ["memory", "f32", "int8", "bits"].contains(scan.string("bound")) && !scan.string("code").isEmpty)
        #expect(try scan.value("rate").double ?? 0 > 0 && scan.value("share").double ?? 0 > 0)
      }
    }
  }

  @Test("bench exact refuses what it cannot measure")
  func refused() async throws {
    try await Program.inFolder { program in
      for arguments in [["--dimensions", "3"], ["--threads", "0"]] {
        let result = try await program.run("bench", "exact", arguments[0], arguments[1])
        #expect(result.status != 0 && result.errors.contains(arguments[0]))
      }
    }
  }
}
