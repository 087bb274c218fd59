import NeedletailEvaluation
import NeedletailIndex
import NeedletailTensor
import Testing

@Suite("The speed of exact search")
struct ExactSpeedTests {
  @Test("rows say what was compared, and their share is their rate's of the limit")
  func rows() async throws {
    let team = ComputeTeam(threads: 2)
    let speed = try await ExactSpeed(
      dimension: 64, largeBytes: 1 << 20, cachedBytes: 1 << 16, queries: 100, kernels: try .preferred(), team: team)
    let large = speed.rows.filter { $0.bound == .memory }
    #expect(large.map(\.code) == [.float32, .bfloat16, .int8, .fourBit, .sign])
    #expect(
      large.map(\.vectors) == [256, 128, 64, 32, 8].map { (1 << 20) / $0 } && large.allSatisfy { $0.queries == 1 })
    let small = speed.rows.dropFirst(large.count)
    #expect(small.map(\.bound) == [.float32, .int8, .bits])
    #expect(small.map(\.vectors) == [256, 64, 8].map { (1 << 16) / $0 } && small.allSatisfy { $0.queries == 100 })
    for row in speed.rows {
      let limit =
        switch row.bound {
        case .memory: speed.limits.memory
        case .float32: speed.limits.float32
        case .int8: speed.limits.int8
        case .bits: speed.limits.bits
        }
      #expect(row.rate > 0 && row.rate.isFinite && abs(row.share - row.rate / limit) < 1e-12, "\(row)")
    }
  }
}
