import CNeedletail
import Testing

@Suite("Probes")
struct ProbeTests {
  @Test("a probe counts as many operations in every round", arguments: KernelTable.all, KernelTable.Probe.allCases)
  func counts(table: KernelTable, probe: KernelTable.Probe) {
    let one = table.operations(probe, rounds: 1)
    // The count is read from sums of ones: an operation that was left out would be missing.
    #expect(one > 0 && one % 2 == 0, "a product and its addition count two")
    #expect(table.operations(probe, rounds: 0) == 0)
    // Past a million, sums of float32 start again.
    for rounds: UInt64 in [2, 1000, 1 << 20, (1 << 20) + 1, 3_000_000] {
      #expect(table.operations(probe, rounds: rounds) == rounds * one, "\(rounds) rounds")
    }
  }

  @Test("a set with wider or more registers does more in a round", arguments: KernelTable.all.dropFirst())
  func wider(table: KernelTable) {
    for probe in KernelTable.Probe.allCases {
      #expect(table.operations(probe, rounds: 1) > KernelTable.portable.operations(probe, rounds: 1))
    }
  }

  @Test("reading sums every word once", arguments: KernelTable.all, lengths + [1003, 65_537])
  func reading(table: KernelTable, count: Int) {
    var numbers = Numbers(seed: UInt64(count) + 9)
    let words = (0..<count).map { _ in UInt32(truncatingIfNeeded: numbers.next()) }
    #expect(table.wordSum(words) == words.reduce(0, &+))
  }
}
