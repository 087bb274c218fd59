internal import CNeedletail

extension Kernels {
  /// Σ a[i] · b[i].
  package func dot(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
    precondition(a.count == b.count, "the vectors have one length")
    return unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        guard let first = a.baseAddress, let second = b.baseAddress else { return 0 }
        return unsafe table.dot_f32(first, second, a.count)
      }
    }
  }

  /// output[i] = query · rows[i], for the rows of a row-major slice.
  ///
  /// - Parameters:
  ///   - query: `[d]`.
  ///   - rows: `[output.count, d]`.
  package func dots(_ query: ArraySlice<Float>, _ rows: ArraySlice<Float>, to output: inout [Float]) {
    precondition(rows.count == output.count * query.count, "there is an output for each row")
    unsafe query.withUnsafeBufferPointer { query in
      unsafe rows.withUnsafeBufferPointer { rows in
        guard let first = query.baseAddress, let base = rows.baseAddress else { return }
        unsafe table.dot_rows_f32(first, base, query.count, output.count, query.count, &output)
      }
    }
  }
}
