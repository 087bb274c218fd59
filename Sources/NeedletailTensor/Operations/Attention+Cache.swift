internal import CNeedletail

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension Attention {
  /// Attends from rows to everything that a cache holds, the rows themselves at its end.
  ///
  /// - Parameter before: Tokens in the cache before the rows.
  func follow(
    _ projected: Block, before: Int, _ cache: KeyValueCache, to output: Block, in workspace: Workspace
  ) {
    var weights = [Float](repeating: 0, count: cache.count)
    for row in 0..<projected.rows {
      let position = before + row
      let first = max(0, position - (window.before ?? position))
      let end = min(cache.count, position + 1 + (window.after ?? cache.count))
      for head in 0..<heads {
        unsafe weights.withUnsafeMutableBufferPointer { weights in
          unsafe cache.keys.withUnsafeBufferPointer { keys in
            unsafe cache.values.withUnsafeBufferPointer { values in
              guard let weights = weights.baseAddress, let keys = keys.baseAddress, let values = values.baseAddress
              else { return }
              let place = head * keyValueHeads / heads * headDimension
              let query = unsafe workspace.pointer(projected) + row * projectedFeatures + head * headDimension
              unsafe weigh(
                query, keys + first * keyFeatures + place, end - first, head: head, distance: first - position, weights,
                workspace.kernels)
              let result = unsafe workspace.pointer(output) + row * queryFeatures + head * headDimension
              unsafe result.update(repeating: 0, count: headDimension)
              for key in 0..<end - first {
                unsafe workspace.kernels.table.add_scaled_f32(
                  values + (first + key) * keyFeatures + place, weights[key], result, headDimension)
              }
            }
          }
        }
      }
    }
  }

  /// The weights of `count` keys for one query.
  ///
  /// - Parameter distance: Of the first key, its position minus the query's.
  private func weigh(
    _ query: UnsafePointer<Float>, _ keys: UnsafePointer<Float>, _ count: Int, head: Int, distance: Int,
    _ weights: UnsafeMutablePointer<Float>, _ kernels: Kernels
  ) {
    unsafe kernels.table.dot_rows_f32(query, keys, keyFeatures, count, headDimension, weights)
    var highest = -Float.infinity
    for key in 0..<count {
      var score = unsafe weights[key] * scale
      if cap > 0 { score = cap * tanhf(score / cap) }
      if let bias { score += bias.value(head: head, distance: distance + key) }
      unsafe weights[key] = score
      highest = max(highest, score)
    }
    var total: Float = 0
    for key in 0..<count {
      unsafe weights[key] = expf(weights[key] - highest)
      unsafe total += weights[key]
    }
    for key in 0..<count { unsafe weights[key] /= total }
  }
}
