import NeedletailTensor
import Synchronization
import Testing

@Suite("A crew that shares the steps of one piece of work")
struct CrewTests {
  @Test(
    "every piece of every step is done once, before the next step begins", arguments: [1, 2, 4, 16], [false, true])
  func pieces(threads: Int, isShort: Bool) async throws {
    @unsafe struct Step {
      let counts: UnsafeMutablePointer<Int>
    }
    let steps = 3000
    let sums = Mutex<[Int]>([])
    let shared = Holder(sums)
    try await ComputeTeam(threads: threads).lead(isShort: isShort) { crew in
      #expect(crew.threads == threads)
      var counts = [Int](repeating: 0, count: 40)
      var done: [Int] = []
      for step in 0..<steps {
        let pieces = step % 41
        unsafe counts.withUnsafeMutableBufferPointer { counts in
          guard let start = counts.baseAddress else { return }
          unsafe crew.share(pieces, Step(counts: start)) { step, piece, place in
            // Only one thread has this piece, so only it writes here.
            unsafe step.assumingMemoryBound(to: Step.self).pointee.counts[piece] += place < 16 ? 1 : 1000
          }
        }
        done.append(counts.reduce(0, +))
      }
      shared.value.withLock { $0 = done }
    }
    var expected = 0
    let counts = (0..<steps).map { step in
      expected += step % 41
      return expected
    }
    #expect(shared.value.withLock { $0 } == counts)
  }

  @Test("an error of the leader ends the work, and the helpers leave", arguments: [false, true])
  func failure(isShort: Bool) async throws {
    struct Broken: Error {}
    let team = ComputeTeam(threads: 4)
    await #expect(throws: Broken.self) { try await team.lead(isShort: isShort) { _ in throw Broken() } }
    // All threads are back.
    #expect(try await team.map(100) { $0 } == Array(0..<100))
  }

  @Test("work that comes meanwhile is done, whoever helps elsewhere")
  func manyLeaders() async throws {
    let team = ComputeTeam(threads: 4)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<50 {
        group.addTask {
          try await team.lead(isShort: index % 2 == 0) { crew in
            for _ in 0..<100 { unsafe crew.share(8, 0) { _, _, _ in } }
          }
        }
        group.addTask { try await team.run(10) { _ in } }
      }
      try await group.waitForAll()
    }
  }
}

/// Gives a `Mutex` a place that escaping closures can share.
private final class Holder<Value>: Sendable {
  let value: Mutex<Value>
  init(_ value: consuming sending Mutex<Value>) { self.value = value }
}
