import NeedletailTensor
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Attention over a batch of texts")
struct AttentionTests {
  static let heads = 2
  static let features = 4
  /// Texts of 5, 0, 1 and 40 tokens.
  static let starts = [0, 5, 5, 6, 46]
  static let width = heads * features

  /// Queries, keys and values, `[tokens, 3 · width]`.
  static let projected = (0..<46 * 3 * width).map { Float(($0 * 7919) % 1009) / 504 - 1 }

  static func attend(_ attention: Attention, kernels: Kernels) -> [Float] {
    let workspace = Workspace(kernels: kernels)
    let tokens = 46
    let input = workspace.allocate(rows: tokens, columns: 3 * width)
    LookupTable(FloatTensor(projected, shape: [tokens, 3 * width])).forward(
      (0..<tokens).map(Int32.init), to: input, in: workspace)
    let output = workspace.allocate(rows: tokens, columns: width)
    attention.forward(input, starts: starts, to: output, in: workspace)
    return workspace.values(of: output)
  }

  /// Softmax attention as the formula says, in double precision; `bias` by head, distance and length.
  static func exact(_ window: AttentionWindow, bias: ((Int, Int) -> Float)? = nil) -> [Double] {
    var result = [Double](repeating: 0, count: 46 * width)
    func value(_ token: Int, _ part: Int, _ feature: Int) -> Double {
      Double(projected[token * 3 * width + part * width + feature])
    }
    for (start, end) in zip(starts, starts.dropFirst()) {
      for token in start..<end {
        let seen = max(start, token - (window.before ?? 46))...min(end - 1, token + (window.after ?? 46))
        for head in 0..<heads {
          let columns = head * features..<(head + 1) * features
          let weights = seen.map { key in
            let score = columns.reduce(0) { $0 + value(token, 0, $1) * value(key, 1, $1) }
            return exp(score / Double(features).squareRoot() + Double(bias?(head, key - token) ?? 0))
          }
          let total = weights.reduce(0, +)
          for column in columns {
            let sum = zip(seen, weights).reduce(0) { $0 + $1.1 * value($1.0, 2, column) }
            result[token * width + column] = sum / total
          }
        }
      }
    }
    return result
  }

  @Test(
    "each token attends to its window of its own text", arguments: Kernels.available,
    [AttentionWindow.bidirectional, .causal, .sliding(before: 2, after: 3), .sliding(before: 0, after: 0)])
  func windows(kernels: Kernels, window: AttentionWindow) {
    let attention = Attention(heads: Self.heads, headDimension: Self.features, window: window)
    let (values, truth) = (Self.attend(attention, kernels: kernels), Self.exact(window))
    // Values between −1 and 1: a few units in the last place.
    #expect(zip(values, truth).allSatisfy { abs(Double($0) - $1) <= 1e-6 })
  }

  @Test("tokens that only look are attended to by none, themselves included", arguments: Kernels.available)
  func looking(kernels: Kernels) {
    let attention = Attention(heads: Self.heads, headDimension: Self.features)
    #expect(attention.canLookOnly(length: 1000))
    let workspace = Workspace(kernels: kernels)
    let input = workspace.allocate(Matrix(rows: 46, columns: 3 * Self.width, values: Self.projected))
    let output = workspace.allocate(rows: 46, columns: Self.width)
    let attended = [3, 0, 1, 11]
    workspace.attended = attended
    attention.forward(input, starts: Self.starts, to: output, in: workspace)
    let values = workspace.values(of: output)
    func value(_ token: Int, _ part: Int, _ feature: Int) -> Double {
      Double(Self.projected[token * 3 * Self.width + part * Self.width + feature])
    }
    for (text, count) in attended.enumerated() where count > 0 {
      let keys = Self.starts[text]..<Self.starts[text] + count
      for token in Self.starts[text]..<Self.starts[text + 1] {
        for column in 0..<Self.width {
          let head = column / Self.features * Self.features..<(column / Self.features + 1) * Self.features
          let weights = keys.map { key in
            exp(head.reduce(0) { $0 + value(token, 0, $1) * value(key, 1, $1) } / Double(Self.features).squareRoot())
          }
          let sum = zip(keys, weights).reduce(0) { $0 + $1.1 * value($1.0, 2, column) }
          #expect(abs(Double(values[token * Self.width + column]) - sum / weights.reduce(0, +)) <= 1e-6)
        }
      }
    }
    let near = Attention(heads: Self.heads, headDimension: Self.features, window: .sliding(before: 5, after: 6))
    #expect(near.canLookOnly(length: 6) && !near.canLookOnly(length: 7))
  }

  @Test("a relative bias follows the distance, whatever the length of the text", arguments: Kernels.available)
  func bias(kernels: Kernels) {
    let table = (0..<8 * Self.heads).map { Float($0) * 0.25 - 1 }
    let relative = RelativePositionBias(table: FloatTensor(table, shape: [8, Self.heads]), maximumDistance: 16)
    let longest = (0..<Self.heads).map { relative.forward(head: $0, length: 46) }
    let attention = Attention(
      heads: Self.heads, headDimension: Self.features, window: .causal, bias: .learned(relative))
    let truth = Self.exact(.causal) { longest[$0][$1 + 45] }
    #expect(zip(Self.attend(attention, kernels: kernels), truth).allSatisfy { abs(Double($0) - $1) <= 1e-6 })
  }

  /// Queries of four heads, keys and values of two, of one text.
  private static let grouped = Matrix(
    rows: 40, columns: 8 * features, values: (0..<40 * 8 * features).map { Float(($0 * 7919) % 1009) / 504 - 1 })

  @Test("several queries share a key and a value", arguments: Kernels.available)
  func groups(kernels: Kernels) {
    let shared = Attention(heads: 4, keyValueHeads: 2, headDimension: Self.features, window: .causal)
    let whole = Attention(heads: 4, headDimension: Self.features, window: .causal)
    let workspace = Workspace(kernels: kernels)
    let repeated = (0..<40).flatMap { row in
      let values = Array(Self.grouped[row: row])
      func heads(_ numbers: [Int]) -> [Float] {
        numbers.flatMap { values[$0 * Self.features..<($0 + 1) * Self.features] }
      }
      return heads([0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7])
    }
    func attend(_ attention: Attention, _ rows: Matrix) -> [Float] {
      let output = workspace.allocate(rows: 40, columns: 4 * Self.features)
      attention.forward(workspace.allocate(rows), starts: [0, 40], to: output, in: workspace)
      return workspace.values(of: output)
    }
    let expanded = Matrix(rows: 40, columns: 12 * Self.features, values: repeated)
    #expect(attend(shared, Self.grouped) == attend(whole, expanded))
  }

  @Test("a text in pieces, on a cache, is the text at once", arguments: Kernels.available, [0, 3])
  func pieces(kernels: Kernels, form: Int) {
    let attention = Attention(
      heads: 4, keyValueHeads: 2, headDimension: Self.features, cap: form == 0 ? 0 : 1.5,
      window: form == 0 ? .causal : .sliding(before: 6, after: 0), bias: .linear(LinearPositionBias(heads: 4)),
      rotary: RotaryPositions(headDimension: Self.features, base: 100, positions: 40))
    func rows(_ range: Range<Int>, _ cache: KeyValueCache?) -> [Float] {
      let workspace = Workspace(kernels: kernels)
      let values = range.flatMap { Self.grouped[row: $0] }
      let input = workspace.allocate(Matrix(rows: range.count, columns: Self.grouped.columns, values: values))
      let output = workspace.allocate(rows: range.count, columns: 4 * Self.features)
      attention.forward(input, starts: [0, range.count], to: output, cache: cache, in: workspace)
      return workspace.values(of: output)
    }
    let whole = rows(0..<40, nil)
    let cache = attention.cache()
    var parts: [Float] = []
    for range in [0..<9, 9..<10, 10..<10, 10..<17, 17..<18, 18..<40] { parts += rows(range, cache) }
    #expect(cache.count == 40)
    #expect(zip(parts, whole).allSatisfy { abs($0 - $1) <= 1e-6 })
    cache.truncate(to: 12)
    let again = rows(12..<40, cache)
    #expect(zip(again, whole.dropFirst(12 * 4 * Self.features)).allSatisfy { abs($0 - $1) <= 1e-6 })
  }

  @Test("the slopes of a bias that falls with the distance are the paper's", arguments: [1, 2, 3, 8, 12])
  func slopes(heads: Int) {
    let slopes = [
      1: [8.0], 2: [4, 8], 3: [4, 8, 2], 8: [1, 2, 3, 4, 5, 6, 7, 8], 12: [1, 2, 3, 4, 5, 6, 7, 8, 0.5, 1.5, 2.5, 3.5],
    ]
    let bias = LinearPositionBias(heads: heads)
    for (head, slope) in (slopes[heads] ?? []).enumerated() {
      for distance in [-7, 0, 3] {
        let truth = -pow(2, -slope) * Double(abs(distance))
        #expect(abs(Double(bias.value(head: head, distance: distance)) - truth) <= 1e-7 * abs(truth))
      }
    }
  }
}
