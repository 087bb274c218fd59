internal import CNeedletail

/// The numbers that matrix products multiply; everything else is float32 whatever the precision.
public enum Precision: String, Sendable, CaseIterable {
  case float32 = "f32"
  /// bfloat16 weights; activations too where the processor multiplies bfloat16. Sums are float32.
  case bfloat16 = "bf16"
  /// int8 weights with a scale for each output feature, unsigned 8-bit activations with a scale and a zero point for
  /// each token. Sums are exact, so that a token's result never depends on its neighbours.
  case int8
}

extension Kernels {
  /// Whether a row of int8 has fewer codes than 8 bits allow, so that its sums fit.
  package var hasCoarseRows: Bool { unsafe table.int8.codes < 256 }

  /// The products of a narrow precision, or `nil` for float32.
  func narrow(_ precision: Precision) -> nt_narrow? {
    switch precision {
    case .float32: nil
    case .bfloat16: unsafe table.bf16
    case .int8: unsafe table.int8
    }
  }
}
