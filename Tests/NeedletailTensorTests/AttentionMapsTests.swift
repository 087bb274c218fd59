import NeedletailTensor
import Testing

@Suite("Attention maps")
struct AttentionMapsTests {
  private static let windows = [
    AttentionWindow.bidirectional, .causal, .sliding(before: 0, after: 0), .sliding(before: 3, after: 1),
    .sliding(before: 64, after: 64),
  ]

  /// The maps of every text and head, and what attention itself gives.
  private static func maps(
    _ attention: Attention, _ kernels: Kernels
  ) -> (maps: [[Matrix]], output: [Float]) {
    let workspace = Workspace(kernels: kernels)
    let (rows, width) = (AttentionTests.starts.last ?? 0, AttentionTests.width)
    let input = workspace.allocate(Matrix(rows: rows, columns: 3 * width, values: AttentionTests.projected))
    let output = workspace.allocate(rows: rows, columns: width)
    var maps = [[Matrix]](repeating: [], count: AttentionTests.starts.count - 1)
    workspace.attentionMaps = { text, head, map in
      precondition(head == maps[text].count, "heads come in order")
      maps[text].append(map)
    }
    attention.forward(input, starts: AttentionTests.starts, to: output, in: workspace)
    return (maps, workspace.values(of: output))
  }

  @Test("the maps times the values are what attention gives", arguments: windows, Kernels.available)
  func explainTheOutput(_ window: AttentionWindow, _ kernels: Kernels) {
    let heads = AttentionTests.heads
    let table = FloatTensor((0..<8 * heads).map { Float($0 % 5) / 2 - 1 }, shape: [8, heads])
    let bias = RelativePositionBias(table: table, maximumDistance: 16)
    for bias in window == .bidirectional ? [nil, bias] : [nil] {
      let attention = Attention(
        heads: heads, headDimension: AttentionTests.features, window: window, bias: bias.map { .learned($0) })
      let (maps, output) = Self.maps(attention, kernels)
      // The text without tokens has none.
      #expect(maps.map(\.count) == [heads, 0, heads, heads])
      for (text, (start, end)) in zip(AttentionTests.starts, AttentionTests.starts.dropFirst()).enumerated() {
        for (head, map) in maps[text].enumerated() {
          #expect(map.rows == end - start && map.columns == end - start)
          for query in 0..<map.rows {
            let row = map[row: query]
            #expect(abs(row.reduce(0, +) - 1) < 1e-5)
            for (key, weight) in row.enumerated() {
              let isSeen = key >= query - (window.before ?? 46) && key <= query + (window.after ?? 46)
              #expect(isSeen ? weight > 0 : weight == 0)
            }
            for feature in 0..<AttentionTests.features {
              let column = head * AttentionTests.features + feature
              let sum = row.enumerated().reduce(Float(0)) { sum, weight in
                let place = (start + weight.offset) * 3 * AttentionTests.width + 2 * AttentionTests.width + column
                return sum + weight.element * AttentionTests.projected[place]
              }
              #expect(abs(sum - output[(start + query) * AttentionTests.width + column]) < 1e-5)
            }
          }
        }
      }
    }
  }

  @Test("heads that share keys have the maps of heads with the same keys each", arguments: Kernels.available)
  func sharedKeys(_ kernels: Kernels) {
    let (heads, shared, features, tokens) = (6, 2, 4, 9)
    let columns = (heads + 2 * shared) * features
    let values = (0..<tokens * columns).map { Float(($0 * 7919) % 1009) / 504 - 1 }
    /// Queries as they are; each key and value as often as it is used.
    var repeated: [Float] = []
    for token in 0..<tokens {
      let row = Array(values[token * columns..<(token + 1) * columns])
      repeated += row[..<(heads * features)]
      for part in 0..<2 {
        for head in 0..<heads {
          let start = (heads + part * shared + head / (heads / shared)) * features
          repeated += row[start..<start + features]
        }
      }
    }
    func maps(_ keyValueHeads: Int, _ values: [Float], _ columns: Int) -> [Matrix] {
      let workspace = Workspace(kernels: kernels)
      let rows = workspace.allocate(Matrix(rows: tokens, columns: columns, values: values))
      var found: [Matrix] = []
      AttentionMaps(
        heads: heads, keyValueHeads: keyValueHeads, headDimension: features, window: .causal, scale: 0.7,
        bias: nil
      ).forward(rows, starts: [0, tokens], in: workspace) { found.append($2) }
      return found
    }
    let found = maps(shared, values, columns)
    #expect(found.count == heads && found == maps(heads, repeated, 3 * heads * features))
  }
}
