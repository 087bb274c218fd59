import NeedletailTestSupport
import Synchronization
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Fuzzing itself")
struct FuzzingTests {
  private struct Refusal: Error {}
  private struct Accident: Error {}
  static let seeds: [Fuzzing.Seed] = [("one", Array(0...99)), ("two", Array("{\"a\": [1, 2], \"b\": 3}".utf8))]

  /// Refuses input 3 properly and, where there is an accident, input 7 improperly; gives what it read by number.
  private func run(
    _ settings: [String: String], hasAccident: Bool = false
  ) async throws -> (report: Fuzzing.Report, inputs: [Int: [UInt8]]) {
    let inputs = Mutex<[Int: [UInt8]]>([:])
    let report = try await Fuzzing("itself", share: 0.01, environment: settings).run(Self.seeds) { input in
      inputs.withLock { $0[input.number] = input.bytes }
      if input.number == 3 { throw Refusal() }
      if hasAccident, input.number == 7 { throw Accident() }
    } refusal: {
      $0 is Refusal ? ("message", "subject") : nil
    }
    return (report, inputs.withLock { $0 })
  }

  /// Inputs that are asked for by number are kept; nobody wants these.
  private func removeKept() {
    let folder = SharedData.repository.appending(path: ".build/fuzz-failures")
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    where name.hasPrefix("itself-seed-1-") { try? FileManager.default.removeItem(at: folder.appending(path: name)) }
  }

  @Test("seeds come first as they are, then damaged copies; an improper error is a problem whose file is kept")
  func problems() async throws {
    let (report, inputs) = try await run(["NEEDLETAIL_FUZZ_SEED": "5"], hasAccident: true)
    #expect(inputs.count == 20 && report.accepted == 18 && report.refused == 2)
    #expect(inputs[0] == Self.seeds[0].bytes && inputs[1] == Self.seeds[1].bytes)
    #expect((2..<20).count { inputs[$0] != Self.seeds[$0 % 2].bytes } > 15)
    let problem = try #require(report.problems.first)
    #expect(report.problems.count == 1 && problem.hasPrefix("refused with Accident"))
    #expect(problem.contains("NEEDLETAIL_FUZZ_SEED=5 NEEDLETAIL_FUZZ_FIRST=7"))
    let start = try #require(problem.firstIndex(of: "/"))
    let file = URL(filePath: String(problem[start...].prefix { $0 != "," }))
    defer { try? FileManager.default.removeItem(at: file) }
    #expect(try [UInt8](Data(contentsOf: file)) == inputs[7])
  }

  @Test("an input is the same whatever came before it, and another for another seed")
  func repeated() async throws {
    let (_, all) = try await run([:])
    let (_, again) = try await run(["NEEDLETAIL_FUZZ_FIRST": "9", "NEEDLETAIL_FUZZ_SEED": "1"])
    defer { removeKept() }
    let (_, others) = try await run(["NEEDLETAIL_FUZZ_SEED": "2"])
    #expect((9..<20).allSatisfy { all[$0] == again[$0] && all[$0] != nil })
    #expect((2..<20).contains { all[$0] != others[$0] })
  }
}
