import NeedletailTensor
import Testing

@Suite("Where the time goes")
struct ProfileTests {
  @Test("time belongs to the innermost part, and operations to the part that did them")
  func parts() throws {
    let kernels = try Kernels.preferred()
    let workspace = Workspace(kernels: kernels)
    let (rows, inputs, outputs) = (5, 64, 48)
    let weight = FloatTensor([Float](repeating: 1, count: inputs * outputs), shape: [outputs, inputs])
    for precision in Precision.allCases {
      let linear = Linear(weight: weight, bias: nil, precision: precision, kernels: kernels)
      var profile = Profile()
      workspace.scoped {
        let input = workspace.allocate(Matrix(rows: rows, columns: inputs))
        let output = workspace.allocate(rows: rows, columns: outputs)
        workspace.profile = Profile()
        workspace.profile?.begin(.other)
        workspace.spending(on: .up) { linear.forward(input, to: output, in: workspace) }
        workspace.profile?.begin(nil)
        profile = workspace.profile ?? Profile()
        workspace.profile = nil
      }
      #expect(profile.entries[.up]?.operations == Double(2 * rows * inputs * outputs))
      #expect((profile.entries[.up]?.bytes ?? 0) >= Double(inputs * outputs))
      #expect((profile.entries[.rounding] == nil) == (precision == .float32))
      #expect(profile.entries.values.allSatisfy { $0.seconds >= 0 })
      var twice = profile
      twice.add(profile)
      #expect(twice.total.operations == 2 * profile.total.operations)
    }
  }

  @Test("attention counts the pairs of tokens that see each other")
  func attention() throws {
    let workspace = Workspace(kernels: try .preferred())
    let starts = [0, 5, 5, 12]
    for (window, pairs) in [
      (AttentionWindow.bidirectional, 25 + 49), (.causal, 15 + 28), (.sliding(before: 1, after: 0), 9 + 13),
      (.sliding(before: 100, after: 2), 15 + 7 + 28 + 11),
    ] {
      let input = workspace.allocate(Matrix(rows: 12, columns: 3 * 8))
      let output = workspace.allocate(rows: 12, columns: 8)
      workspace.profile = Profile()
      workspace.spending(on: .attention) {
        Attention(heads: 2, headDimension: 4, window: window).forward(input, starts: starts, to: output, in: workspace)
      }
      #expect(workspace.profile?.entries[.attention]?.operations == Double(4 * 8 * pairs))
    }
  }

  @Test("the machine's limits are in order: int8 is no slower than float32, and nothing is zero")
  func limits() async throws {
    let limits = try await MachineLimits(kernels: .preferred(), team: ComputeTeam(threads: 2))
    #expect(limits.threads == 2)
    #expect(limits.float32 > 1e8 && limits.bfloat16 > 1e8 && limits.int8 > 1e8 && limits.memory > 1e8)
    #expect(limits.operations(.int8) == limits.int8)
  }
}
