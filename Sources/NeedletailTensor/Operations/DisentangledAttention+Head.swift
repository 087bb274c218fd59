internal import CNeedletail

/// Where one thread's parts of the scratch stand, in floats, each 64-byte aligned.
struct DisentangledScratch {
  /// Queries of a block; also how many keys meet the positions at a time, before whole panels.
  static let queries = 64

  /// Keys that meet the positions at a time: whole panels.
  let keyBlock: Int
  /// Outputs of a packed panel.
  let panel: Int
  /// The text's keys as a packed weight [length, features].
  let packedKeys = 0
  /// Its values as a packed weight [features, length].
  let packedValues: Int
  /// Keys, or values the other way round, on their way into a packed weight.
  let dense: Int
  /// [queries, length].
  let scores: Int
  /// Queries times position keys: [queries, rows of all distances of a block].
  let fromContent: Int
  /// Position queries times keys: [rows of the distances of a block and a key block, keyBlock].
  let fromPosition: Int
  let count: Int

  /// The scratch of a text of `length` tokens, enough for shorter ones too.
  init(length: Int, features: Int, span: Int, kernels: Kernels) {
    panel = unsafe kernels.table.linear_packed_count(1, 1)
    keyBlock = (Self.queries + panel - 1) / panel * panel
    let queries = min(Self.queries, length)
    let sizes = unsafe [
      kernels.table.linear_packed_count(length, features), kernels.table.linear_packed_count(features, length),
      length * features, queries * length, queries * (min(2 * span, queries + length) + panel),
      min(2 * span, queries + keyBlock) * keyBlock,
    ]
    let starts = sizes.reduce(into: [0]) { starts, size in starts.append(starts[starts.count - 1] + (size + 15) & ~15) }
    (packedValues, dense, scores) = (starts[1], starts[2], starts[3])
    (fromContent, fromPosition, count) = (starts[4], starts[5], starts[6])
  }
}

/// The heads of one text, for threads to take.
@unsafe struct DisentangledRun {
  let kernels: Kernels
  let heads: Int
  /// Features of a head.
  let features: Int
  let scale: Float
  /// The table's row of a distance: that of query i and key j at j − i.
  let distances: UnsafePointer<Int32>
  let positionKeys: UnsafePointer<Float>?
  /// Floats of one head.
  let positionKeysSize: Int
  let positionQueries: UnsafePointer<Float>?
  let positionQueriesSize: Int
  let projected: UnsafeMutablePointer<Float>
  let output: UnsafeMutablePointer<Float>
  /// One piece for each thread that may compute.
  let scratch: UnsafeMutablePointer<Float>
  let layout: DisentangledScratch
  /// The text's rows.
  var rows = 0..<0

  /// Attends with one head.
  func attend(_ head: Int, _ place: Int) {
    let (hidden, memory) = unsafe (heads * features, scratch + place * layout.count)
    unsafe packValues(projected + rows.lowerBound * 3 * hidden + 2 * hidden + head * features, 3 * hidden, memory)
    unsafe score(head, memory) { block in
      let result = unsafe output + (rows.lowerBound + block.lowerBound) * hidden + head * features
      unsafe mix(block.count, to: result, hidden, memory)
    }
  }

  /// What each token of the text takes from each other one in one head, `[tokens, tokens]`.
  func map(_ head: Int) -> Matrix {
    let length = unsafe rows.count
    var map = Matrix(rows: length, columns: length)
    unsafe score(head, scratch) { block in
      for row in 0..<block.count {
        let scores = unsafe scratch + layout.scores + row * length
        let total = unsafe soften(scores, length)
        for key in 0..<length {
          map.values[(block.lowerBound + row) * length + key] = unsafe scores[key] / total
        }
      }
    }
    return map
  }

  /// Computes the scores of one block of queries after another, before they are scaled.
  ///
  /// - Parameter take: Called with each block, whose scores stand in the scratch.
  private func score(_ head: Int, _ memory: UnsafeMutablePointer<Float>, take: (_ block: Range<Int>) -> Void) {
    let hidden = unsafe heads * features
    let query = unsafe projected + rows.lowerBound * 3 * hidden + head * features
    unsafe packKeys(query + hidden, 3 * hidden, memory)
    for first in unsafe stride(from: 0, to: rows.count, by: DisentangledScratch.queries) {
      let block = unsafe first..<min(first + DisentangledScratch.queries, rows.count)
      unsafe addContent(query + first * 3 * hidden, 3 * hidden, block, memory)
      unsafe addFromContent(query + first * 3 * hidden, 3 * hidden, head, block, memory)
      unsafe addFromPosition(head, block, memory)
      take(block)
    }
  }

  private func packKeys(_ keys: UnsafePointer<Float>, _ stride: Int, _ memory: UnsafeMutablePointer<Float>) {
    let dense = unsafe memory + layout.dense
    for row in unsafe 0..<rows.count {
      unsafe (dense + row * features).update(from: keys + row * stride, count: features)
    }
    unsafe kernels.table.linear_pack(
      dense, rows.count, features, 0, kernels.table.linear_panel_count(rows.count), memory + layout.packedKeys)
  }

  private func packValues(_ values: UnsafePointer<Float>, _ stride: Int, _ memory: UnsafeMutablePointer<Float>) {
    let (dense, length) = unsafe (memory + layout.dense, rows.count)
    for row in 0..<length {
      let value = unsafe values + row * stride
      for feature in unsafe 0..<features { unsafe dense[feature * length + row] = value[feature] }
    }
    unsafe kernels.table.linear_pack(
      dense, features, length, 0, kernels.table.linear_panel_count(features), memory + layout.packedValues)
  }

  /// Writes q · k into the scores.
  private func addContent(
    _ queries: UnsafePointer<Float>, _ stride: Int, _ block: Range<Int>, _ memory: UnsafeMutablePointer<Float>
  ) {
    unsafe kernels.table.linear_f32(
      queries, stride, memory + layout.packedKeys, nil, nt_activation_identity, nil, 0, memory + layout.scores,
      rows.count, block.count, rows.count, features)
  }

  /// Adds q · K to the scores, at the row of each distance.
  private func addFromContent(
    _ queries: UnsafePointer<Float>, _ stride: Int, _ head: Int, _ block: Range<Int>,
    _ memory: UnsafeMutablePointer<Float>
  ) {
    guard let table = unsafe positionKeys else { return }
    let (scores, products, length) = unsafe (memory + layout.scores, memory + layout.fromContent, rows.count)
    let used = unsafe tableRows(block, 0..<length)
    let first = unsafe used.lowerBound / layout.panel * layout.panel
    let count = used.upperBound - first
    unsafe kernels.table.linear_f32(
      queries, stride, table + head * positionKeysSize + first * features, nil, nt_activation_identity, nil, 0,
      products, count, block.count, count, features)
    for row in 0..<block.count {
      let (score, distance) = unsafe (scores + row * length, distances - (block.lowerBound + row))
      let product = unsafe products + row * count - first
      for key in 0..<length { unsafe score[key] += product[Int(distance[key])] }
    }
  }

  /// Adds Q · k to the scores, at the row of each distance; some keys at a time, which need few rows of the table.
  private func addFromPosition(_ head: Int, _ block: Range<Int>, _ memory: UnsafeMutablePointer<Float>) {
    guard let table = unsafe positionQueries.map({ unsafe $0 + head * positionQueriesSize }) else { return }
    let (products, length, width) = unsafe (memory + layout.fromPosition, rows.count, layout.keyBlock)
    for first in stride(from: 0, to: length, by: width) {
      let count = min(width, length - first)
      let used = unsafe tableRows(block, first..<first + count)
      unsafe kernels.table.linear_f32(
        table + used.lowerBound * features, features, memory + layout.packedKeys + first * features, nil,
        nt_activation_identity, nil, 0, products, width, used.count, count, features)
      for row in 0..<block.count {
        let score = unsafe memory + layout.scores + row * length + first
        let distance = unsafe distances + (first - block.lowerBound - row)
        for key in 0..<count {
          unsafe score[key] += products[(Int(distance[key]) - used.lowerBound) * width + key]
        }
      }
    }
  }

  /// The rows of the tables that these queries and keys need.
  private func tableRows(_ queries: Range<Int>, _ keys: Range<Int>) -> Range<Int> {
    let lowest = unsafe distances[keys.upperBound - 1 - queries.lowerBound]
    let highest = unsafe distances[keys.lowerBound - (queries.upperBound - 1)]
    return Int(lowest)..<Int(highest) + 1
  }

  /// Softmax of the scaled scores, times the values.
  private func mix(
    _ count: Int, to result: UnsafeMutablePointer<Float>, _ stride: Int, _ memory: UnsafeMutablePointer<Float>
  ) {
    let (scores, length) = unsafe (memory + layout.scores, rows.count)
    var totals = SIMD64<Float>(repeating: 1)
    for row in 0..<count { totals[row] = unsafe soften(scores + row * length, length) }
    unsafe kernels.table.linear_f32(
      scores, length, memory + layout.packedValues, nil, nt_activation_identity, nil, 0, result, stride, count,
      features, length)
    for row in 0..<count { unsafe kernels.table.scale_f32(result + row * stride, 1 / totals[row], features) }
  }

  /// Replaces scores by e^(scale · (score − highest)) and returns the sum of these.
  private func soften(_ scores: UnsafeMutablePointer<Float>, _ length: Int) -> Float {
    let whole = length / 8 * 8
    var lanes = SIMD8<Float>(repeating: -.infinity)
    for key in stride(from: 0, to: whole, by: 8) {
      let score = unsafe UnsafeRawPointer(scores + key).loadUnaligned(as: SIMD8<Float>.self)
      lanes.replace(with: score, where: score .> lanes)
    }
    var highest = lanes.max()
    for key in whole..<length { highest = unsafe max(highest, scores[key]) }
    for key in 0..<length { unsafe scores[key] = (scores[key] - highest) * scale }
    // e^x = σ(x) / (1 − σ(x)), where nothing cancels because σ(x) is at most a half.
    unsafe kernels.table.activate_f32(scores, nt_activation_sigmoid, length)
    for key in 0..<length { unsafe scores[key] /= 1 - scores[key] }
    lanes = .zero
    for key in stride(from: 0, to: whole, by: 8) {
      lanes += unsafe UnsafeRawPointer(scores + key).loadUnaligned(as: SIMD8<Float>.self)
    }
    var total = lanes.sum()
    for key in whole..<length { unsafe total += scores[key] }
    return total
  }
}
