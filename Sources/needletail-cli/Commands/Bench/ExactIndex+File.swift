import Needletail
import NeedletailTensor

extension ExactIndex {
  /// An index of the vectors of a file, which are read in place where they lie there as float32.
  ///
  /// - Parameter progress: Called now and then with how many vectors are stored.
  init(_ file: VectorFile, metric: Metric, kernels: Kernels, progress: (Int) -> Void) throws {
    self.init(dimension: file.columns, metric: metric, kernels: kernels)
    // A multiple of what is stored together.
    let batch = 1 << 15
    for first in stride(from: 0, to: file.rows, by: batch) {
      try Task.checkCancellation()
      let range = first..<min(first + batch, file.rows)
      if let region = file.region(range) { try add(region) } else { try add(file.matrix(range)) }
      progress(range.upperBound)
    }
  }
}
